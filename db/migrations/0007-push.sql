-- Lets who holds it open an event source for a while. Known by its SHA-256 alone; it goes with the credential that it
-- was asked for with.
create table push_ticket (
  account_id bigint not null,
  digest bytea not null check (length(digest) = 32),
  principal_id bigint not null,
  credential_id bigint not null,
  expires_at timestamptz not null,
  primary key (account_id, digest),
  foreign key (account_id, principal_id, credential_id) references credential on delete cascade
);
