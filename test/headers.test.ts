// Mail whose header is not as it should be: both protocols show the same of it, and find it by what they show.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { openImap } from './support/imap.js'
import { openJmap } from './support/jmap.js'
import { addAccount, projectRoot, startTandem } from './support/tandem.js'

const octets = (lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1')

const doubled = octets([
  ...['From: Boss <boss@example.org>', 'To: One <one@example.org>', 'Cc: three@example.org'],
  ...[
    'Subject: zebra',
    'Date: Mon, 1 Jun 2020 10:00:00 +0000',
    'Message-ID: <first@x>',
    'In-Reply-To: <other@x>',
  ],
  ...['From: Eve <eve@example.net>', 'To: Two <two@example.org>', 'Cc: four@example.org'],
  ...[
    'Subject: aardvark',
    'Date: Tue, 2 Jun 2026 10:28:3 +0200',
    'Message-ID: <last@x>',
    'In-Reply-To: <root@x>',
  ],
  ...['', 'x'],
])
const folded = octets([
  ...[
    'From: "=?utf-8?B?5byg5LiJ?=" <ann@example.net>',
    'To: bob@example.org>',
    'Subject: monkey',
    '\tbusiness',
  ],
  ...['a fold that lost its space', 'and another', 'Message-ID: bare@x', 'Content-Type: text/plain', '', 'x'],
])
const korean = octets([
  ...['From: \xbe\xc8\xb3\xe7 <k@example.net>', 'Subject: \xbe\xc8\xb3\xe7', 'In-Reply-To: <nobody@x>'],
  ...['Content-Type: text/plain; charset=euc-kr', '', 'x'],
])

t.test('fields that stand twice, lost folds, octets and stray brackets: both protocols agree', async (t) => {
  const tandem = await startTandem(t)
  await addAccount(tandem, 'alice@example.org')
  const imap = await openImap(t, tandem, 'alice@example.org')
  const jmap = await openJmap(tandem, 'alice@example.org')
  const messages = [
    octets(['Message-ID: <root@x>', 'From: r@x', 'Subject: aardvark', '', 'x']),
    ...[doubled, folded, korean],
    octets(['In-Reply-To: <bare@x>', 'From: b@x', 'Subject: AW: monkey business', '', 'x']),
  ]
  // By import: APPEND has rules of its own for octets beyond ASCII.
  const [{ list }] = (await jmap.call(['Mailbox/get', {}])) as [{ list: { id: string; role: string }[] }]
  const inbox = list.find(({ role }) => role === 'inbox')!.id
  for (const bytes of messages) {
    const blobId = await jmap.upload(bytes)
    await jmap.call(['Email/import', { emails: { i: { blobId, mailboxIds: { [inbox]: true } } } }])
  }
  await imap.mailboxOpen('INBOX')
  const fetched = await imap.fetchAll('1:*', { envelope: true, threadId: true })
  const properties = [
    'from',
    'to',
    'cc',
    'subject',
    'sentAt',
    'messageId',
    'inReplyTo',
    'threadId',
    'header:From:asAddresses',
  ]
  const [got] = await jmap.call(['Email/get', { ids: fetched.map(({ emailId }) => emailId), properties }])
  const emails = fetched.map(({ emailId }) => got!.list.find(({ id }: { id: string }) => id === emailId))
  const [root, two, lost, octet, reply] = emails
  const seen = fetched.map(({ envelope }) => envelope!)

  t.match(two, {
    from: [{ name: 'Eve', email: 'eve@example.net' }],
    to: [{ email: 'two@example.org' }],
    subject: 'aardvark',
  })
  t.match(two, {
    cc: [{ email: 'four@example.org' }],
    messageId: ['last@x'],
    inReplyTo: ['root@x'],
    sentAt: '2026-06-02T10:28:03+02:00',
  })
  t.match(seen[1], {
    from: [{ name: 'Eve', address: 'eve@example.net' }],
    to: [{ address: 'two@example.org' }],
    subject: 'aardvark',
  })
  t.match(seen[1], { cc: [{ address: 'four@example.org' }], messageId: '<last@x>', inReplyTo: '<root@x>' })
  t.equal(seen[1]!.to!.length, 1)
  t.equal(two.threadId, root.threadId, 'the last In-Reply-To')

  t.match(lost, { from: [{ name: '张三' }], to: [{ email: 'bob@example.org' }], subject: 'monkey\tbusiness' })
  t.match(seen[2], { to: [{ address: 'bob@example.org' }] })
  t.equal(reply.threadId, lost.threadId, 'a Message-ID without brackets')
  t.match(octet, { subject: '안녕', from: [{ name: '안녕' }], 'header:From:asAddresses': [{ name: '안녕' }] })
  t.equal(seen[3]!.subject, '안녕')
  for (const [i, { threadId }] of fetched.entries())
    t.equal(threadId, emails[i].threadId, `THREADID of ${i + 1}`)

  const bySearch = async (query: object) => {
    const found = await imap.search(query as never, { uid: true })
    return found === false ? [] : found
  }
  const byQuery = async (filter: object, sort: object[] = []) => {
    const [{ ids }] = (await jmap.call(['Email/query', { filter, sort }])) as [{ ids: string[] }]
    return ids.map((id) => fetched.find(({ emailId }) => emailId === id)!.uid)
  }
  const uids = fetched.map(({ uid }) => uid)
  for (const [field, text, index] of [
    ['from', 'boss', null],
    ['from', 'eve', 1],
    ['to', 'one', null],
    ['to', 'two', 1],
    ['cc', 'three', null],
    ['subject', 'zebra', null],
    ['from', '张三', 2],
    ['subject', 'monkey business', null],
    ['from', '안녕', 3],
    ['subject', '안녕', 3],
  ] as const) {
    const expected = text === 'monkey business' ? [uids[2], uids[4]] : index === null ? [] : [uids[index]]
    t.same(await bySearch({ [field]: text }), expected, `SEARCH ${field} ${text}`)
    t.same((await byQuery({ [field]: text })).sort(), expected, `Email/query ${field} ${text}`)
  }
  t.same(await bySearch({ header: { from: 'boss' } }), [uids[1]], 'SEARCH HEADER looks into every field')
  t.same(await byQuery({ header: ['From', 'boss'] }), [uids[1]], 'and so does the header filter')
  t.same(await bySearch({ sentOn: new Date('2026-06-02') }), [uids[1]])
  const sorted = await byQuery({}, [{ property: 'from', isAscending: true }])
  t.equal(sorted.indexOf(uids[1]!), sorted.indexOf(uids[4]!) + 1, 'sorted by Eve, after b@x')
  t.same((await byQuery({}, [{ property: 'subject', isAscending: true }])).slice(0, 2).sort(), [
    uids[0],
    uids[1],
  ])
})

const faults = path.resolve(projectRoot, '../shared/faults/mime')

t.test(
  'mail that other programs read otherwise has one sender and one subject',
  existsSync(faults) ? {} : { skip: 'no messages beside this checkout' },
  async (t) => {
    const tandem = await startTandem(t)
    await addAccount(tandem, 'alice@example.org')
    const jmap = await openJmap(tandem, 'alice@example.org')
    const imap = await openImap(t, tandem, 'alice@example.org')
    const [{ list }] = (await jmap.call(['Mailbox/get', {}])) as [{ list: { id: string; role: string }[] }]
    const inbox = list.find(({ role }) => role === 'inbox')!.id
    const names = readdirSync(faults)
      .filter((name) => name.endsWith('.eml'))
      .sort()
    for (const name of names) {
      const blobId = await jmap.upload(readFileSync(path.join(faults, name)))
      await jmap.call(['Email/import', { emails: { i: { blobId, mailboxIds: { [inbox]: true } } } }])
    }
    await imap.mailboxOpen('INBOX')
    const fetched = await imap.fetchAll('1:*', { envelope: true })
    const ids = fetched.map(({ emailId }) => emailId)
    const [got] = await jmap.call(['Email/get', { ids, properties: ['from', 'subject'] }])
    t.equal(fetched.length, names.length)
    for (const [i, { emailId, envelope }] of fetched.entries()) {
      const { from, subject } = got!.list.find(({ id }: { id: string }) => id === emailId)
      t.same(
        (envelope!.from ?? []).map(({ address }) => address),
        (from ?? []).map(({ email }: { email: string }) => email),
        `${names[i]}: from`,
      )
      // Encoded words are decoded by this client, in its way.
      const isEncoded = readFileSync(path.join(faults, names[i]!)).includes('=?')
      if (!isEncoded) t.equal(envelope!.subject ?? null, subject, `${names[i]}: subject`)
    }
  },
)
