-- breaking: an older program would file messages that no search finds.
-- What messages are searched by. A row depends on the bytes alone, and is there before an email with them is.

create extension if not exists btree_gin;
create extension if not exists pg_trgm;

-- envelope, header, body: decoded, folded text, for substrings. people, words: for words; weights tell fields apart
-- (packages/mailstore/src/search/types.ts).
create table search (
  account_id bigint not null,
  digest bytea not null,
  envelope text not null,
  header text not null,
  body text not null,
  people tsvector not null,
  words tsvector not null,
  primary key (account_id, digest),
  foreign key (account_id, digest) references blob (account_id, digest) on delete cascade
) partition by hash (account_id);
create table search_0 partition of search for values with (modulus 8, remainder 0);
create table search_1 partition of search for values with (modulus 8, remainder 1);
create table search_2 partition of search for values with (modulus 8, remainder 2);
create table search_3 partition of search for values with (modulus 8, remainder 3);
create table search_4 partition of search for values with (modulus 8, remainder 4);
create table search_5 partition of search for values with (modulus 8, remainder 5);
create table search_6 partition of search for values with (modulus 8, remainder 6);
create table search_7 partition of search for values with (modulus 8, remainder 7);

-- One index for each text: 18 kB of WAL a message less than one for all three, at 3 kB of text.
create index search_words on search using gin (account_id, people, words);
create index search_envelope on search using gin (account_id, envelope gin_trgm_ops);
create index search_header on search using gin (account_id, header gin_trgm_ops);
create index search_body on search using gin (account_id, body gin_trgm_ops);

-- Messages that were filed before: queries read them, housekeeping works the list off.
create table search_pending (
  account_id bigint not null,
  digest bytea not null,
  primary key (account_id, digest),
  foreign key (account_id, digest) references blob (account_id, digest) on delete cascade
);
insert into search_pending select distinct account_id, digest from email;
