import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { openImap } from './support/imap.js'
import { openJmap } from './support/jmap.js'
import { untilInbox } from './support/mail.js'
import { startRelay } from './support/relay.js'
import { deliver, submitter } from './support/smtp.js'
import { addAccount, startTandem } from './support/tandem.js'
import { deferred } from './support/until.js'

const MESSAGE = Buffer.from(
  [
    'From: Bob Baker <bob@example.net>',
    'To: alice@example.org',
    'Subject: =?utf-8?q?Caf=C3=A9?= on Monday',
    'Message-ID: <cafe@example.net>',
    'Date: Fri, 20 Nov 2026 08:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'See you at ten.',
    '--b',
    'Content-Type: application/pdf; name=menu.pdf',
    'Content-Disposition: attachment; filename=menu.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'JVBERi0=',
    '--b--',
    '',
  ].join('\r\n'),
)

t.test('mail arrives by LMTP; IMAP and JMAP see it, change it, and hear of each other', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const imap = await openImap(t, tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  await imap.mailboxOpen('INBOX')

  // Both wait before the mail comes: IMAP idles, JMAP listens.
  const exists = once(imap, 'exists')
  const { promise: stateChange, resolve: onChange } = deferred<Record<string, Record<string, string>>>()
  t.teardown(await jmap.listen((changed) => changed[jmap.accountId]?.Email && onChange(changed)))
  const idling = imap.idle()
  await deliver(tandem, MESSAGE, 'alice@example.org', 'bob@example.net')
  await exists
  t.ok((await stateChange)[jmap.accountId]?.Email, 'EventSource tells a new state of Email')

  const message = await imap.fetchOne('1', {
    uid: true,
    envelope: true,
    flags: true,
    bodyStructure: true,
    source: true,
    threadId: true,
  })
  await idling
  if (!message) throw new Error('nothing fetched')
  t.equal(message.envelope!.subject, 'Café on Monday')
  t.equal(message.bodyStructure!.childNodes?.length, 2)

  const [mailboxes, query] = await jmap.call(
    ['Mailbox/get', { ids: null }],
    ['Email/query', { filter: null, sort: [{ property: 'receivedAt', isAscending: false }] }],
  )
  t.same(query!.ids, [message.emailId], 'the same id on both sides')
  const [email] = (
    await jmap.call([
      'Email/get',
      {
        ids: query!.ids,
        properties: [
          'threadId',
          'mailboxIds',
          'keywords',
          'subject',
          'from',
          'preview',
          'hasAttachment',
          'blobId',
          'bodyValues',
          'textBody',
        ],
        fetchTextBodyValues: true,
      },
    ])
  )[0]!.list
  t.match(email, {
    id: message.emailId,
    threadId: message.threadId,
    subject: 'Café on Monday',
    keywords: {},
    hasAttachment: true,
    from: [{ name: 'Bob Baker', email: 'bob@example.net' }],
  })
  t.equal(Object.values<{ value: string }>(email.bodyValues)[0]!.value.trim(), 'See you at ten.')
  t.ok((await jmap.download(email.blobId)).equals(message.source!), 'the same bytes')
  const byRole = Object.fromEntries(
    mailboxes!.list.map((mailbox: { role: string; id: string }) => [mailbox.role, mailbox.id]),
  )
  const inbox = await imap.status('INBOX', { messages: true, unseen: true })
  t.match(inbox, { messages: 1, unseen: 1 })

  // A flag set by IMAP is a keyword in JMAP, and the other way round.
  await imap.messageFlagsAdd('1', ['\\Seen', '$Forwarded'])
  const seen = await jmap.call(['Email/get', { ids: [email.id], properties: ['keywords'] }])
  t.same(seen[0]!.list[0].keywords, { $seen: true, $forwarded: true })
  const flagged = once(imap, 'flags')
  const idlingAgain = imap.idle()
  const set = await jmap.call([
    'Email/set',
    { update: { [email.id]: { 'keywords/$flagged': true, 'keywords/$seen': null } } },
  ])
  t.same(Object.keys(set[0]!.updated), [email.id])
  const [event] = await flagged
  t.same([...event.flags].sort(), ['$Forwarded', '\\Flagged'], 'an idling session is told')
  await imap.noop()
  await idlingAgain

  // Moved by IMAP: the same email in another mailbox of JMAP. Moved back by JMAP: a new UID in INBOX.
  await imap.messageMove('1', 'Archive')
  const moved = await jmap.call(['Email/get', { ids: [email.id], properties: ['mailboxIds'] }])
  t.same(moved[0]!.list[0].mailboxIds, { [byRole.archive]: true })
  await jmap.call(['Email/set', { update: { [email.id]: { mailboxIds: { [byRole.inbox]: true } } } }])
  await imap.noop()
  const back = await imap.fetchOne('1', { uid: true, threadId: true })
  t.match(back, { uid: message.uid + 1, emailId: message.emailId })

  // Expunged by IMAP: destroyed in JMAP, and Email/changes says so.
  const before = await jmap.call(['Email/get', { ids: [], properties: ['id'] }])
  await imap.messageDelete('1')
  const changes = await jmap.call(['Email/changes', { sinceState: before[0]!.state }])
  t.match(changes[0]!, { created: [], updated: [], destroyed: [email.id] })
})

t.test('a change is there in the other protocol before its response arrives (rule 9)', async (t) => {
  const tandem = await startTandem(t, { TANDEM_WORKERS: '2' })
  await addAccount(tandem, 'alice@example.org')
  const imap = await openImap(t, tandem, 'alice@example.org', { implicitTls: true })
  await imap.mailboxOpen('INBOX')
  await imap.append('INBOX', MESSAGE)
  const jmap = await openJmap(tandem, 'alice@example.org')
  const [query] = await jmap.call(['Email/query', {}])
  const id = query!.ids[0]
  for (let round = 0; round < 20; round++) {
    const keyword = `round-${round}`
    await imap.messageFlagsAdd('1', [keyword])
    const [seen] = await jmap.call(['Email/get', { ids: [id], properties: ['keywords'] }])
    if (!seen!.list[0].keywords[keyword]) return t.fail(`JMAP did not see IMAP's flag in round ${round}`)
    await jmap.call(['Email/set', { update: { [id]: { [`keywords/${keyword}`]: null } } }])
    const fetched = await imap.fetchOne('1', { flags: true })
    if (!fetched || fetched.flags!.has(keyword))
      return t.fail(`IMAP did not see JMAP's change in round ${round}`)
  }
  t.pass('20 rounds over two processes')
})

t.test('a message submitted with AUTH reaches a local account', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const bob = await addAccount(tandem, 'bob@example.org')
  const smtp = submitter(tandem, 'alice@example.org')
  t.teardown(() => smtp.close())
  await smtp.sendMail({
    from: 'alice@example.org',
    to: 'bob@example.org',
    subject: 'Lunch?',
    text: 'At noon.',
  })
  await untilInbox(t, tandem, bob.accountId, 1)
  const imap = await openImap(t, tandem, 'bob@example.org')
  await imap.mailboxOpen('INBOX')
  const message = await imap.fetchOne('1', { source: true, envelope: true })
  t.match(message ? message.envelope : null, { subject: 'Lunch?', from: [{ address: 'alice@example.org' }] })
  t.match(
    message ? message.source!.toString() : '',
    /^Return-Path: <alice@example\.org>\r\nDelivered-To: \S+\r\nReceived: /,
  )
  await t.rejects(smtp.sendMail({ from: 'mallory@example.org', to: 'bob@example.org', text: 'x' }), /553/)
})

t.test('a message to elsewhere is handed to the relay from the queue', async (t) => {
  const relay = await startRelay(t)
  const tandem = await startTandem(t, { TANDEM_RELAY_URL: relay.url })
  await addAccount(tandem, 'alice@example.org')
  const smtp = submitter(tandem, 'alice@example.org')
  t.teardown(() => smtp.close())
  await smtp.sendMail({
    from: 'alice@example.org',
    to: ['x@example.com', 'y@example.net'],
    subject: 'Out',
    text: 'There.',
  })
  await relay.has(1)
  t.match(relay.received, [
    { from: 'alice@example.org', to: ['x@example.com', 'y@example.net'], text: /Subject: Out/ },
  ])
})

t.test('passwords are refused without TLS from anywhere but loopback, and never logged', async (t) => {
  const tandem = await startTandem(t, { TANDEM_LOG_LEVEL: 'debug' })
  await addAccount(tandem, 'alice@example.org')
  const smtp = submitter(tandem, 'alice@example.org', 'a wrong secret')
  t.teardown(() => smtp.close())
  await t.rejects(smtp.verify(), /535/)
  await t.rejects(openJmap(tandem, 'alice@example.org', 'a wrong secret'), /401/)
  await openImap(t, tandem, 'alice@example.org')
  t.notMatch(tandem.log(), /a wrong secret|correct horse/)
})

t.test('SIGTERM finishes what runs, says BYE, and leaves with 0', async (t) => {
  const tandem = await startTandem(t, { TANDEM_WORKERS: '2' })
  await addAccount(tandem, 'alice@example.org')
  const imap = await openImap(t, tandem, 'alice@example.org')
  const closed = once(imap, 'close')
  const exited = once(tandem.process, 'exit')
  tandem.process.kill('SIGTERM')
  await closed
  t.same(await exited, [0, null])
  const { port } = tandem.address('imap')
  const again = createServer()
  again.listen(port, '127.0.0.1')
  await once(again, 'listening')
  again.close()
})
