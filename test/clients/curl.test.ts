import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap, mailboxIds } from '../support/mail.js'
import { findProgram, makeHome, runProgram } from '../support/program.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem } from '../support/tandem.js'

const curl = findProgram('curl', 'curl')

t.test('curl reads, searches, files and changes mail', curl.options, async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const login = `user = "alice@example.org:${PASSWORD}"\ncacert = "${tandem.certificate}"\n`
  const home = await makeHome(t, { '.curlrc': `${login}silent\nshow-error\n` })
  const imaps = `imaps://localhost:${tandem.address('imaps').port}`
  const run = async (...args: string[]) => (await runProgram(t, curl, args, { home })).stdout
  const lines = async (...args: string[]) => (await run(...args)).split('\r\n').filter(Boolean)
  await deliver(tandem, letter('first'), 'alice@example.org')
  await deliver(tandem, letter('second', ['Line', '.dot', 'ä€🙂']), 'alice@example.org')

  await t.test('LIST', async (t) => {
    const listed = await lines(`${imaps}/`)
    t.same(listed.length, 6)
    t.ok(listed.includes('* LIST (\\HasNoChildren \\Sent) "/" Sent'))
  })

  await t.test('a message by UID, its header, a part of it', async (t) => {
    t.match(await run(`${imaps}/INBOX;UID=2`), /Line\r\n\.dot\r\nä€🙂\r\n$/)
    t.match(await run(`${imaps}/INBOX;UID=1;SECTION=HEADER.FIELDS%20(SUBJECT)`), /^Subject: first\r\n/)
    t.equal(await run(`${imaps}/INBOX;MAILINDEX=1;SECTION=TEXT`), 'Hello.\r\n')
    t.same(await mailByJmap(jmap), ['INBOX: first [S]', 'INBOX: second [S]'], 'reading it was seeing it')
  })

  await t.test('SEARCH, as a query and as a command', async (t) => {
    t.same(await lines(`${imaps}/INBOX?SUBJECT%20second`), ['* SEARCH 2'])
    const email = await emailIds(jmap)
    await jmap.call(['Email/set', { update: { [email('first')]: { 'keywords/$flagged': true } } }])
    t.same(await lines(`${imaps}/INBOX`, '-X', 'UID SEARCH FLAGGED'), ['* SEARCH 1'])
  })

  await t.test('APPEND of a file', async (t) => {
    await writeFile(path.join(home, 'sent.eml'), letter('sent'))
    await run('-T', 'sent.eml', `${imaps}/Sent`)
    t.ok((await mailByJmap(jmap)).includes('Sent: sent [S]'))
  })

  await t.test('commands of its own: STORE, MOVE, CREATE, EXPUNGE', async (t) => {
    await run(`${imaps}/INBOX`, '-X', 'STORE 2 +FLAGS (\\Flagged \\Answered)')
    await run(`${imaps}/`, '-X', 'CREATE Lists/Cats')
    await run(`${imaps}/INBOX`, '-X', 'UID MOVE 2 Lists/Cats')
    await run(`${imaps}/INBOX`, '-X', 'STORE 1 +FLAGS.SILENT (\\Deleted)')
    await run(`${imaps}/INBOX`, '-X', 'EXPUNGE')
    t.same(await mailByJmap(jmap), ['Lists/Cats: second [FRS]', 'Sent: sent [S]'])
    const mailbox = await mailboxIds(jmap)
    const email = await emailIds(jmap)
    await jmap.call([
      'Email/set',
      { update: { [email('second')]: { mailboxIds: { [mailbox('inbox')]: true } } } },
    ])
    t.match(await run(`${imaps}/INBOX;UID=3`), /^Subject: second\r$/m, 'what JMAP moved back has a new UID')
  })

  await t.test('STARTTLS', async (t) => {
    const imap = `imap://localhost:${tandem.address('imap').port}`
    t.match(await run('--ssl-reqd', `${imap}/Sent;UID=1`), /^Subject: sent\r$/m)
  })

  await t.test('what cannot be is an error', async (t) => {
    await t.rejects(run(`${imaps}/INBOX;UID=99`), /ended with 78/)
    await t.rejects(run(`${imaps}/Nowhere;UID=1`), /ended with 67/)
    await t.rejects(run('-u', 'alice@example.org:wrong', `${imaps}/`), /ended with 67/)
  })
})
