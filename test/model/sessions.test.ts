// The sessions that the model drives, by themselves: what they hear, what they keep, and that they notice a lie.
import t from 'tap'
import { addAccount, startTandem } from '../support/tandem.js'
import { createScript } from './script.js'
import { openImapSession } from './sessions/imap.js'
import { openJmapSession } from './sessions/jmap.js'

const message = (subject: string) => Buffer.from(`From: b@example.net\r\nSubject: ${subject}\r\n\r\nText\r\n`)

/** Two processes on one database. */
const a = await startTandem(t)
const b = await startTandem(t, { DATABASE_URL: a.databaseUrl })

async function start(user: string) {
  await addAccount(a, user)
  return { processes: (name: 'A' | 'B') => (name === 'A' ? a : b), script: createScript(), user }
}

t.test(
  'one changes; one idles, is cut off and resumes; who follows deltas knows what who asks knows',
  async (t) => {
    const around = await start('alice@example.org')
    const writer = await openImapSession({ ...around, name: 'imap 1', mode: 'plain', process: 'A' })
    const follower = await openImapSession({ ...around, name: 'imap 2', mode: 'qresync', process: 'A' })
    t.teardown(() => [writer, follower].map((each) => each.cut()))
    await writer.select('INBOX')
    await writer.run('APPEND INBOX {} (\\Flagged) {}', message('one'), message('two'))
    await follower.select('INBOX')

    await follower.idle()
    await writer.run('STORE 1 +FLAGS.SILENT (\\Seen)')
    await writer.run('APPEND INBOX ', message('three'))
    await follower.hears((messages) => messages.length === 3 && messages[0]?.flags === '\\seen')
    follower.cut()

    await writer.run('UID STORE 2 +FLAGS (\\Deleted work)')
    await writer.run('EXPUNGE')
    await writer.run('COPY 1 INBOX')
    await follower.reopen('B')
    t.equal((await follower.select('INBOX')).status, 'OK')
    t.match(String(around.script), /SELECT "INBOX" \(QRESYNC \(\d+ \d+\)\)/)
    t.match(String(around.script), /VANISHED \(EARLIER\) 2/)
    t.same(await follower.knows(), await writer.knows())
    t.same(follower.uids, [1, 3, 4])

    follower.cut()
    await writer.run('UID STORE 3 +FLAGS (\\Deleted)')
    await writer.run('EXPUNGE')
    await writer.run('APPEND INBOX ', message('four'))
    await follower.reopen('A')
    await follower.select('INBOX')
    t.match(
      String(around.script),
      /\(QRESYNC \(\d+ \d+ 1,3,4 \(1:3 1,3,4\)\)\)/,
      'what it knows can be named',
    )
    t.match(String(around.script), /VANISHED \(EARLIER\) 3/)
    t.same(await follower.knows(), await writer.knows())
    t.same(follower.uids, [1, 4, 5])

    t.equal((await follower.select('Nowhere')).status, 'NO')
    t.equal(follower.selected, null)
  },
)

t.test('a JMAP client follows by pages of one and hears of changes, at the other process too', async (t) => {
  const around = await start('bob@example.org')
  const imap = await openImapSession({ ...around, name: 'imap 1', mode: 'plain', process: 'A' })
  const jmap = await openJmapSession({ ...around, name: 'jmap 1', process: 'A' })
  t.teardown(() => {
    imap.cut()
    jmap.close()
  })
  const states = async () => {
    const [mailboxes, emails] = await jmap.call(['Mailbox/get', { ids: [] }], ['Email/get', { ids: [] }])
    return { Mailbox: mailboxes!.state, Email: emails!.state }
  }
  await jmap.heard(await states())

  await imap.run('CREATE Projects')
  for (const subject of ['one', 'Re: one', 'two']) await imap.run('APPEND Projects ', message(subject))
  await jmap.heard(await states())
  await jmap.sync(1)
  t.same(jmap.knows(), await jmap.reads())
  t.equal(jmap.knows().objects.Email?.length, 3)

  await imap.select('Projects')
  await imap.run('UID MOVE 2 INBOX')
  await jmap.move('B')
  await jmap.heard(await states())
  await imap.run('STORE 1:* +FLAGS (\\Deleted)')
  await jmap.heard(await states())
  await jmap.sync(1)
  t.same(jmap.knows(), await jmap.reads())
  t.equal(jmap.restarts, 0)

  const [wrong] = await jmap.call(['Email/get', { ids: 5 }])
  t.equal(wrong?.error, 'invalidArguments', 'an error is something to look at')
  t.match(String(around.script), /^jmap 1 at B < .*invalidArguments/m)
  const known = jmap.knows()
  const [made] = await jmap.call(['Mailbox/set', { create: { m: { name: 'Mine' } } }])
  t.ok(made?.created?.m?.id)
  t.notSame(known, await jmap.reads(), 'who does not follow does not know')
})

t.test('what is lost with the line is not taken for an answer', async (t) => {
  const around = await start('carol@example.org')
  const imap = await openImapSession({ ...around, name: 'imap 1', mode: 'condstore', process: 'A' })
  const answer = imap.run('NOOP')
  imap.cut()
  await t.rejects(answer, { name: 'LineLost' })
  await imap.reopen('B')
  t.equal(imap.name, 'imap 1 at B (condstore)')
  const { untagged } = await imap.run('LOGOUT')
  t.match(untagged, [/^BYE/])
  await t.rejects(imap.run('NOOP'), { name: 'LineLost' })
})
