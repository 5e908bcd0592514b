-- What has to be the same in every process and at every start, and known to nobody else.
create table server_secret (
  name text primary key,
  secret bytea not null
);

-- The salts that SCRAM gives for names that don't exist (244 random bits).
insert into server_secret values
  ('scram', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
