-- Where a message still has to go: what goes only to domains that are full for now is left for later.
-- Empty in jobs that an older program made: nobody knows, so they are taken like any other.
alter table job add domains text[] not null default '{}';

update job set domains = coalesce((
  select array_agg(distinct lower(substring(address from '[^@]*$') collate "C"))
  from submission_recipient r
  where r.account_id = job.account_id and r.submission_id = job.ref and r.state = 'queued'), '{}')
where kind = 'submission';
