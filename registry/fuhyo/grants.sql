-- The fuhyo store: states are added and superseded, never erased while no retention is set (RETAIN-11).
GRANT SELECT, INSERT, UPDATE ON fuhyo_record TO {app};
