-- Rights on the tables of trail, outbox and sealing in every store: a state, run after every migration.
-- Nothing but what stands here is granted; {app}, {sweep} and {check} become the store's roles.

-- The trail is written and read (operators trace, NUM-18); not even the service could change a line (AUDIT-20).
GRANT SELECT, INSERT ON provision_record, communication_record TO {app};
GRANT SELECT ON provision_record, communication_record TO {check};
GRANT SELECT, DELETE ON provision_record, communication_record TO {sweep};

-- The chain of the trail and its checkpoints: added by the worker, changed by nobody, read by whoever verifies.
GRANT SELECT, INSERT ON chain_link, trail_checkpoint TO {app};
GRANT SELECT ON chain_link, trail_checkpoint TO {check};
-- The beginning of a chain goes with its entries (RETAIN-24).
GRANT SELECT, DELETE ON chain_link, trail_checkpoint TO {sweep};

-- Doubled messages hear the same answer again (D6).
GRANT SELECT, INSERT ON receipt TO {app};
GRANT SELECT, DELETE ON receipt TO {sweep};

-- What must still go out: written with the act, marked when it was taken.
GRANT SELECT, INSERT, UPDATE ON outbox_message TO {app};
GRANT SELECT, DELETE ON outbox_message TO {sweep};

-- Wrapped data keys (D13).
GRANT SELECT, INSERT ON sealing_key TO {app};
-- A new wrapping key wraps the same data keys again.
GRANT UPDATE (wrapped) ON sealing_key TO {app};

-- Whoever erases leaves the evidence; nobody takes it away again (RETAIN-7).
GRANT SELECT, INSERT ON erasure_record TO {sweep};
GRANT SELECT ON erasure_record TO {app}, {check};
