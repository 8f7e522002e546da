-- Rights in the database of the mdoc issuance system: a state, run after every migration.
-- The service and its worker: rows that move on.
GRANT SELECT, INSERT, UPDATE ON mdoc_application, mdoc_management, holder_credential, notice TO {app};
-- Written once: nobody but the sweep may remove them, nobody may change them.
GRANT SELECT, INSERT ON holder_credential_history, lapse_record, issued_record, device_key TO {app};
GRANT SELECT, INSERT ON used_nonce, phone_message, key_change, jpki_event TO {app};
-- Erasure at the end of retention (RETAIN-13, RETAIN-14).
GRANT SELECT, DELETE ON mdoc_application, mdoc_management, holder_credential, holder_credential_history TO {sweep};
GRANT SELECT, DELETE ON lapse_record, issued_record, device_key, key_change, notice, used_nonce, phone_message TO {sweep};
GRANT SELECT, DELETE ON jpki_event TO {sweep};
-- Whoever only checks sees states and places, never a column that holds personal data.
GRANT SELECT ON issued_record, lapse_record, jpki_event, device_key TO {check};
GRANT SELECT (mdoc_id, mdoc_status, valid_from, valid_until, registered_at, updated_at) ON mdoc_management TO {check};

-- Status lists: entries are given and changed, never removed while a record may point at them.
GRANT SELECT, INSERT, UPDATE ON status_list, status_entry, identifier_entry, status_token TO {app};
GRANT SELECT, DELETE ON status_list, status_entry, identifier_entry, status_token TO {sweep};
GRANT SELECT ON status_list, status_entry, identifier_entry, status_token TO {check};

-- The issuing authority records what it signs before it signs; runs and renewals are its diary.
GRANT SELECT, INSERT, UPDATE ON issuance, issuance_intent, daily_run, renewal TO {app};
GRANT SELECT, DELETE ON issuance, issuance_intent, daily_run, renewal TO {sweep};

-- Signers: a request is completed by its certificate; what was revoked stays revoked.
GRANT SELECT, INSERT, UPDATE ON signer_certificate TO {app};
GRANT SELECT, INSERT ON revoked_signer TO {app};
GRANT SELECT ON signer_certificate, revoked_signer TO {check};

-- What ended records beside JPKI's events: notices of the holder, keys that were compromised, daily comparisons.
GRANT SELECT, INSERT ON paragraph_8_notice, reconciliation_repair TO {app};
GRANT SELECT, INSERT, UPDATE ON compromised_signer, reconciliation TO {app};
GRANT SELECT, DELETE ON paragraph_8_notice, reconciliation_repair, reconciliation TO {sweep};
GRANT SELECT ON compromised_signer, reconciliation, reconciliation_repair TO {check};

-- Media of this file: the ledger and the requests are written once; nobody removes a line (MEDIA-13, MEDIA-15).
GRANT SELECT, INSERT ON medium, medium_ledger, work_request, work_decision TO {app};
-- A medium is locked while it is used; the trigger lets nobody change it.
GRANT UPDATE (place) ON medium TO {app};
GRANT SELECT ON medium, medium_ledger, work_request, work_decision TO {check};
