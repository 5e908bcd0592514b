-- Sessions end with the login that they were opened by: tandem account kick raises the generation, and whoever came in
-- by an earlier one is told to go.
alter table credential add column generation bigint not null default 0;

-- A ticket ends with the login that asked for it, too. Null: one of an older program, whose login was the account's name.
alter table push_ticket
  add column generation bigint not null default 0,
  add column login_name text;
