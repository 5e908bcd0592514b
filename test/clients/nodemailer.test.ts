import { readFile } from 'node:fs/promises'
import { createTransport } from 'nodemailer'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { mailByJmap, untilInbox } from '../support/mail.js'
import { startRelay } from '../support/relay.js'
import { addAccount, PASSWORD, startTandem } from '../support/tandem.js'

const MESSAGES = 30

t.test('what nodemailer submits over several connections arrives once, here and elsewhere', async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  await addAccount(tandem, 'alice@example.org')
  const bob = await addAccount(tandem, 'bob@example.org')
  const smtp = createTransport({
    host: 'localhost',
    port: tandem.address('submissions').port,
    secure: true,
    tls: { ca: await readFile(tandem.certificate) },
    auth: { user: 'alice@example.org', pass: PASSWORD },
    pool: true,
    maxConnections: 3,
  })
  t.teardown(() => smtp.close())
  const subjects = Array.from({ length: MESSAGES }, (_, i) => `message ${i + 10}`)
  await Promise.all(
    subjects.map((subject) =>
      smtp.sendMail({
        from: 'Alice Ångström <alice@example.org>',
        to: ['bob@example.org', 'x@example.com'],
        subject,
        html: '<p>Grüße</p>',
        attachments: [{ filename: 'räksmörgås.txt', content: subject }],
      }),
    ),
  )
  await Promise.all([untilInbox(t, tandem, bob.accountId, MESSAGES), relay.has(MESSAGES)])
  const jmap = await openJmap(tandem, 'bob@example.org')
  t.same(
    await mailByJmap(jmap),
    subjects.map((subject) => `INBOX: ${subject} []`),
  )
  const [, emails] = await jmap.call(
    ['Email/query', { limit: 1 }],
    [
      'Email/get',
      { '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' }, properties: ['from', 'attachments'] },
    ],
  )
  t.match(emails!.list[0], {
    from: [{ name: 'Alice Ångström', email: 'alice@example.org' }],
    attachments: [{ name: 'räksmörgås.txt', size: 10 }],
  })
  const relayed = relay.received.map(({ to, text }) => `${to} ${/^Subject: (.*?)\r$/m.exec(text)?.[1]}`)
  t.same(
    relayed.sort(),
    subjects.map((subject) => `x@example.com ${subject}`),
  )
})
