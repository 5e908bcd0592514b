-- The foundation: accounts and who may log in, mailboxes, emails and their memberships, threads,
-- blobs, and mail on its way out. Invariants are told in db/README.md.
--
-- Every key starts with account_id, so that one account is one island (docs/architecture.md). What changes
-- and what never changes do not share a row; hot rows keep half a page free for HOT updates.

-- Ids are handed out to processes in blocks, outside any other transaction. The high bits are an epoch
-- that a restore from backup raises (see packages/mailstore/src/ids.ts).
create table id_counter (
  one boolean primary key default true check (one),
  next_id bigint not null check (next_id > 0)
);
insert into id_counter (next_id) values (1::bigint << 40);

-- The account row is the account's lock and holds its change counter and the mark of each type.
create table account (
  account_id bigint primary key,
  modseq bigint not null default 1,
  horizon_modseq bigint not null default 0,
  mark_mailbox bigint not null default 1,
  mark_mailbox_counts bigint not null default 1,
  mark_email bigint not null default 1,
  mark_thread bigint not null default 1,
  mark_email_delivery bigint not null default 1,
  mark_membership bigint not null default 1,
  mark_submission bigint not null default 1,
  last_uid_validity bigint not null default 0,
  used_bytes bigint not null default 0,
  quota_bytes bigint,
  check (mark_mailbox <= modseq and mark_mailbox_counts <= modseq and mark_email <= modseq
    and mark_thread <= modseq and mark_email_delivery <= modseq and mark_membership <= modseq
    and mark_submission <= modseq)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

create table principal (
  account_id bigint not null references account on delete cascade,
  principal_id bigint not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (account_id, principal_id)
);

-- One password: a scrypt hash for plain mechanisms, and the SCRAM keys beside it (RFC 5802 §3).
create table credential (
  account_id bigint not null,
  principal_id bigint not null,
  credential_id bigint not null,
  kind text not null check (kind in ('password')),
  password_hash text not null,
  scram_salt bytea not null,
  scram_iterations integer not null check (scram_iterations >= 4096),
  scram_stored_key bytea not null,
  scram_server_key bytea not null,
  created_at timestamptz not null default now(),
  primary key (account_id, principal_id, credential_id),
  foreign key (account_id, principal_id) references principal on delete cascade
);

-- Found without an account: a name somebody logs in with, or an address that mail arrives at.
create table login (
  name text primary key check (name = lower(name)),
  account_id bigint not null,
  principal_id bigint not null,
  is_alias boolean not null default false,
  foreign key (account_id, principal_id) references principal on delete cascade
);
create index login_account on login (account_id, principal_id);
create index login_domain on login (split_part(name, '@', 2));

create table mailbox (
  account_id bigint not null references account on delete cascade,
  mailbox_id bigint not null,
  parent_id bigint,
  name text not null,
  role text,
  sort_order bigint not null default 0,
  uid_validity bigint not null check (uid_validity between 1 and 4294967295),
  modseq bigint not null,
  created_modseq bigint not null,
  primary key (account_id, mailbox_id),
  foreign key (account_id, parent_id) references mailbox (account_id, mailbox_id) deferrable initially deferred,
  constraint mailbox_name unique nulls not distinct (account_id, parent_id, name) deferrable initially deferred,
  constraint mailbox_role unique (account_id, role) deferrable initially deferred
) with (fillfactor = 70);

-- IMAP's counters count every membership; JMAP's count visible emails (RFC 8621 §2).
create table mailbox_counter (
  account_id bigint not null,
  mailbox_id bigint not null,
  uid_next bigint not null default 1 check (uid_next between 1 and 4294967296),
  highest_modseq bigint not null,
  recent_uid bigint not null default 1,
  messages bigint not null default 0 check (messages >= 0),
  unseen bigint not null default 0 check (unseen >= 0),
  deleted bigint not null default 0 check (deleted >= 0),
  size bigint not null default 0 check (size >= 0),
  total_emails bigint not null default 0 check (total_emails >= 0),
  unread_emails bigint not null default 0 check (unread_emails >= 0),
  total_threads bigint not null default 0 check (total_threads >= 0),
  unread_threads bigint not null default 0 check (unread_threads >= 0),
  counts_modseq bigint not null,
  primary key (account_id, mailbox_id),
  foreign key (account_id, mailbox_id) references mailbox on delete cascade
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

create table mailbox_tombstone (
  account_id bigint not null references account on delete cascade,
  mailbox_id bigint not null,
  modseq bigint not null,
  created_modseq bigint not null,
  destroyed_at timestamptz not null default now(),
  primary key (account_id, mailbox_id)
);

-- By name, so that it outlives the mailbox (RFC 9051 §6.3.7). INBOX is spelled in capitals.
create table subscription (
  account_id bigint not null,
  principal_id bigint not null,
  path text not null,
  primary key (account_id, principal_id, path),
  foreign key (account_id, principal_id) references principal on delete cascade
);

-- Bytes, named by their SHA-256. A blob without digest is still being written.
create table blob (
  account_id bigint not null references account on delete cascade,
  blob_no bigint not null,
  digest bytea check (length(digest) = 32),
  size bigint not null default 0,
  touched_at timestamptz not null default now(),
  primary key (account_id, blob_no),
  unique (account_id, digest)
);

-- 256 KiB each but the last; not compressed, so that a slice costs a slice.
create table blob_chunk (
  account_id bigint not null,
  blob_no bigint not null,
  seq integer not null,
  bytes bytea not null,
  primary key (account_id, blob_no, seq),
  foreign key (account_id, blob_no) references blob on delete cascade
);
alter table blob_chunk alter column bytes set storage external;

-- A blob that a client uploaded and that no email holds is seen by its uploader alone (RFC 8620 §6.1).
create table upload (
  account_id bigint not null,
  principal_id bigint not null,
  digest bytea not null,
  type text not null,
  uploaded_at timestamptz not null default now(),
  primary key (account_id, principal_id, digest),
  foreign key (account_id, principal_id) references principal on delete cascade,
  foreign key (account_id, digest) references blob (account_id, digest) on delete cascade
);

create table keyword (
  account_id bigint not null references account on delete cascade,
  keyword_id smallint not null check (keyword_id between 1 and 1000),
  name text not null check (name = lower(name)),
  spelled text not null,
  primary key (account_id, keyword_id),
  unique (account_id, name)
);

-- What never changes of an email. base_subject: RFC 5256 §2.1, what a sort by subject compares.
create table email (
  account_id bigint not null references account on delete cascade,
  email_id bigint not null,
  thread_id bigint not null,
  digest bytea not null,
  size bigint not null,
  received_at timestamptz not null check (received_at = date_trunc('second', received_at)),
  sent_at timestamptz,
  base_subject text not null,
  summary jsonb not null,
  primary key (account_id, email_id),
  foreign key (account_id, digest) references blob (account_id, digest)
);
create index email_digest on email (account_id, digest);

-- What changes. flags: 1 $seen, 2 $answered, 4 $flagged, 8 $draft. mailbox_ids: where it is shown, ascending;
-- empty where JMAP does not see it (every membership \Deleted, or none left). The row outlives the email
-- as its tombstone.
create table email_state (
  account_id bigint not null references account on delete cascade,
  email_id bigint not null,
  thread_id bigint not null,
  flags smallint not null default 0,
  keywords smallint[] not null default '{}',
  mailbox_ids bigint[] not null default '{}',
  modseq bigint not null,
  created_modseq bigint not null,
  born_modseq bigint not null,
  hidden_modseq bigint,
  previous_created_modseq bigint,
  expunged_at timestamptz,
  primary key (account_id, email_id)
) with (fillfactor = 70);
create index email_state_modseq on email_state (account_id, modseq);
create index email_state_thread on email_state (account_id, thread_id);

create table membership (
  account_id bigint not null,
  mailbox_id bigint not null,
  uid bigint not null check (uid between 1 and 4294967295),
  email_id bigint not null,
  modseq bigint not null,
  created_modseq bigint not null,
  received_at timestamptz not null,
  saved_at timestamptz not null default date_trunc('second', now()),
  deleted boolean not null default false,
  shown boolean not null default false,
  primary key (account_id, mailbox_id, uid),
  foreign key (account_id, mailbox_id) references mailbox,
  foreign key (account_id, email_id) references email,
  check (not (deleted and shown))
) with (fillfactor = 70);
create index membership_modseq on membership (account_id, mailbox_id, modseq);
create index membership_email on membership (account_id, email_id);
create index membership_shown on membership (account_id, mailbox_id, received_at desc, email_id desc) where shown;
create unique index membership_shown_once on membership (account_id, mailbox_id, email_id) where shown;
create index membership_deleted on membership (account_id, mailbox_id, uid) where deleted;

create table membership_tombstone (
  account_id bigint not null references account on delete cascade,
  mailbox_id bigint not null,
  uid bigint not null,
  email_id bigint not null,
  thread_id bigint not null,
  modseq bigint not null,
  created_modseq bigint not null,
  expunged_at timestamptz not null default now(),
  primary key (account_id, mailbox_id, uid)
);
create index membership_tombstone_modseq on membership_tombstone (account_id, mailbox_id, modseq);

-- unread_elsewhere: its visible unread emails that are in some mailbox other than the Trash;
-- unread_in_trash: those in the Trash (RFC 8621 §2, unreadThreads).
create table thread (
  account_id bigint not null references account on delete cascade,
  thread_id bigint not null,
  emails bigint not null default 0,
  unread_elsewhere bigint not null default 0,
  unread_in_trash bigint not null default 0,
  modseq bigint not null,
  created_modseq bigint not null,
  born_modseq bigint not null,
  hidden_modseq bigint,
  previous_created_modseq bigint,
  primary key (account_id, thread_id)
) with (fillfactor = 70);
create index thread_modseq on thread (account_id, modseq);

create table thread_mailbox (
  account_id bigint not null references account on delete cascade,
  thread_id bigint not null,
  mailbox_id bigint not null,
  emails bigint not null,
  unread bigint not null,
  latest_received_at timestamptz not null,
  latest_email_id bigint not null,
  primary key (account_id, thread_id, mailbox_id)
) with (fillfactor = 70);
create index thread_mailbox_latest on thread_mailbox (account_id, mailbox_id, latest_received_at desc, latest_email_id desc);

-- What threads match by: a hash of one message id and the base subject (RFC 8621 §3).
create table thread_key (
  account_id bigint not null,
  key bytea not null check (length(key) = 16),
  email_id bigint not null,
  thread_id bigint not null,
  primary key (account_id, key, email_id),
  foreign key (account_id, email_id) references email on delete cascade
);
create index thread_key_email on thread_key (account_id, email_id);

-- One message to send.
create table submission (
  account_id bigint not null references account on delete cascade,
  submission_id bigint not null,
  principal_id bigint not null,
  digest bytea not null,
  mail_from text not null,
  mail_from_parameters jsonb not null default '{}',
  created_at timestamptz not null default now(),
  send_at timestamptz not null default now(),
  modseq bigint not null,
  created_modseq bigint not null,
  primary key (account_id, submission_id),
  foreign key (account_id, digest) references blob (account_id, digest)
);

create table submission_recipient (
  account_id bigint not null,
  submission_id bigint not null,
  address text not null,
  parameters jsonb not null default '{}',
  state text not null default 'queued' check (state in ('queued', 'delivered', 'failed')),
  attempts integer not null default 0,
  reply text,
  settled_at timestamptz,
  primary key (account_id, submission_id, address),
  foreign key (account_id, submission_id) references submission on delete cascade
);

-- What a local delivery filed, so that a repeat files nothing.
create table delivery (
  account_id bigint not null references account on delete cascade,
  submission_id bigint not null,
  address text not null,
  delivered_at timestamptz not null default now(),
  primary key (account_id, submission_id, address)
);

-- Due work, found without an account. Claimed by a committed lease.
create table job (
  job_id bigint primary key,
  due_at timestamptz not null,
  account_id bigint not null references account on delete cascade,
  kind text not null,
  ref bigint not null,
  attempts integer not null default 0,
  lease uuid,
  lease_until timestamptz,
  unique (account_id, kind, ref)
) with (fillfactor = 50);
create index job_due on job (due_at);
