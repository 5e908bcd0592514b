import { spawnSync } from 'node:child_process'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { mailByJmap, untilInbox } from '../support/mail.js'
import { findProgram, makeHome, runProgram, startProgram } from '../support/program.js'
import { startRelay } from '../support/relay.js'
import { addAccount, PASSWORD, startTandem } from '../support/tandem.js'

const swaks = findProgram('swaks', 'swaks and libnet-ssleay-perl')
const withoutTls = () => /TLS not available/.test(spawnSync(swaks.path, ['--support']).stdout.toString())
const options = swaks.options.skip || !withoutTls() ? swaks.options : { skip: 'install libnet-ssleay-perl' }

t.test('swaks submits', options, async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  await addAccount(tandem, 'alice@example.org')
  const bob = await addAccount(tandem, 'bob@example.org')
  const jmap = await openJmap(tandem, 'bob@example.org')
  const home = await makeHome(t)
  const to = (name: 'submission' | 'submissions', ...args: string[]) => [
    '--server',
    'localhost',
    '--port',
    String(tandem.address(name).port),
    ...(name === 'submission' ? ['--tls'] : ['--tls-on-connect']),
    '--tls-verify',
    '--tls-ca-path',
    tandem.certificate,
    '--from',
    'alice@example.org',
    ...args,
  ]
  const login = (password: string) => [
    '--auth',
    'PLAIN',
    '--auth-user',
    'alice@example.org',
    '--auth-password',
    password,
  ]

  for (const [i, name] of (['submission', 'submissions'] as const).entries()) {
    await t.test(`over ${name}: one message to somebody here and somebody elsewhere`, async (t) => {
      const recipients = ['--to', 'bob@example.org,x@example.com']
      const said = ['--header', `Subject: by ${name}`, '--body', `.dot\n..two\n${name}`]
      await runProgram(t, swaks, to(name, ...login(PASSWORD), ...recipients, ...said, '--pipeline'), { home })
      await Promise.all([untilInbox(t, tandem, bob.accountId, i + 1), relay.has(i + 1)])
      t.ok((await mailByJmap(jmap)).includes(`INBOX: by ${name} []`))
      t.match(relay.received[i], { from: 'alice@example.org', to: ['x@example.com'] })
      t.match(relay.received[i]!.text, `\r\n.dot\r\n..two\r\n${name}\r\n`)
    })
  }

  const refused: [string, string[], RegExp][] = [
    ['a wrong password', [...login('wrong'), '--to', 'bob@example.org'], /<~\* 535 /],
    ['no login', ['--to', 'bob@example.org'], /<~\* 530 /],
    [
      'a sender that is not theirs',
      [...login(PASSWORD), '--from', 'bob@example.org', '--to', 'x@example.com'],
      /<~\* 553 /,
    ],
    ['nobody of that name', [...login(PASSWORD), '--to', 'nobody@example.org'], /<~\* 550 /],
  ]
  for (const [what, args, reply] of refused) {
    await t.test(`refused: ${what}`, async (t) => {
      const result = await startProgram(t, swaks, to('submission', ...args), { home }).ended
      t.ok(result.code)
      t.match(result.output, reply)
    })
  }
  t.equal((await mailByJmap(jmap)).length, 2, 'nothing more came')
})
