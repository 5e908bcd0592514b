// What a program that keeps a Maildir and a server alike has to bring about: the same for each such program.
import { unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Test } from 'tap'
import { type JmapClient, openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap, mailboxIds, states } from '../support/mail.js'
import { maildirFile, mailInMaildirs, makeMaildir, setLetters } from '../support/maildir.js'
import { deliver } from '../support/smtp.js'
import type { Tandem } from '../support/tandem.js'

/** Syncs the folder `mail` with the account alice, which has no mail yet, thrice. Gives what it looked with. */
export async function keepsAlike(
  t: Test,
  tandem: Tandem,
  mail: string,
  sync: () => Promise<unknown>,
): Promise<JmapClient> {
  const jmap = await openJmap(tandem, 'alice@example.org')
  const subjects = Array.from({ length: 9 }, (_, i) => `letter ${i + 1}`)
  for (const subject of subjects) await deliver(tandem, letter(subject), 'alice@example.org')

  await t.test('the first sync brings everything, and changes nothing on the server', async (t) => {
    await sync()
    const expected = subjects.map((subject) => `INBOX: ${subject} []`)
    t.same(await mailInMaildirs(mail), expected)
    t.same(await mailByJmap(jmap), expected)
  })

  await t.test('after changes on both sides nothing is lost and nothing doubled', async (t) => {
    const inbox = path.join(mail, 'INBOX')
    await setLetters(inbox, 'letter 1', 'RS')
    await setLetters(inbox, 'letter 2', 'F')
    await unlink(await maildirFile(inbox, 'letter 3'))
    await writeFile(path.join(mail, 'Drafts/cur/8.new.here:2,D'), letter('written near'))
    // The parent, too: offlineimap makes both on the server, and then misses a folder that is none here.
    await makeMaildir(path.join(mail, 'Lists'))
    await makeMaildir(path.join(mail, 'Lists/Cats'))
    await writeFile(path.join(mail, 'Lists/Cats/new/9.cats.here'), letter('cats'))

    const mailbox = await mailboxIds(jmap)
    const email = await emailIds(jmap)
    await jmap.call([
      'Email/set',
      {
        update: {
          [email('letter 2')]: { 'keywords/$seen': true },
          [email('letter 4')]: { 'keywords/$flagged': true },
          [email('letter 5')]: { mailboxIds: { [mailbox('junk')]: true } },
          [email('letter 6')]: { mailboxIds: { [mailbox('inbox')]: true, [mailbox('archive')]: true } },
        },
        destroy: [email('letter 7')],
      },
    ])
    await deliver(tandem, letter('delivered far'), 'alice@example.org')

    await sync()
    const expected = [
      'Archive: letter 6 []',
      'Drafts: written near [D]',
      'INBOX: delivered far []',
      'INBOX: letter 1 [RS]',
      'INBOX: letter 2 [FS]',
      'INBOX: letter 4 [F]',
      'INBOX: letter 6 []',
      'INBOX: letter 8 []',
      'INBOX: letter 9 []',
      'Junk: letter 5 []',
      'Lists/Cats: cats []',
    ]
    t.same(await mailByJmap(jmap), expected, 'on the server')
    t.same(await mailInMaildirs(mail), expected, 'in the Maildir')
  })

  await t.test('where there is nothing to do, nothing is written', async (t) => {
    const before = [await states(jmap), await mailInMaildirs(mail)]
    await sync()
    t.same([await states(jmap), await mailInMaildirs(mail)], before)
  })
  return jmap
}
