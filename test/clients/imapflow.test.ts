import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import t, { type Test } from 'tap'
import { openJmap } from '../support/jmap.js'
import { emailIds, letter, mailByJmap, mailboxIds } from '../support/mail.js'
import { deliver } from '../support/smtp.js'
import { addAccount, PASSWORD, startTandem, type Tandem } from '../support/tandem.js'

/** A client over TLS that checks the certificate. */
async function open(t: Test, tandem: Tandem, options: Partial<ImapFlowOptions> = {}): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: tandem.address('imaps').port,
    secure: true,
    auth: { user: 'alice@example.org', pass: PASSWORD },
    tls: { ca: await readFile(tandem.certificate) },
    logger: false,
    ...options,
  })
  client.on('error', () => {})
  t.teardown(() => client.close())
  await client.connect()
  return client
}

/** Without \Recent, which is the session's own. */
const lasting = (flags: Set<string> | undefined) => [...flags!].filter((flag) => flag !== '\\Recent').sort()

t.test('imapflow', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const send = (subject: string) => deliver(tandem, letter(subject), 'alice@example.org')
  const client = await open(t, tandem)
  for (const subject of ['one', 'two', 'three', 'four']) await send(subject)

  await t.test('it lists, fetches, searches, flags, copies, moves, appends and deletes', async (t) => {
    const boxes = await client.list({ statusQuery: { messages: true, unseen: true } })
    t.match(Object.fromEntries(boxes.map((each) => [each.specialUse, each.path])), {
      '\\Inbox': 'INBOX',
      '\\Sent': 'Sent',
      '\\Drafts': 'Drafts',
      '\\Trash': 'Trash',
      '\\Junk': 'Junk',
    })
    t.match(boxes.find((each) => each.path === 'INBOX')?.status, { messages: 4, unseen: 4 })

    const lock = await client.getMailboxLock('INBOX')
    const fetched = await client.fetchAll('1:*', { envelope: true, size: true, flags: true })
    t.same(
      fetched.map(({ uid, envelope }) => [uid, envelope?.subject]),
      [
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
        [4, 'four'],
      ],
    )
    t.same(await client.search({ or: [{ subject: 'two' }, { header: { 'message-id': 'four' } }] }), [2, 4])
    const { content } = await client.download('3', 'TEXT')
    t.equal((await content!.toArray()).join(''), 'Hello.\r\n')
    await client.messageFlagsSet('1', ['\\Seen', '$Forwarded'])
    await client.messageCopy('1', 'Archive')
    t.match(await client.messageMove('2', 'Junk'), { path: 'INBOX', destination: 'Junk' })
    await client.messageDelete({ uid: '3' })
    await client.mailboxCreate(['Lists', 'Köln'])
    t.match(await client.append('Lists/Köln', letter('five'), ['\\Flagged']), { uid: 1 })
    lock.release()
    t.same(await mailByJmap(jmap), [
      'Archive: one [PS]',
      'INBOX: four []',
      'INBOX: one [PS]',
      'Junk: two []',
      'Lists/Köln: five [F]',
    ])
  })

  await t.test('while it idles it hears what JMAP does', async (t) => {
    await client.mailboxOpen('INBOX')
    const email = await emailIds(jmap)
    const mailbox = await mailboxIds(jmap)
    void client.idle().catch(() => {})
    const flags = once(client, 'flags')
    await jmap.call(['Email/set', { update: { [email('four')]: { 'keywords/$flagged': true } } }])
    const [flagged] = await flags
    t.ok(flagged.seq === 2 && flagged.flags.has('\\Flagged'))
    const exists = once(client, 'exists')
    await jmap.call([
      'Email/set',
      { update: { [email('two')]: { [`mailboxIds/${mailbox('inbox')}`]: true } } },
    ])
    t.match(await exists, [{ path: 'INBOX', count: 3, prevCount: 2 }])
    const expunge = once(client, 'expunge')
    await jmap.call(['Email/set', { destroy: [email('one')] }])
    t.match(await expunge, [{ path: 'INBOX', seq: 1 }])
    await client.noop()
  })

  await t.test('after a cut line, QRESYNC brings it up to date', async (t) => {
    for (let i = 0; i < 20; i++) await send(`more ${i}`)
    const line = await openLine(t, tandem.address('imaps').port)
    // Compressed, all of it would be through before the cut.
    const before = await open(t, tandem, { qresync: true, port: line.port, disableCompression: true })
    t.ok(before.enabled.has('QRESYNC'))
    const { highestModseq, uidValidity } = await before.mailboxOpen('INBOX')
    const known = new Map<number, string[]>()
    for (const { uid, flags } of await before.fetchAll('1:*', { flags: true })) known.set(uid, lasting(flags))

    line.cutAfter(2000)
    await t.rejects(before.fetchAll('1:*', { source: true }))
    const email = await emailIds(jmap)
    const mailbox = await mailboxIds(jmap)
    await jmap.call([
      'Email/set',
      {
        update: {
          [email('more 1')]: { 'keywords/$flagged': true, 'keywords/$seen': true },
          [email('more 3')]: { mailboxIds: { [mailbox('archive')]: true } },
        },
        destroy: [email('more 5'), email('more 6'), email('more 19')],
      },
    ])
    await send('since')

    const after = await open(t, tandem, { qresync: true })
    after.on('flags', ({ uid, flags }) => known.set(uid!, lasting(flags)))
    const vanished: number[] = []
    after.on('expunge', ({ uid, earlier }) => {
      t.ok(earlier)
      vanished.push(uid!)
    })
    // mailboxOpen hands them on to SELECT, though its type does not say so.
    const since = { readOnly: false, changedSince: highestModseq, uidValidity }
    t.match(await after.mailboxOpen('INBOX', since), { qresync: true })
    const gone = vanished.filter((uid) => known.delete(uid))
    t.equal(gone.length, 4, 'what is gone')
    const all = await after.fetchAll('1:*', { flags: true })
    t.same(
      [...known].sort(([a], [b]) => a - b),
      all.map(({ uid, flags }) => [uid, lasting(flags)]),
      'what it made of it is what is there',
    )

    vanished.length = 0
    const changed = await after.fetchAll('1:*', { flags: true }, { uid: true, changedSince: highestModseq! })
    t.equal(changed.length, 2, 'UID FETCH CHANGEDSINCE VANISHED tells the same again')
    t.ok(gone.every((uid) => vanished.includes(uid)))
  })
})

/** A line to a port of this machine that can be cut. */
async function openLine(t: Test, to: number) {
  const sockets = new Set<Socket>()
  let left = Number.POSITIVE_INFINITY
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.pipe(far)
    far.on('data', (bytes) => {
      near.write(bytes.subarray(0, left))
      left -= bytes.length
      if (left > 0) return
      near.destroy()
      far.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as { port: number }).port,
    /** So many octets more from the server, then nothing. */
    cutAfter(octets: number) {
      left = octets
    },
  }
}
