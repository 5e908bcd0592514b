import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import type { Account } from '../../src/index.js'
import { formerThreadKeys, threadKeys } from '../../src/thread/match.js'
import { rekeyBatch } from '../../src/thread/rekey.js'
import { databaseBefore } from '../support/before-migration.js'
import { violations } from '../support/invariants.js'
import { fileBytes } from '../support/queries.js'
import { openTestStore, type TestStore } from '../support/store.js'

const message = (id: string, subject: string, ...references: string[]) =>
  `Message-ID: <${id}@x>\n${references.length > 0 ? `References: ${references.map((each) => `<${each}@x>`).join(' ')}\n` : ''}Subject: ${subject}\n\nx\n`

async function threadOf(account: Account, id: number): Promise<number> {
  const [email] = await account.read((r) => r.email.get([id]))
  return email!.threadId
}

/** As an older program left the account: keys by the base subject, and threads that went by them. */
async function asBefore({ account, url, accountId }: TestStore & { accountId: number }, ids: number[]) {
  const sql = connect(url, { max: 1 })
  try {
    const emails = await account.read((r) => r.email.get(ids))
    for (const { id, summary } of emails) {
      const former = formerThreadKeys(summary)
      if (former.length === 0) continue
      await sql`delete from thread_key where email_id = ${id}`
      for (const key of former) {
        await sql`
          insert into thread_key (account_id, key, email_id, thread_id)
          select ${accountId}, decode(${key}, 'hex'), email_id, thread_id from email where email_id = ${id}`
      }
    }
    await sql`insert into thread_key_pending (account_id) values (${accountId})`
  } finally {
    await sql.end()
  }
}

async function open(t: Parameters<typeof openTestStore>[0]) {
  const store = await openTestStore(t)
  const sql = connect(store.url, { max: 1 })
  t.teardown(() => sql.end())
  const [row] = await sql<{ account_id: number }[]>`select account_id from mailbox limit 1`
  return { ...store, sql, accountId: row!.account_id, inbox: store.mailboxes.INBOX! }
}

t.test('the migration marks the accounts that are there', async (t) => {
  const { sql } = await databaseBefore(t, '0016')
  await sql`insert into account (account_id) values (10), (20)`
  await migrate(sql)
  const rows = await sql`select account_id, after_email_id from thread_key_pending order by 1`
  t.same(
    [...rows],
    [10, 20].map((id) => ({ account_id: id, after_email_id: 0 })),
  )
})

t.test('what was filed before is found by the new keys, and its thread ids stay', async (t) => {
  const store = await open(t)
  const { account, inbox, mailstore, url } = store
  // An older program gave the German reply a thread of its own: another id stands for that.
  const root = await fileBytes(account, inbox, message('root', 'Lunch'))
  const reply = await fileBytes(account, inbox, message('reply', 'AW: Lunch'))
  await asBefore(store, [root, reply])
  const threads = [await threadOf(account, root), await threadOf(account, reply)]
  t.not(threads[0], threads[1])
  t.same(await violations(url), [], 'the check knows keys that wait')

  const early = await fileBytes(account, inbox, message('early', 'SV: AW: Lunch', 'reply'))
  t.not(await threadOf(account, early), threads[1], 'its own former key is another still')
  const same = await fileBytes(account, inbox, message('same', 'AW: Lunch', 'reply'))
  t.equal(await threadOf(account, same), threads[1], 'a former key that is the same is looked for')

  await mailstore.housekeeping.run()
  t.same(await store.sql`select from thread_key_pending`, [])
  t.same([await threadOf(account, root), await threadOf(account, reply)], threads)
  t.same(await violations(url), [])
  const late = await fileBytes(account, inbox, message('late', 'WG: Lunch', 'reply'))
  t.equal(await threadOf(account, late), threads[1])
  const both = await fileBytes(account, inbox, message('both', 'Re: Lunch', 'root', 'reply'))
  t.equal(await threadOf(account, both), threads[0], 'of two threads the older')
})

t.test('a batch goes on where the one before ended, and what is expunged has no keys', async (t) => {
  const store = await open(t)
  const { account, inbox, sql, accountId, url } = store
  const ids: number[] = []
  for (let i = 0; i < 5; i++) ids.push(await fileBytes(account, inbox, message(`m${i}`, `AW: n${i}`)))
  await asBefore(store, ids)
  const [first] = (await account.view(inbox)).uids
  await account.expunge(inbox, [first!], { onlyDeleted: false })
  const batch = () => sql.begin((tx) => rekeyBatch(tx, accountId, 2))
  t.same([await batch(), await batch(), await batch(), await batch()], [true, true, false, false])
  const emails = await account.read((r) => r.email.get(ids.slice(1)))
  const rows = await sql<{ key: string }[]>`select encode(key, 'hex') as key from thread_key`
  t.same(rows.map(({ key }) => key).sort(), emails.flatMap(({ summary }) => threadKeys(summary)).sort())
  t.same(await violations(url), [])
})

t.test('keys that were wrong before are noticed once they wait no more', async (t) => {
  const store = await open(t)
  const { account, inbox, sql, url, mailstore } = store
  const id = await fileBytes(account, inbox, message('m', 'AW: Lunch'))
  await asBefore(store, [id])
  await sql`update thread_key set key = decode(repeat('00', 16), 'hex')`
  t.match(await violations(url), [/thread keys of its message/])
  await mailstore.housekeeping.run()
  t.match(
    await violations(url),
    [/thread keys of its message/],
    'a stranger’s key is not taken away in passing',
  )
})
