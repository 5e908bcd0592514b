import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, untilInbox } from '../support/mail.js'
import { findProgram, makeHome, runProgram, startProgram } from '../support/program.js'
import { startRelay } from '../support/relay.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

const msmtp = findProgram('msmtp', 'msmtp')

const configuration = (tandem: Tandem) => `
defaults
host localhost
from alice@example.org
auth on
user alice@example.org
password "${PASSWORD}"
tls on
tls_trust_file ${tandem.certificate}

account submission
port ${tandem.address('submission').port}
tls_starttls on

account submissions
port ${tandem.address('submissions').port}
tls_starttls off

account wrong : submissions
password wrong
`

const message = (subject: string) => `From: Alice <alice@example.org>
To: Bob <bob@example.org>
Cc: x@example.com
Bcc: y@example.com
Subject: ${subject}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

ä€🙂
.
..
From here on: ${'long '.repeat(180)}
`

t.test('msmtp submits', msmtp.options, async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  await addAccount(tandem, 'alice@example.org')
  const bob = await addAccount(tandem, 'bob@example.org')
  const jmap = await openJmap(tandem, 'bob@example.org')
  const home = await makeHome(t, { msmtprc: configuration(tandem) })

  for (const [i, account] of ['submission', 'submissions'].entries()) {
    await t.test(`over ${account}: who is named in To, Cc and Bcc gets it`, async (t) => {
      const args = ['-C', 'msmtprc', '-a', account, '-t']
      await runProgram(t, msmtp, args, { home, input: message(account) })
      await Promise.all([untilInbox(t, tandem, bob.accountId, i + 1), relay.has(i + 1)])
      const email = await emailIds(jmap)
      const [got] = await jmap.call([
        'Email/get',
        { ids: [email(account)], properties: ['textBody', 'bodyValues', 'bcc'], fetchTextBodyValues: true },
      ])
      const [{ bodyValues, bcc }] = got!.list
      t.equal(Object.values<{ value: string }>(bodyValues)[0]!.value, message(account).split('\n\n')[1])
      t.equal(bcc, null, 'and nobody sees who was in Bcc')
      t.same(relay.received[i]!.to, ['x@example.com', 'y@example.com'])
      t.ok(relay.received[i]!.text.endsWith(message(account).split('\n\n')[1]!.replaceAll('\n', '\r\n')))
    })
  }

  await t.test('a wrong password is an error', async (t) => {
    const args = ['-C', 'msmtprc', '-a', 'wrong', 'bob@example.org']
    const { code, output } = await startProgram(t, msmtp, args, { home, input: message('x') }).ended
    t.equal(code, 77)
    t.match(output, /535/)
  })
})
