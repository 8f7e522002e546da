-- The number file is never erased (RETAIN-1): DELETE and TRUNCATE are granted to nobody.
GRANT SELECT, INSERT ON generated_number TO {app};
GRANT SELECT, INSERT ON number_pair TO {app};
GRANT UPDATE (current_or_history, paid_out_date) ON number_pair TO {app};
-- The trace for operators reads the provision records of one code (NUM-18).
GRANT SELECT ON provision_record TO {app};
GRANT SELECT ON generated_number, number_pair TO {check};
