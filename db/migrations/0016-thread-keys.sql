-- breaking: an older program would file messages under keys that their replies do not look for.
-- Which accounts have emails whose thread_key rows are of before threadSubject (packages/mailstore/src/thread/rekey.ts):
-- those above after_email_id. Housekeeping keys them anew and takes the row away.
create table thread_key_pending (
  account_id bigint not null,
  after_email_id bigint not null default 0,
  primary key (account_id),
  foreign key (account_id) references account (account_id) on delete cascade
);
alter table thread_key_pending alter account_id set statistics 0;
insert into thread_key_pending (account_id) select account_id from account;
