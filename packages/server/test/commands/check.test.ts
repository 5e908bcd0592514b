import { type Mailstore, openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

/** Bytes whose size the store keeps beside them, so that something can be wrong without SQL. */
async function fileOne(mailstore: Mailstore): Promise<void> {
  const { accountId } = await mailstore.directory.createAccount('carol@example.org', 'open sesame')
  const account = mailstore.account(accountId)
  const inbox = await account.read((r) => r.mailbox.byRole('inbox'))
  const message = await account.ingest(Buffer.from('Subject: x\r\n\r\nx\r\n'), { nul: 'refuse' })
  // The store believes what it is told of the size; a check does not.
  const wrong = { ...message, size: message.size + 1 }
  await account.transact((tx) => tx.email.create([{ message: wrong, mailboxIds: [inbox!.id] }]))
}

t.test('check says that all is well, and otherwise what is wrong, by line and exit code', async (t) => {
  const { url } = await createTestDatabase(t)
  const env = { DATABASE_URL: url }
  t.strictSame(await tandem(['check', '--deep'], { env }), {
    code: 0,
    stdout: '0 accounts: all is well\n',
    stderr: '',
  })
  const mailstore = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  await fileOne(mailstore)
  const told = await tandem(['check'], { env })
  t.match(told, { code: 1, stderr: '' })
  t.match(
    told.stdout,
    /^account \d+, email \d+: an email and a submission have their bytes \(rule 11\): .+\n/,
  )
  t.match(told.stdout, /\n1 account: 1 wrong, 0 mended\n$/)
  const repair = await tandem(['check', '--repair'], { env })
  t.match(repair, { code: 1, stdout: /; not mended\n1 account: 1 wrong, 0 mended\n$/ })
})
