-- The card store: the service reads, adds and changes; nothing is erased but by the sweep, once retention is set (RETAIN-5).
GRANT SELECT, INSERT, UPDATE ON card_person, destination, print_request, card_application, issuance, card TO {app};
GRANT SELECT, INSERT ON caller_check TO {app};
