-- What a guest of an account is shown, and what he has in it (RFC 8621 §9.5).

-- When \Deleted was last set on it or taken back; null: never since it came. With created_modseq and its tombstone's
-- modseq it tells whether JMAP saw the email there at an earlier state: what a guest's changes are made of.
alter table membership add column flipped_modseq bigint;
alter table membership_tombstone
  add column deleted boolean not null default false,
  add column flipped_modseq bigint;

-- A guest subscribes and uploads too: the principal may be of another account, and takes his rows with him.
alter table subscription add column principal_account_id bigint;
update subscription set principal_account_id = account_id;
alter table subscription
  alter column principal_account_id set not null,
  drop constraint subscription_account_id_principal_id_fkey,
  add foreign key (account_id) references account on delete cascade,
  add foreign key (principal_account_id, principal_id) references principal (account_id, principal_id) on delete cascade;
create index subscription_home on subscription (principal_account_id, principal_id);

alter table upload add column principal_account_id bigint;
update upload set principal_account_id = account_id;
alter table upload
  alter column principal_account_id set not null,
  drop constraint upload_account_id_principal_id_fkey,
  add foreign key (account_id) references account on delete cascade,
  add foreign key (principal_account_id, principal_id) references principal (account_id, principal_id) on delete cascade;
create index upload_home on upload (principal_account_id, principal_id);
