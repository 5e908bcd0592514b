import { countingWire, type Wire } from '@tandem/mailstore/testing'
import t from 'tap'
import { createServer, message, type Response, states } from '../server.js'

t.test('Email/query and Email/changes', async (t) => {
  const server = await createServer(t)
  const { call, fails, deliver, mailboxId } = server
  const inbox = await mailboxId('inbox')
  const archive = await mailboxId('archive')
  const day = (n: number) => new Date(Date.UTC(2024, 0, n))
  const a = await deliver(
    message({
      From: 'Zoe <zoe@example.com>',
      To: 'ann@example.com',
      Subject: 'Alpha plan',
      'Message-ID': '<a@x>',
    }),
    { receivedAt: day(1), keywords: ['$seen'] },
  )
  const b = await deliver(
    message({ From: 'bob@example.com', Subject: 'Re: Alpha plan', References: '<a@x>' }, 'x'.repeat(5_000)),
    { receivedAt: day(2), keywords: ['$flagged'], into: ['inbox', 'archive'] },
  )
  const c = await deliver(
    message({ From: 'Carl <carl@example.org>', Cc: 'Zoe <zoe@example.com>', Subject: 'Beta' }),
    {
      receivedAt: day(3),
      into: ['archive'],
    },
  )
  const names = new Map([
    [a, 'a'],
    [b, 'b'],
    [c, 'c'],
  ])
  const query = async (args: object) => {
    const { ids } = await call('Email/query', { ...args })
    return ids.map((id: string) => names.get(id)).join('')
  }

  await t.test('RFC 8621 §4.4.1: filters', async (t) => {
    const cases: [filter: unknown, found: string][] = [
      [null, 'cba'],
      [{ inMailbox: inbox }, 'ba'],
      [{ inMailbox: 'm9' }, ''],
      [{ inMailbox: 'x' }, ''],
      [{ inMailboxOtherThan: [inbox] }, 'cb'],
      [{ inMailboxOtherThan: [inbox, archive] }, ''],
      [{ before: '2024-01-02T00:00:00Z' }, 'a'],
      [{ after: '2024-01-02T00:00:00Z' }, 'cb'],
      [{ minSize: 5_000 }, 'b'],
      [{ maxSize: 5_000 }, 'ca'],
      [{ hasKeyword: '$SEEN' }, 'a'],
      [{ notKeyword: '$seen' }, 'cb'],
      [{ hasKeyword: 'a b' }, ''],
      [{ hasAttachment: true }, ''],
      [{ hasAttachment: false }, 'cba'],
      [{ text: 'zoe' }, 'ca'],
      [{ text: 'alpha' }, 'ba'],
      [{ body: 'zoe' }, ''],
      [{ header: ['Cc'] }, 'c'],
      [{ header: ['From', 'carl <'] }, 'c'],
      [{ someInThreadHaveKeyword: '$flagged' }, 'ba'],
      [{ allInThreadHaveKeyword: '$flagged' }, ''],
      [{ noneInThreadHaveKeyword: '$flagged' }, 'c'],
      [{ from: 'zoe' }, 'a'],
      [{ from: 'EXAMPLE.com' }, 'ba'],
      [{ from: 'carl example.org' }, 'c'],
      [{ from: '"example carl"' }, ''],
      [{ to: 'ann' }, 'a'],
      [{ cc: 'zoe' }, 'c'],
      [{ bcc: 'zoe' }, ''],
      [{ subject: 'plan alpha' }, 'ba'],
      [{ subject: '100%_' }, ''],
      [{ subject: 'a\u0000' }, ''],
      [{ inMailbox: inbox, hasKeyword: '$flagged' }, 'b'],
      [{ operator: 'OR', conditions: [{ hasKeyword: '$seen' }, { cc: 'zoe' }] }, 'ca'],
      [{ operator: 'NOT', conditions: [{ hasKeyword: '$seen' }, { cc: 'zoe' }] }, 'b'],
      [{ operator: 'AND', conditions: [{ inMailbox: archive }, { inMailbox: inbox }] }, 'b'],
    ]
    for (const [filter, found] of cases) t.equal(await query({ filter }), found, JSON.stringify(filter))
  })

  await t.test('RFC 8621 §4.4.2: sorts', async (t) => {
    const cases: [sort: unknown, order: string][] = [
      [null, 'cba'],
      [[], 'cba'],
      [[{ property: 'receivedAt' }], 'abc'],
      [[{ property: 'receivedAt', isAscending: false }], 'cba'],
      [[{ property: 'size', isAscending: false }], 'b'],
      [[{ property: 'from' }], 'bca'],
      [
        [{ property: 'hasKeyword', keyword: '$flagged', isAscending: false }, { property: 'receivedAt' }],
        'bac',
      ],
      [[{ property: 'subject' }, { property: 'receivedAt' }], 'abc'],
    ]
    for (const [sort, order] of cases) {
      const found = await query({ sort })
      t.equal(found.slice(0, order.length), order, JSON.stringify(sort))
    }
  })

  await t.test('RFC 8620 §5.5: windows, totals, threads', async (t) => {
    const cases: [args: object, result: object][] = [
      [
        { limit: 1, calculateTotal: true },
        { ids: [c], position: 0, total: 3 },
      ],
      [
        { position: 1, limit: 1 },
        { ids: [b], position: 1 },
      ],
      [{ position: -1 }, { ids: [a], position: 2 }],
      [
        { position: 9, calculateTotal: true },
        { ids: [], total: 3 },
      ],
      [
        { anchor: b, position: 7 },
        { ids: [b, a], position: 1 },
      ],
      [
        { anchor: b, anchorOffset: -1, limit: 1 },
        { ids: [c], position: 0 },
      ],
      [
        { anchor: b, anchorOffset: -9 },
        { ids: [c, b, a], position: 0 },
      ],
      [
        { limit: 0, calculateTotal: true },
        { ids: [], total: 3 },
      ],
      [
        { collapseThreads: true, calculateTotal: true },
        { ids: [c, b], total: 2 },
      ],
      [
        { filter: { inMailbox: inbox }, collapseThreads: true, sort: [{ property: 'receivedAt' }] },
        { ids: [a] },
      ],
      [{ limit: 10_000 }, { limit: 5_000 }],
    ]
    for (const [args, result] of cases) {
      const found = await call('Email/query', { ...args })
      t.match(found, { ...result, canCalculateChanges: true, queryState: /^\d+$/ }, JSON.stringify(args))
      t.equal('total' in found, 'calculateTotal' in args)
    }
    t.notOk('limit' in (await call('Email/query', { limit: 5 })))
    const { list } = await call('Mailbox/get', { ids: [inbox], properties: ['totalEmails', 'totalThreads'] })
    const total = async (more: object) =>
      (await call('Email/query', { filter: { inMailbox: inbox }, calculateTotal: true, ...more })).total
    t.match(list, [{ totalEmails: await total({}), totalThreads: await total({ collapseThreads: true }) }])
  })

  await t.test('RFC 8620 §5.6: Email/queryChanges leads an old list to the new one', async (t) => {
    const queries = [
      {},
      { filter: { inMailbox: inbox } },
      { filter: { notKeyword: 'q' }, sort: [{ property: 'subject', isAscending: true }] },
      { collapseThreads: true },
    ]
    for (const args of queries) {
      const old = await call('Email/query', { ...args })
      await call('Email/set', {
        update: { [a]: { 'keywords/q': true }, [b]: { mailboxIds: { [archive]: true } } },
      })
      const f = await deliver(message({ Subject: 'Gamma' }))
      const g = await deliver(message({ Subject: 'Omega' }))
      const since = { ...args, sinceQueryState: old.queryState }
      const changes = await call('Email/queryChanges', { ...since, calculateTotal: true })
      const now = await call('Email/query', { ...args, calculateTotal: true })
      const list = old.ids.filter((id: string) => !changes.removed.includes(id))
      for (const { id, index } of changes.added) list.splice(index, 0, id)
      t.strictSame(list, now.ids, JSON.stringify(args))
      t.match(changes, { oldQueryState: old.queryState, newQueryState: now.queryState, total: now.total })
      t.match(await fails('Email/queryChanges', { ...since, maxChanges: 1 }), { type: 'tooManyChanges' })
      const back = { [a]: { 'keywords/q': null }, [b]: { mailboxIds: { [inbox]: true, [archive]: true } } }
      await call('Email/set', { update: back, destroy: [f, g] })
    }
    for (const sinceQueryState of ['x', '99999999', '5.3']) {
      t.match(await fails('Email/queryChanges', { sinceQueryState }), { type: 'cannotCalculateChanges' })
    }
  })

  await t.test('what is asked wrongly', async (t) => {
    const cases: [args: object, type: string][] = [
      [{ filter: { attachmentName: 'x' } }, 'unsupportedFilter'],
      [{ filter: { inMailbox: 5 } }, 'invalidArguments'],
      [{ sort: [{ property: 'allInThreadHaveKeyword' }] }, 'invalidArguments'],
      [{ sort: [{ property: 'cc' }] }, 'unsupportedSort'],
      [{ anchor: 'e9' }, 'anchorNotFound'],
      [{ anchor: 'x' }, 'anchorNotFound'],
      [{ filter: { inMailbox: inbox }, anchor: c }, 'anchorNotFound'],
      [{ limit: -1 }, 'invalidArguments'],
      [{ position: 1.5 }, 'invalidArguments'],
      [{ calculateTotal: 1 }, 'invalidArguments'],
      [{ sortAsTree: true }, 'invalidArguments'],
    ]
    for (const [args, type] of cases)
      t.match(await fails('Email/query', { ...args }), { type }, JSON.stringify(args))
  })

  await t.test('RFC 8620 §5.2: Email/changes and Thread/changes page to the newest state', async (t) => {
    const before = await states(server)
    const d = await deliver(message({ Subject: 'Delta' }))
    const e = await deliver(message({ Subject: 'Epsilon' }))
    await call('Email/set', {
      update: { [a]: { 'keywords/x': true }, [d]: { 'keywords/x': true } },
      destroy: [c],
    })
    const whole = await call('Email/changes', { sinceState: before.Email })
    t.match(whole, { oldState: before.Email, newState: (await states(server)).Email, hasMoreChanges: false })
    t.strictSame([whole.created.sort(), whole.updated, whole.destroyed], [[d, e].sort(), [a], [c]])

    const pages = { created: [] as string[], updated: [] as string[], destroyed: [] as string[] }
    let at = before.Email
    for (;;) {
      const page = await call('Email/changes', { sinceState: at, maxChanges: 1 })
      for (const kind of ['created', 'updated', 'destroyed'] as const) pages[kind].push(...page[kind])
      at = page.newState
      if (!page.hasMoreChanges) break
    }
    t.equal(at, whole.newState)
    t.strictSame([pages.created.sort(), pages.updated, pages.destroyed], [[d, e].sort(), [a], [c]])

    const threads = await call('Thread/changes', { sinceState: before.Thread })
    t.equal(threads.newState, (await states(server)).Thread)
    t.strictSame([threads.created.length, threads.destroyed.length], [2, 1])
    for (const type of ['Email', 'Thread']) {
      t.match(await fails(`${type}/changes`, { sinceState: 'x' }), { type: 'cannotCalculateChanges' })
      t.match(await fails(`${type}/changes`, { sinceState: 1 }), { type: 'invalidArguments' })
    }
  })
})

t.test('fourteen counts in one request ask for the mark once, and see what the request did', async (t) => {
  let wire: Wire | undefined
  const through = async (url: string) => {
    wire = await countingWire(t, url)
    return wire.url
  }
  const { request, deliver, mailboxId } = await createServer(t, {}, { through })
  const id = await deliver(message({ Subject: 'one' }), { keywords: ['tag1'] })
  await deliver(message({ Subject: 'two' }), { keywords: ['tag1', 'tag2'] })
  const inMailbox = await mailboxId('inbox')
  const badge = (filter: object): [string, Record<string, unknown>] => [
    'Email/query',
    { filter, limit: 0, calculateTotal: true },
  ]
  const badges = [
    badge({ inMailbox }),
    badge({ inMailbox, notKeyword: '$seen' }),
    ...Array.from({ length: 12 }, (_, n) => badge({ hasKeyword: `tag${n}` })),
  ]
  const totals = (responses: Response[]) => responses.map(([, { total }]) => total)
  const expected = [2, 2, 0, 2, 1, ...new Array(9).fill(0)]
  t.strictSame(totals(await request(badges)), expected)

  wire!.take()
  await request([['Core/echo', {}]])
  const empty = wire!.take().statements
  const responses = await request(badges)
  t.equal(wire!.take().statements, empty + 1)
  t.strictSame(totals(responses), expected)
  t.match(responses[0], ['Email/query', { ids: [], position: 0, canCalculateChanges: true }])

  const [, state] = await request([badge({}), ['Email/get', { ids: [] }]])
  t.equal(responses[13]![1].queryState, state![1].state)
  const changed = await request([
    badge({ hasKeyword: 'tag1' }),
    ['Email/set', { update: { [id]: { 'keywords/tag1': null } } }],
    badge({ hasKeyword: 'tag1' }),
    badge({ hasKeyword: 'tag2' }),
  ])
  t.strictSame(totals(changed), [2, undefined, 1, 1])
  t.not(changed[2]![1].queryState, changed[0]![1].queryState)
})

t.test('RFC 8620 §5.5, §5.6: query and queryChanges sort by the same collation', async (t) => {
  const { call, fails, deliver } = await createServer(t)
  const deliverAll = async (subjects: string[]) => {
    const ids: string[] = []
    for (const Subject of subjects) ids.push(await deliver(message({ Subject })))
    return ids
  }
  const [ten, nine, word] = await deliverAll(['10', '9', 'x'])
  const sort = [{ property: 'subject', collation: 'i;ascii-numeric' }]
  const before = await call('Email/query', { sort })
  t.strictSame([before.ids, before.canCalculateChanges], [[nine, ten, word], true])
  const [more] = await deliverAll(['0009.5'])
  const { added, removed } = await call('Email/queryChanges', { sort, sinceQueryState: before.queryState })
  const { ids } = await call('Email/query', { sort })
  t.strictSame([removed, added], [[], [{ id: more, index: ids.indexOf(more) }]])
  t.ok(ids.indexOf(more) < 2, 'as many as 9')
  const unknown = [{ property: 'subject', collation: 'i;basic' }]
  for (const [name, more] of [
    ['Email/query'],
    ['Email/queryChanges', { sinceQueryState: before.queryState }],
  ] as const)
    t.match(await fails(name, { sort: unknown, ...more }), { type: 'unsupportedSort' })
  t.match(await fails('Mailbox/query', { sort: [{ property: 'name', collation: 'i;basic' }] }), {
    type: 'unsupportedSort',
  })
})
