import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { emailIds, mailByJmap } from '../support/mail.js'
import { maildirFile, mailInMaildirs, setLetters } from '../support/maildir.js'
import { findProgram, makeHome, runProgram } from '../support/program.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'
import { keepsAlike } from './two-way.js'

const mbsync = findProgram('mbsync', 'isync')

const configuration = (tandem: Tandem) => `
IMAPStore far
Host localhost
Port ${tandem.address('imap').port}
User alice@example.org
Pass "${PASSWORD}"
SSLType STARTTLS
SystemCertificates no
CertificateFile ${tandem.certificate}

MaildirStore near
Path ~/Mail/
Inbox ~/Mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
`

t.test('mbsync keeps a Maildir and the server alike', mbsync.options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const home = await makeHome(t, { mbsyncrc: configuration(tandem) })
  const mail = path.join(home, 'Mail')
  await mkdir(mail)
  const sync = () => runProgram(t, mbsync, ['-c', 'mbsyncrc', 'all'], { home })
  const jmap = await keepsAlike(t, tandem, mail, sync)

  await t.test('$forwarded is its P, T is an expunge, and a file can move between folders', async (t) => {
    const inbox = path.join(mail, 'INBOX')
    await setLetters(inbox, 'letter 1', 'ST')
    await setLetters(inbox, 'letter 2', 'P')
    await rename(await maildirFile(inbox, 'letter 4'), path.join(mail, 'Archive/cur/10.moved.here:2,F'))
    const email = await emailIds(jmap)
    await jmap.call(['Email/set', { update: { [email('letter 9')]: { 'keywords/$forwarded': true } } }])
    await sync()
    const expected = [
      'Archive: letter 4 [F]',
      'Archive: letter 6 []',
      'Drafts: written near [D]',
      'INBOX: delivered far []',
      'INBOX: letter 2 [P]',
      'INBOX: letter 6 []',
      'INBOX: letter 8 []',
      'INBOX: letter 9 [P]',
      'Junk: letter 5 []',
      'Lists/Cats: cats []',
    ]
    t.same(await mailByJmap(jmap), expected, 'on the server')
    t.same(await mailInMaildirs(mail), expected, 'in the Maildir')
  })
})
