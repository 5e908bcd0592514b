// The lines for curl in README.md, pasted into a shell.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { openImap } from '../support/imap.js'
import { letter } from '../support/mail.js'
import { findProgram, makeHome, runProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, projectRoot, startTandem } from '../support/tandem.js'

const curl = findProgram('curl', 'curl')
const bash = findProgram('bash', 'bash')

t.test('what README.md says of curl works as it stands there', curl.options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  await deliver(tandem, letter('first'), 'alice@example.org')
  await deliver(tandem, letter('second'), 'alice@example.org')

  const readme = await readFile(path.join(projectRoot, 'README.md'), 'utf8')
  const [, block] = /```sh\n(LOGIN=.*?)```/s.exec(readme)!
  const { http, imaps } = { http: tandem.address('http').port, imaps: tandem.address('imaps').port }
  const script = block!
    .replace('PASSWORD', PASSWORD)
    .replace('127.0.0.1:8080', `127.0.0.1:${http}`)
    .replace('127.0.0.1:1993', `127.0.0.1:${imaps}`)
  t.match(script, `imaps://127.0.0.1:${imaps}`, 'the addresses are those that README.md names')
  const home = await makeHome(t, {})
  const { stdout } = await runProgram(t, bash, ['-euc', script], { home })

  t.match(stdout, /^\{"capabilities":/, 'the session')
  const looks =
    stdout.match(/"subject":"first","keywords":\{[^}]*\}|"keywords":\{[^}]*\}[^{}]*"subject":"first"/g) ?? []
  t.equal(looks.length, 2, stdout)
  t.notMatch(looks[0], /\$flagged/)
  t.match(looks[1], /\$flagged/, 'JMAP sees the flag that IMAP set')
  t.match(stdout, /\* SEARCH 1\r\n/)
  const imap = await openImap(t, tandem, 'alice@example.org')
  await imap.mailboxOpen('INBOX')
  t.same(await imap.search({ flagged: true }), [1])
})
