import { createHash } from 'node:crypto'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { message, openTestStore } from '../support/store.js'

t.test('what was received is a repeat for a day, by digest and address', async (t) => {
  const { account, mailboxes, mailstore, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const file = async (...received: [text: string, address: string][]) => {
    const filed = await account.transact((tx) =>
      tx.email.create(
        received.map(([text, address]) => ({
          message: ingested,
          mailboxIds: [mailboxes.INBOX!],
          received: { digest: createHash('sha256').update(text).digest(), address },
        })),
      ),
    )
    return filed.map((one) => one !== null)
  }
  t.strictSame(await file(['one', 'a'], ['one', 'a'], ['one', 'b'], ['two', 'a']), [true, false, true, true])
  t.strictSame(await file(['one', 'a'], ['three', 'a']), [false, true])

  await sql`update received_message set received_at = now() - interval '25 hours'`
  t.strictSame(await file(['one', 'a']), [true], 'a day later it is another one')
  t.strictSame(await file(['one', 'a']), [false])
  t.equal((await sql`select from received_message`).count, 4)
  await mailstore.housekeeping.run()
  t.equal((await sql`select from received_message`).count, 1, 'housekeeping forgets the old ones')
})
