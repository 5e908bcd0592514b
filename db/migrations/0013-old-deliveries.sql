-- Housekeeping forgets what was filed here for a submission, once nobody can file it again: long ago, and the job is done.
create index delivery_delivered on delivery (account_id, delivered_at);
create index job_ref on job (kind, ref);
