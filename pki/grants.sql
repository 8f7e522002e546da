-- Rights on the tables of the JPKI side: a state, run after every migration.

-- What an order said never changes; a certificate changes its state and nothing else once it is signed.
GRANT SELECT, INSERT ON certificate_order, user_certificate, certificate_history, done_request, published_list TO {app};
GRANT UPDATE (certificate, state, reason, since) ON user_certificate TO {app};

-- The public process serves revocation lists and can read nothing that names a person.
GRANT SELECT ON published_list TO {check};
