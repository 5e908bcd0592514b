import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap, mailboxIds, untilInbox } from '../support/mail.js'
import { findProgram, makeHome, startProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem } from '../support/tandem.js'

const fetchmail = findProgram('fetchmail', 'fetchmail')

t.test('fetchmail, idling, fetches what comes and takes it away', fetchmail.options, async (t) => {
  const tandem = await startTandem(t)
  const { accountId } = await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const home = await makeHome(t, {
    fetchmailrc: `
poll localhost protocol imap port ${tandem.address('imaps').port}
  user "alice@example.org" password "${PASSWORD}"
  ssl sslcertck sslcertfile "${tandem.certificate}" sslcertpath "none"
  idle mda "./mda"
`,
    mda: '#!/bin/sh\nexec cat > "$(mktemp fetched.XXXXXX)"\n',
  })
  const send = (subject: string, lines?: string[]) =>
    deliver(tandem, letter(subject, lines), 'alice@example.org')
  const mailbox = await mailboxIds(jmap)
  const move = async (subject: string, role: string) => {
    const email = await emailIds(jmap)
    await jmap.call([
      'Email/set',
      { update: { [email(subject)]: { mailboxIds: { [mailbox(role)]: true } } } },
    ])
  }
  const emptied = () => untilInbox(t, tandem, accountId, 0)

  await send('waiting')
  await send('put aside')
  await move('put aside', 'archive')
  const client = startProgram(t, fetchmail, ['-f', 'fetchmailrc', '--nosyslog', '--nodetach', '-v', '-v'], {
    home,
    env: { FETCHMAILHOME: home },
  })
  await client.said(/\+ idling/)
  t.same(await mailByJmap(jmap), ['Archive: put aside []'], 'what waited is fetched and gone')
  await send('while it idles', ['.dot', 'From here'])
  await emptied()
  await move('put aside', 'inbox')
  await emptied()
  t.same(await mailByJmap(jmap), [], 'and so is what came by LMTP and by JMAP while it idled')

  const { output } = await client.stop()
  t.match(output, /verify_ok == 1/)
  const names = (await readdir(home)).filter((name) => name.startsWith('fetched.'))
  const fetched = await Promise.all(names.map((name) => readFile(path.join(home, name), 'utf8')))
  const subjects = fetched.map((text) => /^Subject: (.*)$/m.exec(text)?.[1])
  t.same(subjects.sort(), ['put aside', 'waiting', 'while it idles'], 'each of them once')
  t.ok(fetched.some((text) => text.endsWith('\n\n.dot\nFrom here\n')))
})
