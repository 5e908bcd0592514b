// A client that many programs are built on, over STARTTLS, does what mail programs do.
import { once } from 'node:events'
import { ImapFlow } from 'imapflow'
import t from 'tap'
import { PASSWORD } from './support/client.js'
import { message, startServer, type TestServer, testCertificate } from './support/server.js'

t.test('imapflow', async (t) => {
  const context = await testCertificate()
  const server = await startServer(t, {
    tls: { getSecureContext: () => context },
    allowsPlaintext: () => false,
  })
  const login = async () => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: server.port,
      secure: false,
      auth: { user: 'alice@example.org', pass: PASSWORD },
      tls: { rejectUnauthorized: false },
      logger: false,
    })
    t.teardown(() => client.close())
    await client.connect()
    return client
  }
  const client = await login()
  const watcher = await login()

  const mailboxes = await client.list()
  t.same(Object.fromEntries(mailboxes.map(({ path, specialUse }) => [path, specialUse])), {
    INBOX: '\\Inbox',
    Drafts: '\\Drafts',
    Sent: '\\Sent',
    Archive: '\\Archive',
    Junk: '\\Junk',
    Trash: '\\Trash',
  })
  await client.mailboxCreate(['Projekte', 'Größe'])
  t.ok((await client.list()).some(({ path }) => path === 'Projekte/Größe'))

  await watcher.mailboxOpen('INBOX')
  const told = once(watcher, 'exists')
  // By itself it would begin 15 seconds later.
  void watcher.idle()
  const appended = await client.append(
    'INBOX',
    message('Hello'),
    ['\\Flagged', '$Label1'],
    new Date('2026-01-02T03:04:05Z'),
  )
  t.match(appended, { uid: 1 })
  t.match((await told)[0], { path: 'INBOX', count: 1, prevCount: 0 })

  await client.mailboxOpen('INBOX')
  const one = await client.fetchOne('1', {
    envelope: true,
    bodyStructure: true,
    flags: true,
    internalDate: true,
    size: true,
    source: true,
    threadId: true,
  })
  t.ok(one)
  if (one) {
    t.equal(one.envelope?.subject, 'Hello')
    t.match(one.envelope?.from?.[0], { name: 'Bob', address: 'bob@example.org' })
    t.equal(one.bodyStructure?.type, 'text/plain')
    // It enables IMAP4rev2, which knows no \Recent.
    t.same([...(one.flags ?? [])].sort(), ['$Label1', '\\Flagged'])
    t.equal(new Date(one.internalDate!).toISOString(), '2026-01-02T03:04:05.000Z')
    t.equal(one.source?.toString(), message('Hello'))
    t.match(one.emailId, /^e/)
    t.match(one.threadId, /^t/)
  }

  const flagged = once(watcher, 'flags')
  await client.messageFlagsAdd('1', ['\\Seen'])
  t.ok((await flagged)[0].flags.has('\\Seen'))
  t.same(await client.search({ seen: true, subject: 'hell' }), [1])
  t.same(await client.search({ body: 'größe' }), [])

  const expunged = once(watcher, 'expunge')
  const moved = await client.messageMove('1', 'Projekte/Größe')
  t.ok(moved)
  if (moved) t.equal(moved.uidMap?.get(1), 1)
  t.match((await expunged)[0], { path: 'INBOX', seq: 1 })

  t.match(await client.status('Projekte/Größe', { messages: true, unseen: true, uidNext: true }), {
    messages: 1,
    unseen: 0,
    uidNext: 2,
  })
  await client.mailboxOpen('Projekte/Größe')
  await client.messageDelete('1:*')
  t.match(await client.status('Projekte/Größe', { messages: true }), { messages: 0 })
  await client.mailboxOpen('INBOX')
  await client.mailboxRename('Projekte', 'Projects')
  await client.mailboxDelete('Projects/Größe')
  t.notOk((await client.list()).some(({ path }) => path === 'Projects/Größe'))
  await client.logout()
  await watcher.logout()
  t.same(server.errors, [])
})

t.test('imapflow resynchronizes with QRESYNC after a cut line (RFC 7162 §3.2.5)', async (t) => {
  const server: TestServer = await startServer(t)
  const setup = await server.loggedIn()
  for (let number = 1; number <= 8; number++) await setup.append('INBOX', message(`m${number}`))
  const open = async () => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: server.port,
      secure: false,
      auth: { user: 'alice@example.org', pass: PASSWORD },
      logger: false,
      qresync: true,
    })
    client.on('error', () => {})
    t.teardown(() => client.close())
    await client.connect()
    return client
  }
  const first = await open()
  t.ok(first.enabled.has('QRESYNC'))
  const before = await first.mailboxOpen('INBOX')
  t.ok(before.highestModseq! > 0n)
  // The line is cut.
  first.close()

  await setup.ok('SELECT INBOX')
  await setup.ok('STORE 2,5 +FLAGS.SILENT \\Deleted')
  await setup.ok('EXPUNGE')
  await setup.ok('UID STORE 7 +FLAGS.SILENT (\\Flagged)')

  const second = await open()
  const expunged: number[] = []
  const flagged: number[] = []
  second.on('expunge', ({ uid, vanished, earlier }) => {
    if (vanished && earlier) expunged.push(uid!)
  })
  second.on('flags', ({ uid, modseq }) => {
    if (modseq && modseq > before.highestModseq!) flagged.push(uid!)
  })
  const { uidValidity, highestModseq } = before
  const after = await second.mailboxOpen('INBOX', {
    changedSince: highestModseq,
    uidValidity,
  } as unknown as { readOnly?: boolean })
  t.same(expunged, [2, 5])
  t.same(flagged, [7])
  t.ok(after.highestModseq! > highestModseq!)

  const changed: number[] = []
  for await (const { uid } of second.fetch(
    '1:*',
    { uid: true, flags: true },
    { changedSince: highestModseq! },
  ))
    changed.push(uid)
  t.same(changed, [7])

  const told = once(second, 'expunge')
  void second.idle()
  await setup.ok('UID STORE 1 +FLAGS.SILENT \\Deleted')
  await setup.ok('EXPUNGE')
  t.match((await told)[0], { uid: 1, vanished: true })
  await second.logout()
  t.same(server.errors, [])
})
