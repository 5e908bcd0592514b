-- breaking: an older program would not say that what it changes is to be pushed.
-- Where clients want to be told of changes: RFC 8620 §7.2. It goes with the credential that it was made with.
-- server_key: the public half of the key that was advertised then, which signs every request (RFC 9749 §4).
-- types: as the client named them; null for all. p256dh and auth: RFC 8291; null where nothing is to be encrypted.
-- Vacuumed at once: RFC 8620 §7.2 wants URLs and keys of what was destroyed erased as soon as possible.
create table push_subscription (
  account_id bigint not null,
  push_subscription_id bigint not null,
  principal_id bigint not null,
  credential_id bigint not null,
  device_client_id text not null,
  url text not null,
  p256dh bytea check (length(p256dh) = 65),
  auth bytea check (length(auth) = 16),
  server_key bytea not null,
  verification_code text not null,
  types text[],
  expires_at timestamptz not null,
  primary key (account_id, push_subscription_id),
  foreign key (account_id, principal_id, credential_id) references credential on delete cascade,
  check (num_nulls(p256dh, auth) in (0, 2))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1);
create index push_subscription_principal on push_subscription (account_id, principal_id, credential_id);

-- What is to be told, found without an account; at infinity while there is nothing. watched: the data types, null for
-- all. told: the account's marks when the last push went out. not_before: so long the next push waits at least.
create table push_due (
  account_id bigint not null,
  push_subscription_id bigint not null,
  is_verified boolean not null default false,
  watched text[],
  told jsonb not null,
  due_at timestamptz not null default now(),
  not_before timestamptz not null default now(),
  attempts integer not null default 0,
  lease uuid,
  lease_until timestamptz,
  primary key (account_id, push_subscription_id),
  foreign key (account_id, push_subscription_id) references push_subscription on delete cascade
) with (fillfactor = 50);
create index push_due_at on push_due (due_at) where due_at < 'infinity';

-- How many a principal made within an hour (RFC 8620 §8.6).
create table push_creation (
  account_id bigint not null,
  principal_id bigint not null,
  since timestamptz not null default now(),
  count integer not null default 1,
  primary key (account_id, principal_id),
  foreign key (account_id, principal_id) references principal on delete cascade
);

-- Whether the account has had subscriptions since housekeeping last looked: else its writers need not look for any.
alter table account add has_push boolean not null default false;
