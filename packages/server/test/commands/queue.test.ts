import { formatId, openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

const { url } = await createTestDatabase(t)
const mailstore = await openMailstore({ url, poolSize: 2 })
t.teardown(() => mailstore.close())
const principal = await mailstore.directory.createAccount('carol@example.org', 'horse battery')
const account = mailstore.account(principal.accountId)
const run = (line: string) => tandem(line.split(' '), { env: { DATABASE_URL: url } })

async function submit(recipients: string[], sendAt?: Date): Promise<number> {
  const { digest } = await account.blobs.put(Buffer.from('Subject: secret words\r\n\r\nbody'))
  return account.transact((tx) =>
    tx.submission.create({
      principalId: principal.id,
      digest,
      mailFrom: principal.name,
      recipients: recipients.map((address) => ({ address })),
      ...(sendAt ? { sendAt } : {}),
    }),
  )
}

const id = await submit(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test'])
const held = await submit(['a@x.test'], new Date('2099-01-01T10:00:00Z'))
const [job] = await mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
const name = formatId('submission', id)

t.test('what is being sent says so, and is neither retried nor removed meanwhile', async (t) => {
  t.match(await run(`queue show ${name}`), {
    stdout: /^\S+ {2}carol@example\.org {2}1 KiB {2}since \S+ \S+ {2}sending\n/,
  })
  t.match(await run(`queue retry ${name}`), { code: 1, stderr: /is being sent right now/ })
  t.match(await run(`queue remove ${name} --yes`), { code: 1, stderr: /is being sent right now/ })
})

t.test('queue list says what waits, why, since when, and until when; nothing of the message', async (t) => {
  await account.transact((tx) =>
    tx.submission.record(
      job!,
      [
        { address: 'a@x.test', state: 'delivered', reply: '250 ok' },
        { address: 'b@x.test', state: 'queued', reply: '451 4.4.1 \u001b[31maway' },
      ],
      new Date('2098-02-03T04:05:06Z'),
    ),
  )
  const { stdout } = await run('queue list')
  t.strictSame(stdout.replace(/since \S+ \S+/g, 'since then').split('\n'), [
    `${name}  carol@example.org  1 KiB  since then  next 2098-02-03 04:05Z`,
    '    b@x.test  1 attempt: 451 4.4.1  [31maway',
    '    c@x.test  0 attempts',
    '    d@x.test  0 attempts',
    `${formatId('submission', held)}  carol@example.org  1 KiB  since then  held until 2099-01-01 10:00Z`,
    '    a@x.test  0 attempts',
    '',
  ])
})

t.test('queue retry makes it due; what its sender wants held stays held', async (t) => {
  t.match(await run(`queue retry ${formatId('submission', held)}`), { code: 1, stderr: /held by its sender/ })
  t.match(await run('queue retry all'), { code: 0, stdout: '1 message is tried now\n' })
  t.match(await run(`queue show ${name}`), { stdout: / next now\n/ })
  const [again] = await mailstore.jobs.claim({ limit: 5, leaseMs: 1 })
  t.equal(again!.ref, id)
})

t.test(
  'a job whose attempts break down, one after the other, is set aside until somebody has it retried',
  async (t) => {
    for (let crashes = 0; ; ) {
      const [next] = await mailstore.jobs.claim({ limit: 5, leaseMs: 1 })
      // Nothing comes also while the lease before still runs.
      if (next) t.equal(next.crashes, ++crashes)
      else if ((await mailstore.queue.get(id))!.nextAttemptAt === null) break
    }
    t.match(await run(`queue show ${name}`), { stdout: / set aside: 5 attempts in a row broke down\n/ })
    t.strictSame(await mailstore.jobs.nextDue(), new Date('2099-01-01T10:00:00Z'), 'no outbox waits for it')
    t.match(await run(`queue retry ${name}`), { code: 0, stdout: `${name} is tried now\n` })
    t.match(await mailstore.jobs.claim({ limit: 5, leaseMs: 1 }), [{ ref: id, crashes: 0 }])
  },
)

t.test('queue remove gives up who waits, and the others keep what they have', async (t) => {
  t.match(await run(`queue remove ${name}`), { code: 2, stderr: /needs --yes/ })
  t.match(await run(`queue remove ${name} --yes`), { code: 0, stdout: `${name} is removed\n` })
  const submission = (await account.read((r) => r.submission.get(id)))!
  const removed = { state: 'failed', reply: '554 5.0.0 removed from the queue by an administrator' }
  t.match(submission.recipients, [{ state: 'delivered', reply: '250 ok' }, removed, removed, removed])
  for (const line of [`queue show ${name}`, `queue retry ${name}`, `queue remove ${name} --yes`]) {
    t.match(await run(line), { code: 1, stderr: /does not wait/ }, line)
  }
  t.match(await run('queue show 17'), { code: 2, stderr: /is no id of a message/ })
})

t.test('an empty queue says so', async (t) => {
  t.match(await run(`queue remove ${formatId('submission', held)} --yes`), { code: 0 })
  t.match(await run('queue list'), { code: 0, stdout: '', stderr: 'nothing waits\n' })
})
