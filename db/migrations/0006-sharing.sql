-- Who else may open an account, and what he may do in which mailbox (RFC 4314).

-- Found by the principal, as a login is by its name. It is there while he has a right in any mailbox. epoch: a modseq
-- of the account, another one after every change of his rights: a state that he holds tells under which it was given.
create table share (
  principal_id bigint not null,
  account_id bigint not null references account on delete cascade,
  principal_account_id bigint not null,
  epoch bigint not null,
  primary key (principal_id, account_id),
  foreign key (principal_account_id, principal_id) references principal (account_id, principal_id) on delete cascade,
  check (account_id <> principal_account_id)
);
create index share_account on share (account_id);
create index share_home on share (principal_account_id, principal_id);

-- rights: letters of RFC 4314 §2.1 in its order; the owner has all of them and no row.
create table mailbox_right (
  account_id bigint not null,
  mailbox_id bigint not null,
  principal_id bigint not null,
  rights text not null check (rights <> '' and 'lrswipkxtea' ~ ('^' || regexp_replace(rights, '(.)', '.*\1', 'g') || '.*$')),
  primary key (account_id, mailbox_id, principal_id),
  foreign key (account_id, mailbox_id) references mailbox (account_id, mailbox_id) on delete cascade,
  foreign key (principal_id, account_id) references share (principal_id, account_id) on delete cascade
);
create index mailbox_right_principal on mailbox_right (principal_id, account_id);
