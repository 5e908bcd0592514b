import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

t.test('clients tells who uses what, of one or of all, by protocol and time', async (t) => {
  const { url } = await createTestDatabase(t)
  const run = (...args: string[]) => tandem(['clients', ...args], { env: { DATABASE_URL: url } })
  t.match(await run(), { code: 0, stdout: /^$/, stderr: /^nobody was seen; .*\n$/ })
  const mailstore = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const { directory, clients } = mailstore
  const carol = await directory.createAccount('carol@example.org', 'open sesame')
  const dave = await directory.createAccount('dave@example.org', 'open sesame')
  const saw = ({ accountId, id }: typeof carol, protocol: 'imap' | 'jmap', client: string | null) =>
    clients.saw({ accountId, principalId: id, protocol, client })
  saw(carol, 'imap', 'Thunderbird\u001b[2J 140.1')
  saw(carol, 'jmap', 'Ltt/1.0')
  saw(dave, 'imap', null)
  await clients.flush()

  const day = String.raw`\d{4}-\d\d-\d\d`
  const line = (name: string, protocol: string, client: string) =>
    new RegExp(`^${name}@example\\.org  ${protocol}  ${day} [0-9:]{8}Z  since ${day}  ${client}$`)
  const lines = async (...args: string[]) => (await run(...args)).stdout.trim().split('\n')
  const all = await lines()
  t.equal(all.length, 3)
  t.match(all.slice(0, 2).sort(), [
    line('carol', 'imap', 'Thunderbird \\[2J 140.1'),
    line('carol', 'jmap', 'Ltt/1.0'),
  ])
  t.match(all[2], line('dave', 'imap', '\\(does not say\\)'))
  t.match(await lines('--protocol', 'imap', '--since', '1h'), [/^carol.* imap /, /^dave.* imap /])
  t.match(await lines('carol@example.org', '--protocol', 'jmap'), [/Ltt/])
  t.match(await run('--since', '2999-01-01'), { stdout: '', stderr: /^nobody was seen; .*\n$/ })
  t.match(await run('--protocol', 'pop3'), { code: 2, stderr: /expected one of imap, jmap, submission/ })
  t.match(await run('nobody@example.org'), {
    code: 1,
    stderr: 'tandem: there is no login nobody@example.org\n',
  })
})
