import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { dumpSchema } from '../../src/db/schema.js'
import { createEmptyDatabase, freshSchema } from '../../src/testing.js'

/** From packages/mailstore/dist/test/db/ to the root of the project. */
const SCHEMA = path.resolve(import.meta.dirname, '../../../../../db/schema.sql')

// One server for all tests of this file when it is run by hand.
await createEmptyDatabase(t)

t.test('db/schema.sql is what the migrations give', async (t) => {
  const written = await readFile(SCHEMA, 'utf8').catch(() => '')
  t.equal(written, await freshSchema(t), 'if it differs: npm run schema')
})

t.test('the planner knows nothing of accounts, whatever table they are in (ADR 14)', async (t) => {
  const schema = await freshSchema(t)
  const columns = schema.match(/^ {2}account_id .*$/gm)!
  t.same(
    columns.filter((line) => !line.startsWith('  account_id bigint STATISTICS 0')),
    [],
    'a migration that makes a table says so: alter table … alter account_id set statistics 0',
  )
})

t.test('the dump tells everything that makes two schemas differ', async (t) => {
  const { url } = await createEmptyDatabase(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  // Each step is one change; each must change the text.
  const steps: [string, RegExp][] = [
    ['create table a (x int8)', /^CREATE TABLE a \(\n {2}x bigint\n\);$/m],
    ['alter table a add y text', /^ {2}y text$/m],
    ['alter table a alter y set not null', /^ {2}y text NOT NULL$/m],
    [`alter table a alter y set default 'it''s %s'`, /^ {2}y text NOT NULL DEFAULT 'it''s %s'::text$/m],
    ['alter table a alter y set statistics 0', /^ {2}y text STATISTICS 0 NOT NULL DEFAULT/m],
    ['alter table a alter y set storage external', /^ {2}y text STORAGE EXTERNAL STATISTICS 0 NOT NULL/m],
    [
      'alter table a add z int8 generated always as (x * 2) stored',
      /z bigint GENERATED ALWAYS AS \(x \* 2\) STORED$/m,
    ],
    [
      'alter table a add i int8 generated always as identity',
      /i bigint NOT NULL GENERATED ALWAYS AS IDENTITY$/m,
    ],
    ['alter table a add c varchar(20) collate "C"', /c character varying\(20\) COLLATE "C"$/m],
    ['alter table a add primary key (x)', /^ {2}CONSTRAINT a_pkey PRIMARY KEY \(x\)$/m],
    ['alter table a add check (x > 0)', /^ {2}CONSTRAINT a_x_check CHECK \(x > 0\)$/m],
    [
      'alter table a add constraint u unique nulls not distinct (y) deferrable initially deferred',
      /CONSTRAINT u UNIQUE NULLS NOT DISTINCT \(y\) DEFERRABLE INITIALLY DEFERRED/,
    ],
    [
      'create table b (x int8 references a on delete cascade)',
      /FOREIGN KEY \(x\) REFERENCES a\(x\) ON DELETE CASCADE$/m,
    ],
    [
      'create index on b (x desc) where x > 5',
      /^CREATE INDEX b_x_idx ON b USING btree \(x DESC\) WHERE x > 5;$/m,
    ],
    [
      'alter table b set (fillfactor = 50, toast.autovacuum_enabled = false)',
      /^\) WITH \(fillfactor=50\);$/m,
    ],
    ['alter table b add t text', /WITH \(fillfactor=50, toast.autovacuum_enabled=false\)|t text/],
    [
      'create table c (x int8) partition by hash (x)',
      /^CREATE TABLE c \(\n {2}x bigint\n\) PARTITION BY HASH \(x\);$/m,
    ],
    [
      'create table c0 partition of c for values with (modulus 2, remainder 0) with (fillfactor = 60)',
      /^CREATE TABLE c0 PARTITION OF c FOR VALUES WITH \(modulus 2, remainder 0\) WITH \(fillfactor=60\);$/m,
    ],
    ['create unlogged table w (x int8)', /^CREATE UNLOGGED TABLE w \(/m],
    ['create sequence s increment 32', /^CREATE SEQUENCE s AS bigint START 1 INCREMENT 32 /m],
    [`create type mood as enum ('sad', 'glad')`, /^CREATE TYPE mood AS ENUM \('sad', 'glad'\);$/m],
    [
      'create domain uid as int8 check (value > 0)',
      /^CREATE DOMAIN uid AS bigint\n {2}CONSTRAINT uid_check CHECK \(VALUE > 0\);$/m,
    ],
    [
      'create function f(n int8) returns int8 language sql immutable return n + 1',
      /FUNCTION public\.f\(n bigint\)/,
    ],
    [
      'create function g() returns trigger language plpgsql as $$begin return new; end$$',
      /FUNCTION public\.g\(\)/,
    ],
    [
      'create trigger t before insert on b for each row execute function g()',
      /^CREATE TRIGGER t BEFORE INSERT ON b /m,
    ],
    ['create view v as select x from a', /^CREATE VIEW v AS\n/m],
    ['create extension pg_trgm', /^CREATE EXTENSION pg_trgm;$/m],
  ]
  let before = await dumpSchema(sql)
  for (const [statement, expected] of steps) {
    await sql.unsafe(statement)
    const after = await dumpSchema(sql)
    t.not(after, before, statement)
    t.match(after, expected, statement)
    before = after
  }
  t.equal(await dumpSchema(sql), before, 'the same schema gives the same text')
  t.notMatch(before, 'similarity', 'what an extension brought is left out')
})
