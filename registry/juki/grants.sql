-- A version is written once; an update closes the one before it and marks its retention (JUKI-10).
GRANT SELECT, INSERT ON identity_record TO {app};
GRANT UPDATE (superseded_at, retention_flag) ON identity_record TO {app};
GRANT SELECT, INSERT ON relayed_number TO {app};
-- What is due after 150 years is erased by the sweep alone (RETAIN-3, RETAIN-4).
GRANT SELECT, DELETE ON identity_record TO {sweep};
GRANT SELECT ON identity_record, relayed_number TO {check};
