-- Who uses which protocol, with which program: what an organisation wants to know before it switches one off.

create table client_use (
  account_id bigint not null,
  principal_id bigint not null,
  protocol text not null check (protocol in ('imap', 'jmap', 'submission')),
  -- What the program says of itself; '' where it says nothing.
  client text not null check (length(client) <= 200),
  -- The credential it logged in with, which may be gone since; 0: not known.
  credential_id bigint not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  primary key (account_id, principal_id, protocol, client, credential_id),
  foreign key (account_id, principal_id) references principal (account_id, principal_id) on delete cascade
) with (fillfactor = 70);
