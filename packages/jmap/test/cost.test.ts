// What methods cost at the wire to the store: how many statements, however much the account holds.
import { countingWire, type Wire } from '@tandem/mailstore/testing'
import t, { type Test } from 'tap'
import { createServer, type Json, message, type TestServer } from './server.js'

const MAILBOXES = 200
const EMAILS = 600

interface Ids {
  inbox: string
  drafts: string
  emails: string[]
  threads: string[]
  /** Before the last changes. */
  state: string
}

interface Row {
  name: string
  calls(ids: Ids): [string, Record<string, unknown>, string?][]
  statements: number
  /** How many objects the last response tells of. */
  objects(args: Json): number
  expected: number
}

const LIST = [
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'to',
  'subject',
  'receivedAt',
  'preview',
  'hasAttachment',
]
const newest = (ids: Pick<Ids, 'inbox'>) => ({
  filter: { inMailbox: ids.inbox },
  sort: [{ property: 'receivedAt', isAscending: false }],
})
const ref = (resultOf: string, name: string, path: string) => ({ resultOf, name, path })
const list = (args: Json) => args.list.length
const idCount = (args: Json) => args.ids.length

function draft(ids: Ids, n: number) {
  return {
    mailboxIds: { [ids.drafts]: true },
    keywords: { $draft: true },
    subject: `draft ${n}`,
    bodyValues: { 1: { value: 'Dear all,' } },
    textBody: [{ partId: '1', type: 'text/plain' }],
  }
}

const ROWS: readonly Row[] = [
  {
    name: `Mailbox/get of ${MAILBOXES}`,
    calls: () => [['Mailbox/get', { ids: null }]],
    statements: 6,
    objects: list,
    expected: MAILBOXES,
  },
  {
    name: 'Email/get of 500 for a list',
    calls: ({ emails }) => [['Email/get', { ids: emails.slice(0, 500), properties: LIST }]],
    statements: 5,
    objects: list,
    expected: 500,
  },
  {
    name: 'Email/get of 100 with bodies',
    calls: ({ emails }) => [['Email/get', { ids: emails.slice(0, 100), fetchAllBodyValues: true }]],
    statements: 6,
    objects: (args) => args.list.filter(({ bodyValues }: Json) => /Hello/.test(bodyValues['1'].value)).length,
    expected: 100,
  },
  {
    name: 'a page of Email/query',
    calls: (ids) => [['Email/query', { ...newest(ids), limit: 50, calculateTotal: true }]],
    statements: 5,
    objects: idCount,
    expected: 50,
  },
  {
    name: 'a page of Email/query, collapsed',
    calls: (ids) => [
      ['Email/query', { ...newest(ids), limit: 50, calculateTotal: true, collapseThreads: true }],
    ],
    statements: 5,
    objects: idCount,
    expected: 50,
  },
  {
    name: 'a page of Email/query with a text',
    calls: (ids) => [['Email/query', { filter: { inMailbox: ids.inbox, text: 'topic' }, limit: 50 }]],
    statements: 7,
    objects: idCount,
    expected: 50,
  },
  {
    name: 'Email/set of 500 keywords',
    calls: ({ emails }) => [
      [
        'Email/set',
        { update: Object.fromEntries(emails.slice(0, 500).map((id) => [id, { 'keywords/$seen': true }])) },
      ],
    ],
    statements: 22,
    objects: ({ updated }) => Object.keys(updated).length,
    expected: 500,
  },
  {
    name: 'Email/changes',
    calls: ({ state }) => [['Email/changes', { sinceState: state }]],
    statements: 7,
    objects: ({ updated }) => updated.length,
    expected: 500,
  },
  {
    name: 'Email/queryChanges',
    calls: (ids) => [
      [
        'Email/queryChanges',
        { ...newest(ids), sinceQueryState: ids.state, collapseThreads: true, calculateTotal: true },
      ],
    ],
    statements: 7,
    objects: ({ added }) => added.length,
    expected: 250,
  },
  {
    name: 'Thread/get of 100',
    calls: ({ threads }) => [['Thread/get', { ids: threads.slice(0, 100) }]],
    statements: 5,
    objects: list,
    expected: 100,
  },
  {
    name: 'SearchSnippet/get of 50',
    calls: ({ emails }) => [
      ['SearchSnippet/get', { emailIds: emails.slice(0, 50), filter: { text: 'hello' } }],
    ],
    statements: 6,
    objects: (args) => args.list.filter(({ preview }: Json) => /<mark>Hello/.test(preview)).length,
    expected: 50,
  },
  {
    name: 'what a web client begins with',
    calls: (ids) => [
      ['Mailbox/get', { ids: null }],
      ['Email/query', { ...newest(ids), limit: 50, collapseThreads: true, calculateTotal: true }, 'q'],
      ['Email/get', { '#ids': ref('q', 'Email/query', '/ids'), properties: ['threadId'] }, 'e'],
      ['Thread/get', { '#ids': ref('e', 'Email/get', '/list/*/threadId') }, 't'],
      ['Email/get', { '#ids': ref('t', 'Thread/get', '/list/*/emailIds'), properties: LIST }],
    ],
    statements: 24,
    objects: list,
    expected: 100,
  },
  {
    name: 'Email/set that creates 50',
    calls: (ids) => [
      [
        'Email/set',
        { create: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, draft(ids, n)])) },
      ],
    ],
    // The bytes of each are stored and made searchable by themselves, outside the account's lock; filing them is one.
    statements: 50 * 6 + 30,
    objects: ({ created }) => Object.keys(created).length,
    expected: 50,
  },
]

t.test(
  'calls cost a few statements, and as many with twice as many emails',
  { timeout: 120_000 },
  async (t) => {
    let wire: Wire | undefined
    const through = async (url: string) => {
      wire = await countingWire(t, url)
      return wire.url
    }
    const server = await createServer(t, {}, { through })
    const folders = Array.from({ length: MAILBOXES - 6 }, (_, n) => [`k${n}`, { name: `folder ${n}` }])
    await server.call('Mailbox/set', { create: Object.fromEntries(folders) })
    await fill(server, EMAILS)
    const small = await measure(t, server, wire!)
    await fill(server, EMAILS)
    const large = await measure(t, server, wire!)
    for (const [index, { name, statements }] of ROWS.entries()) {
      t.comment(`${name}: ${small[index]} statements`)
      t.ok(small[index]! <= statements, `${name}: ${small[index]} of at most ${statements} statements`)
      t.equal(large[index], small[index], `${name}: as many with twice as many emails`)
    }
  },
)

/** The statements of each row. */
async function measure(t: Test, server: TestServer, wire: Wire): Promise<number[]> {
  const inbox = await server.mailboxId('inbox')
  const drafts = await server.mailboxId('drafts')
  const { ids: emails } = await server.call('Email/query', newest({ inbox }))
  const known = await server.call('Email/get', { ids: emails.slice(0, 500), properties: ['threadId'] })
  const threads = [...new Set<string>(known.list.map(({ threadId }: Json) => threadId))]
  const ids = { inbox, drafts, emails, threads, state: known.state }
  const counts: number[] = []
  for (const { name, calls, objects, expected } of ROWS) {
    wire.take()
    const responses = await server.request(calls(ids))
    counts.push(wire.take().statements)
    const [answer, args] = responses.at(-1)!
    if (answer === 'error') t.fail(`${name}: ${JSON.stringify(args)}`)
    else t.equal(objects(args), expected, `${name} tells of ${expected}`)
  }
  return counts
}

/** Threads of two, in INBOX, unseen. */
async function fill({ account }: TestServer, emails: number): Promise<void> {
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!
  const began = inbox.messages
  const texts: string[] = []
  for (let n = began; n < began + emails; n += 2) {
    const headers = { Subject: `topic ${n}`, 'Message-ID': `<${n}@example.com>` }
    const reply = { Subject: `topic ${n}`, References: `<${n}@example.com>` }
    texts.push(message(headers), message(reply))
  }
  const messages = await Promise.all(
    texts.map((text) => account.ingest(Buffer.from(text), { nul: 'refuse' })),
  )
  await account.transact((tx) =>
    tx.email.create(
      messages.map((each, n) => ({
        message: each,
        mailboxIds: [inbox.id],
        receivedAt: new Date(1.7e12 + (began + n) * 1e3),
      })),
    ),
  )
}
