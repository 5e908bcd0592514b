import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type { Logger } from '../../src/index.js'
import { readMessage } from '../../src/reading/message.js'
import { violations } from '../support/invariants.js'
import { openTestStore } from '../support/store.js'

/** No thread begins within that: all that is not read in place is given up. */
const NO_TIME = { threads: 1, deadline: () => 0 }

const HEADER = [
  'From: Bob <bob@example.net>',
  'To: alice@example.org',
  'Subject: Marked',
  'Message-ID: <2@example.net>',
  'Content-Type: text/plain',
  '',
  '',
].join('\r\n')

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

/** A log that keeps what it is told. */
function createLog() {
  const warnings: { fields: object; message: string }[] = []
  const silent = () => {}
  const log: Logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (fields, message) => warnings.push({ fields, message }),
  }
  return { log, warnings }
}

for (const [name, octets, isStreamed] of [
  ['whole', 100_000, false],
  ['as a stream that is held', 100_000, true],
  ['as a stream that is read again', 3_000_000, true],
] as const) {
  t.test(`what is not read in time is filed by its beginning, and marked: ${name}`, async (t) => {
    const { log, warnings } = createLog()
    const { account, mailboxes, url } = await openTestStore(t, { reading: NO_TIME, log })
    const bytes = Buffer.from(HEADER + 'secret words\r\n'.repeat(octets / 14))
    const source = isStreamed ? pieces(bytes) : bytes
    const message = await account.ingest(source, { nul: 'replace' })
    const [filed] = await account.transact((tx) =>
      tx.email.create([{ message, mailboxIds: [mailboxes.INBOX!] }]),
    )
    const [email] = await account.read((r) => r.email.get([filed!.id]))
    t.match(email!.summary, {
      isIncomplete: true,
      subject: 'Marked',
      from: [{ email: 'bob@example.net' }],
      messageId: ['2@example.net'],
      hasAttachment: true,
      structure: { type: 'application/octet-stream', bodyEnd: bytes.length },
    })
    t.ok(
      Buffer.from(await (await account.blobs.open(email!.digest))!.read()).equals(bytes),
      'its bytes are whole',
    )
    const found = await account.read((r) =>
      r.email.query({
        filter: { subject: 'marked', from: 'bob' },
        sort: [],
        ...{ collapseThreads: false, position: 0, limit: 10, calculateTotal: true },
      }),
    )
    t.same(found.ids, [filed!.id], 'it is found by its header')

    t.match(warnings, [{ fields: { accountId: account.id, size: bytes.length, reason: 'time' } }])
    t.match(warnings[0]!.fields, { digest: Buffer.from(email!.digest).toString('hex') })
    t.notMatch(JSON.stringify(warnings), /secret|Marked|example/, 'nothing of its content is in the log')

    t.same(await violations(url), [], 'the check takes it as it is')
  })
}

t.test('what is small is read all the same', async (t) => {
  const { account } = await openTestStore(t, { reading: NO_TIME })
  const message = await account.ingest(Buffer.from(`${HEADER}Hello\r\n`), { nul: 'replace' })
  t.match(message.summary, { preview: 'Hello', structure: { type: 'text/plain' } })
})

t.test('a backlog of search is filled past what is not read in time', async (t) => {
  const { account, mailboxes, mailstore, url } = await openTestStore(t, { reading: NO_TIME })
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  for (const text of ['small\r\n', 'large words\r\n'.repeat(20_000)]) {
    const message = await account.ingest(Buffer.from(HEADER + text), { nul: 'refuse' })
    await account.transact((tx) => tx.email.create([{ message, mailboxIds: [mailboxes.INBOX!] }]))
  }
  await sql`delete from search`
  await sql`insert into search_pending (account_id, digest) select account_id, digest from email`
  const found = () =>
    account.read((r) => r.email.matching(mailboxes.INBOX!, { field: 'subject', value: 'marked' }))
  t.equal((await found()).length, 2, 'those that are read for the question')
  await mailstore.housekeeping.run()
  t.same(await sql`select from search_pending`, [])
  t.equal((await found()).length, 2, 'those that are filled in')
})

t.test('a closed store reads no more, and says so', async (t) => {
  const { account, mailstore } = await openTestStore(t)
  await mailstore.close()
  await t.rejects(account.reading.run(readMessage, Buffer.alloc(100_000)), {
    code: 'unavailable',
    outcome: 'none',
  })
})
