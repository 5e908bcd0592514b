-- The keys that mail from a domain is signed with (RFC 6376). Found without an account; each key of a domain signs,
-- so that a new one can be published before the old one goes. private_key: PKCS #8, DER.
create table domain_key (
  domain text not null check (domain = lower(domain)),
  selector text not null check (selector = lower(selector)),
  algorithm text not null check (algorithm in ('rsa', 'ed25519')),
  private_key bytea not null,
  created_at timestamptz not null default now(),
  primary key (domain, selector)
);

-- How often in a row the lease of a job ended by itself, its process killed; beyond a limit it waits at infinity.
alter table job add column crashes integer not null default 0;

-- What an MTA delivered here, for a day: one that did not hear our answer sends it again, and a repeat files nothing.
-- digest: SHA-256 of the message below its trace fields.
create table received_message (
  account_id bigint not null references account on delete cascade,
  digest bytea not null check (length(digest) = 32),
  address text not null,
  received_at timestamptz not null default now(),
  primary key (account_id, digest, address)
);
create index received_message_age on received_message (account_id, received_at);
