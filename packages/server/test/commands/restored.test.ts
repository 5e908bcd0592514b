import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

t.test(
  'restored says what it did, what may be sent twice, and does nothing unasked or beside others',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const env = { DATABASE_URL: url }
    const mailstore = await openMailstore({ url, poolSize: 2 })
    t.teardown(() => mailstore.close())
    const { accountId, id } = await mailstore.directory.createAccount('carol@example.org', 'open sesame')
    t.strictSame(await tandem(['restored', '--yes'], { env }), {
      code: 1,
      stdout: '',
      stderr: 'tandem: nothing was changed: the database is in use; stop every tandem first\n',
    })
    const account = mailstore.account(accountId)
    const { digest } = await account.ingest(Buffer.from('Subject: x\r\n\r\nx\r\n'), { nul: 'refuse' })
    const mailFrom = 'carol@example.org'
    await account.transact((tx) =>
      tx.submission.create({
        principalId: id,
        digest,
        mailFrom,
        recipients: [{ address: 'dan@example.net' }],
      }),
    )
    await mailstore.close()
    t.match(await tandem(['restored'], { env }), { code: 2, stdout: '', stderr: /--yes/ })
    t.strictSame(await tandem(['restored', '--yes'], { env }), {
      code: 0,
      stdout:
        '1 account, 6 mailboxes: clients begin again\n' +
        '1 message in the queue, perhaps sent already: tandem queue list\n',
      stderr: '',
    })
  },
)
