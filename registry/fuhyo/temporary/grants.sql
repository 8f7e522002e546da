-- The temporary area: a number is written once and read for a repetition; nobody changes it (FUHYO-6, FUHYO-8).
GRANT SELECT, INSERT ON temporary_number TO {app};
-- The eraser sees which rows are due and not whose they are (RETAIN-10).
GRANT SELECT (id, erase_after), DELETE ON temporary_number TO {sweep};
-- Whoever only checks sees that nothing has outlived its end.
GRANT SELECT (id, created_at, erase_after) ON temporary_number TO {check};
