-- Who guesses passwords at whom. Unlogged: after a crash of Postgres the guard begins anew.
-- network '': the account, whoever guesses. account '': the address, at whomever. account: a keyed hash of the name.
-- score: different wrong passwords at guessed_at; it leaks from then on.
create unlogged table login_guard (
  network text not null,
  account text not null,
  score double precision not null,
  guessed_at timestamptz not null,
  bans integer not null,
  banned_until timestamptz not null,
  known_at timestamptz not null,
  primary key (network, account)
);
create index login_guard_account on login_guard (account, network);

-- Wrong passwords that were counted, by a keyed hash of name and password: each counts once.
create unlogged table login_guess (
  digest text primary key,
  guessed_at timestamptz not null
);

-- The key of these hashes (244 random bits).
insert into server_secret values
  ('guard', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
