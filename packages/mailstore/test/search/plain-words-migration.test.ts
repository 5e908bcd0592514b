import t from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { createWordVector, wordsOf } from '../../src/search/words.js'
import { databaseBefore } from '../support/before-migration.js'

t.test('0019: what was filed before is found as what is filed now', async (t) => {
  const { sql } = await databaseBefore(t, '0019')
  const accountId = 10
  const digest = Buffer.alloc(32)
  await sql`insert into account (account_id) values (${accountId})`
  await sql`insert into blob (account_id, blob_no, digest, size) values (${accountId}, 1, ${digest}, 0)`
  const old = `'ist':2A 'rc4':7D 'straße':1A,6D 'v1':4D '2':5D 'ærø':8D`
  await sql`
    insert into search (account_id, digest, envelope, header, body, people, words)
    values (${accountId}, ${digest}, '', '', '', ${`'łodz1':1A`}::text::tsvector, ${old}::text::tsvector)`
  await migrate(sql)
  const [row] = await sql`select people::text, words::text from search`
  t.equal(row!.words, `'1':4 '2':5 '4':7 'aero':8 'ist':2A 'rc4':7 'strasse':1A,6 'v1':4`)
  t.equal(row!.people, `'1':1A 'lodz1':1A`)

  const vector = createWordVector()
  vector.add(wordsOf('Straße ist v1'), 'A')
  const [now] = await sql`select ${vector.toString()}::text::tsvector::text as words`
  t.equal(now!.words, `'1':3A 'ist':2A 'strasse':1A 'v1':3A`)
})
