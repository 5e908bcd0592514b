import { readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap } from '../support/mail.js'
import { findProgram, makeHome, type Running, startProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

const neomutt = findProgram('neomutt', 'neomutt')
// neomutt wants a terminal: the script of util-linux gives it one.
const script = findProgram('script', 'bsdutils')
const options =
  process.platform === 'linux'
    ? { ...script.options, ...neomutt.options }
    : { skip: 'needs a terminal, by the script command of Linux' }

/** Its keys: A reads, flags, moves and deletes; B looks for what is new, and writes down what it sees. */
const configuration = (tandem: Tandem) => `
set imap_user = "alice@example.org"
set imap_pass = "${PASSWORD}"
set folder = "imaps://localhost:${tandem.address('imaps').port}/"
set spool_file = "+INBOX"
set ssl_ca_certificates_file = "${tandem.certificate}"
set header_cache = "~/headers"
set imap_condstore = yes
set imap_qresync = yes
set quit = yes
set delete = yes
set confirm_append = no
set wait_key = no
set pipe_decode = no
set sleep_time = 0
set sort = mailbox-order
set mark_old = no
macro index A "<first-entry><display-message><exit>\\
<jump>2<enter><flag-message>\\
<jump>3<enter><save-message><kill-line>=Archive<enter>\\
<jump>4<enter><delete-message>\\
<sync-mailbox><shell-escape>printf 'stage %s' one<enter>"
macro index B "<imap-fetch-mail>\\
<tag-pattern>~A<enter><tag-prefix><pipe-message>cat > all<enter><untag-pattern>~A<enter>\\
<tag-pattern>~F<enter><tag-prefix><pipe-message>cat > flagged<enter>\\
<shell-escape>printf 'stage %s' two<enter>"
`

t.test('neomutt reads, flags, moves and deletes, and sees what JMAP does', options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const home = await makeHome(t, { neomuttrc: configuration(tandem) })
  const subjectsIn = async (file: string) =>
    [...(await readFile(path.join(home, file), 'utf8')).matchAll(/^Subject: (.*?)\r?$/gm)].map(
      ([, text]) => text,
    )
  for (let i = 1; i <= 6; i++) await deliver(tandem, letter(`letter ${i}`), 'alice@example.org')

  const open = (key: string) => {
    const command = `${neomutt.path} -n -F neomuttrc -e "push ${key}"`
    return startProgram(t, script, ['-qec', command, '/dev/null'], { home, input: 'open' })
  }
  const leave = async (client: Running) => {
    client.write('q')
    t.equal((await client.ended).code, 0)
  }
  const change = async (flagged: string, destroyed: string, delivered: string) => {
    const email = await emailIds(jmap)
    const update = { [email(flagged)]: { 'keywords/$flagged': true } }
    await jmap.call(['Email/set', { update, destroy: [email(destroyed)] }])
    await deliver(tandem, letter(delivered), 'alice@example.org')
  }

  const client = open('A')
  await client.said(/stage one/)
  t.same(await mailByJmap(jmap), [
    'Archive: letter 3 []',
    'INBOX: letter 1 [S]',
    'INBOX: letter 2 [F]',
    'INBOX: letter 5 []',
    'INBOX: letter 6 []',
  ])

  await change('letter 5', 'letter 6', 'letter 7')
  client.write('B')
  await client.said(/stage two/)
  t.same(await subjectsIn('all'), ['letter 1', 'letter 2', 'letter 5', 'letter 7'])
  t.same(await subjectsIn('flagged'), ['letter 2', 'letter 5'])
  await leave(client)

  // Opened again, it begins with what its cache of headers knows.
  await change('letter 7', 'letter 2', 'letter 8')
  const again = open('B')
  await again.said(/stage two/)
  t.same(await subjectsIn('all'), ['letter 1', 'letter 5', 'letter 7', 'letter 8'])
  t.same(await subjectsIn('flagged'), ['letter 5', 'letter 7'])
  await leave(again)
})
