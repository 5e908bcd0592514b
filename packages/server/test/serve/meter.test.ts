import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { createMetrics, render } from '../../src/metrics.js'
import { meterMailstore } from '../../src/serve/meter.js'

t.test('what a service does with the store is counted, once it is committed', async (t) => {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url, poolSize: 3, reading: { deadline: () => 0 } })
  t.teardown(() => mailstore.close())
  const metrics = createMetrics()
  const { directory, ...metered } = meterMailstore(mailstore, 'lmtp', metrics)
  const principal = await directory.createAccount('carol@example.org', 'horse battery')
  await directory.authenticate('carol@example.org', 'horse battery')
  await directory.authenticate('carol@example.org', 'wrong')

  const account = metered.account(principal.accountId)
  t.equal(metered.account(principal.accountId), account, 'an account is the same each time')
  const message = await account.ingest(Buffer.from('Subject: a\r\n\r\nb\r\n'), { nul: 'refuse' })
  await account.ingest(Buffer.from(`Subject: a\r\n\r\n${'too long\r\n'.repeat(10_000)}`), { nul: 'refuse' })
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!
  const file = () => account.transact((tx) => tx.email.create([{ message, mailboxIds: [inbox.id] }]))
  await file()
  await file()
  const undone = account.transact(async (tx) => {
    await tx.email.create([{ message, mailboxIds: [inbox.id] }])
    throw new Error('no')
  })
  await t.rejects(undone, { message: 'no' })
  await account.store(inbox.id, [1], { mode: 'add', keywords: ['$seen'], deleted: false })
  await account.transact(async (tx) => {
    const recipients = [{ address: 'dave@example.com' }, { address: 'erin@example.com' }]
    const { digest } = message
    await tx.submission.create({ principalId: principal.id, digest, mailFrom: principal.name, recipients })
  })
  const [job] = await metered.jobs.claim({ limit: 1, leaseMs: 60_000 })
  await account.transact((tx) =>
    tx.submission.record(
      job!,
      [
        { address: 'dave@example.com', state: 'delivered', reply: '250 ok' },
        { address: 'erin@example.com', state: 'queued', reply: '451 later' },
      ],
      new Date(),
    ),
  )

  const numbers = render(metrics.snapshot())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  t.strictSame(numbers, [
    'tandem_logins_total{result="accepted",service="lmtp"} 1',
    'tandem_logins_total{result="refused",service="lmtp"} 1',
    'tandem_reads_total{service="lmtp"} 1',
    'tandem_writes_total{result="committed",service="lmtp"} 5',
    'tandem_writes_total{result="failed",service="lmtp"} 1',
    'tandem_messages_filed_total{service="lmtp"} 2',
    'tandem_messages_incomplete_total{service="lmtp"} 1',
    'tandem_submissions_total{service="lmtp"} 1',
    'tandem_recipients_total{state="delivered"} 1',
    'tandem_recipients_total{state="queued"} 1',
  ])
})
