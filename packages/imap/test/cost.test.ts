// What commands cost at the wire to the store: how many statements, however many messages they name.
import { openMailstore } from '@tandem/mailstore'
import { countingWire, createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { PASSWORD } from './support/client.js'
import { message, startServer } from './support/server.js'

/** Messages that each command names, of twice as many in the mailbox. */
const NAMED = 1_000
const MAILBOXES = 50

interface Row {
  /** `$` stands for the messages named. */
  command: string
  statements: number
}

const ROWS: readonly Row[] = [
  { command: 'SELECT INBOX', statements: 16 },
  { command: 'NOOP', statements: 1 },
  { command: 'FETCH $ (FLAGS)', statements: 2 },
  { command: 'FETCH $ (UID INTERNALDATE RFC822.SIZE EMAILID THREADID)', statements: 2 },
  { command: 'FETCH $ (ENVELOPE BODYSTRUCTURE)', statements: 12 },
  { command: 'FETCH $ (BODY.PEEK[])', statements: 14 },
  { command: 'FETCH $ (BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)])', statements: 14 },
  { command: 'SEARCH UNSEEN SINCE 1-Jan-2020', statements: 2 },
  { command: 'SEARCH SUBJECT topic', statements: 8 },
  { command: 'STORE $ +FLAGS.SILENT (\\Flagged work)', statements: 24 },
  { command: 'STORE $ +FLAGS.SILENT (\\Flagged work)', statements: 10 },
  { command: 'COPY $ Archive', statements: 20 },
  { command: 'MOVE $ Archive', statements: 36 },
  { command: 'STORE $ +FLAGS.SILENT (\\Deleted)', statements: 28 },
  { command: 'EXPUNGE', statements: 26 },
  { command: 'LIST "" *', statements: 6 },
  { command: 'LIST "" * RETURN (STATUS (MESSAGES UNSEEN SIZE))', statements: 6 },
  { command: 'SELECT INBOX (QRESYNC (%validity 1))', statements: 20 },
]

t.test(`commands over ${NAMED} messages cost a few statements`, { timeout: 120_000 }, async (t) => {
  const { url } = await createTestDatabase(t)
  const wire = await countingWire(t, url)
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const mailstore = await openMailstore({ url: wire.url, log })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('alice@example.org', PASSWORD)
  const account = mailstore.account(accountId)
  const ingested = await account.ingest(Buffer.from(message('topic')), { nul: 'refuse' })
  await account.transact(async (tx) => {
    const inbox = (await tx.mailbox.byRole('inbox'))!
    for (let n = 6; n < MAILBOXES; n++) await tx.mailbox.createPath(`folder ${n}`)
    const emails = Array.from({ length: 3 * NAMED }, () => ({ message: ingested, mailboxIds: [inbox.id] }))
    await tx.email.create(emails)
  })
  const server = await startServer(t, {}, { mailstore, log, errors: [] })
  const client = await server.loggedIn()
  await client.ok('ENABLE QRESYNC')
  let validity = ''

  for (const { command, statements } of ROWS) {
    const text = command.replace('$', `1:${NAMED}`).replace('%validity', validity)
    wire.take()
    const untagged = await client.ok(text)
    const taken = wire.take()
    validity = /UIDVALIDITY (\d+)/.exec(untagged.join(' '))?.[1] ?? validity
    t.comment(`${command}: ${taken.statements} statements, ${taken.sent + taken.received} octets`)
    t.ok(
      taken.statements <= statements,
      `${command}: ${taken.statements} of at most ${statements} statements`,
    )
    if (/^FETCH|^STORE.*FLAGS /.test(command))
      t.ok(untagged.length >= NAMED, `${command} answered for all of them`)
  }
})
