import { mkdir, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import {
  emailIds,
  letter,
  mailByJmap,
  mailboxIds,
  maildirFile,
  mailInMaildirs,
  states,
} from '../support/mail.js'
import { findProgram, makeHome, runProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

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
  const sync = () => runProgram(t, mbsync, ['-c', 'mbsyncrc', '-V', 'all'], { home })
  const subjects = Array.from({ length: 12 }, (_, i) => `letter ${i + 1}`)
  for (const subject of subjects) await deliver(tandem, letter(subject), 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')

  await sync()
  const first = subjects.map((subject) => `INBOX: ${subject} []`).sort()
  t.same(await mailInMaildirs(mail), first, 'the first sync brings everything')
  t.same(await mailByJmap(jmap), first, 'and changes nothing on the server')

  await t.test('changes on both sides', async (t) => {
    const inbox = path.join(mail, 'INBOX')
    const near = (subject: string) => maildirFile(inbox, subject)
    const flag = async (subject: string, letters: string) => {
      const file = await near(subject)
      await rename(file, path.join(inbox, 'cur', `${path.basename(file).replace(/:2,.*/, '')}:2,${letters}`))
    }
    await flag('letter 1', 'RS')
    await flag('letter 2', 'F')
    await flag('letter 3', 'ST')
    await unlink(await near('letter 4'))
    await rename(await near('letter 5'), path.join(mail, 'Archive/cur/5.moved.here:2,S'))
    await writeFile(path.join(mail, 'Drafts/cur/6.new.here:2,D'), letter('written near'))
    for (const place of ['cur', 'new', 'tmp'])
      await mkdir(path.join(mail, 'Lists/Cats', place), { recursive: true })
    await writeFile(path.join(mail, 'Lists/Cats/new/7.cats.here'), letter('cats'))

    const mailbox = await mailboxIds(jmap)
    const email = await emailIds(jmap)
    await jmap.call([
      'Email/set',
      {
        update: {
          [email('letter 2')]: { 'keywords/$seen': true },
          [email('letter 9')]: { 'keywords/$flagged': true, 'keywords/$forwarded': true },
          [email('letter 10')]: { mailboxIds: { [mailbox('junk')]: true } },
          [email('letter 11')]: { mailboxIds: { [mailbox('inbox')]: true, [mailbox('archive')]: true } },
        },
        destroy: [email('letter 12')],
      },
    ])
    await jmap.call(['Mailbox/set', { create: { dogs: { name: 'Dogs', parentId: null } } }])
    await deliver(tandem, letter('delivered far'), 'alice@example.org')

    await sync()
    const expected = [
      'Archive: letter 11 []',
      'Archive: letter 5 [S]',
      'Drafts: written near [D]',
      'INBOX: delivered far []',
      'INBOX: letter 1 [RS]',
      'INBOX: letter 11 []',
      'INBOX: letter 2 [FS]',
      'INBOX: letter 6 []',
      'INBOX: letter 7 []',
      'INBOX: letter 8 []',
      'INBOX: letter 9 [FP]',
      'Junk: letter 10 []',
      'Lists/Cats: cats []',
    ]
    t.same(await mailByJmap(jmap), expected, 'on the server')
    t.same(await mailInMaildirs(mail), expected, 'in the Maildir')
    t.ok((await readdir(mail)).includes('Dogs'), 'an empty mailbox, too')
  })

  await t.test('nothing to do is nothing done', async (t) => {
    const before = await states(jmap)
    const mails = await mailInMaildirs(mail)
    await sync()
    t.same(await states(jmap), before, 'not one state of JMAP moves')
    t.same(await mailInMaildirs(mail), mails, 'nor a file of the Maildir')
  })
})
