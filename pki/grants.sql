-- Rights on the tables of the JPKI side: a state, run after every migration.

-- What an order said never changes; a certificate changes its state and nothing else once it is signed.
GRANT SELECT, INSERT ON certificate_order, user_certificate, certificate_history, done_request TO {app};
GRANT UPDATE (certificate, state, reason, since) ON user_certificate TO {app};


-- A serial number, a certificate, a revocation and a list are written once and never change.
GRANT SELECT, INSERT ON certificate_intent, issued_certificate, revoked_certificate, published_list TO {app};

-- Whoever only reads: the public process, which serves lists, and the check of every certificate that was ever issued.
-- What names a person is ciphertext to this role, and the wrapping key is not given to the public process.
GRANT SELECT ON certificate_intent, issued_certificate, revoked_certificate, published_list, sealing_key TO {check};
GRANT SELECT (serial, kind, certificate, not_before, not_after, state, reason, since) ON user_certificate TO {check};
