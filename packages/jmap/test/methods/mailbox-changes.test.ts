import t from 'tap'
import { createServer, message, states } from '../server.js'

const COUNTS = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']

t.test('Mailbox/changes and Mailbox/query', async (t) => {
  const server = await createServer(t)
  const { call, fails, deliver, mailboxId } = server
  const inbox = await mailboxId('inbox')
  const since = (sinceState: string, more = {}) => call('Mailbox/changes', { sinceState, ...more })

  await t.test('nothing has changed since the newest state', async (t) => {
    const { Mailbox: state } = await states(server)
    t.match(await since(state), {
      oldState: state,
      newState: state,
      hasMoreChanges: false,
      created: [],
      updated: [],
      destroyed: [],
      updatedProperties: null,
    })
  })

  await t.test('RFC 8621 §2.2: updatedProperties says where only counts changed', async (t) => {
    const { Mailbox: state } = await states(server)
    await deliver(message({ Subject: 'x' }))
    t.match(await since(state), { created: [], updated: [inbox], destroyed: [], updatedProperties: COUNTS })
    await call('Mailbox/set', { update: { [inbox]: { sortOrder: 9 } } })
    const both = await since(state)
    t.match(both, { updated: [inbox], updatedProperties: null })
    t.equal(both.newState, (await states(server)).Mailbox)
  })

  await t.test('RFC 8620 §5.2: pages meet, and lead to the newest state', async (t) => {
    const { Mailbox: state } = await states(server)
    const { created } = await call('Mailbox/set', {
      create: { a: { name: 'A' }, b: { name: 'B' }, c: { name: 'C' } },
    })
    const [a, b, c] = [created.a.id, created.b.id, created.c.id]
    await call('Mailbox/set', { update: { [a]: { name: 'A2' } }, destroy: [b] })
    let at = state
    const seen: string[] = []
    for (let page = 0; ; page++) {
      const changes = await since(at, { maxChanges: 1 })
      t.ok(changes.created.length + changes.updated.length + changes.destroyed.length <= 1)
      t.equal(changes.oldState, at)
      seen.push(...changes.created)
      t.strictSame(changes.updated, [], 'a is new, not updated')
      // RFC 8620 §5.2 allows to name b, which came and went, as destroyed.
      t.strictSame(
        changes.destroyed.filter((id: string) => id !== b),
        [],
      )
      at = changes.newState
      if (!changes.hasMoreChanges) break
      t.match(at, /^\d+\.\d+\.\d+$/)
      t.ok(page < 5)
    }
    t.strictSame(seen.sort(), [a, c].sort())
    t.equal(at, (await states(server)).Mailbox)
  })

  await t.test('what is no state of this account', async (t) => {
    for (const sinceState of ['', 'x', '01', '999999999', '1.1', '-1']) {
      t.match(await fails('Mailbox/changes', { sinceState }), { type: 'cannotCalculateChanges' }, sinceState)
    }
    const { Mailbox: sinceState } = await states(server)
    for (const args of [
      {},
      { sinceState: 1 },
      { sinceState, maxChanges: 0 },
      { sinceState, maxChanges: -1 },
    ]) {
      t.match(await fails('Mailbox/changes', args), { type: 'invalidArguments' }, JSON.stringify(args))
    }
  })

  await t.test('RFC 8621 §2.3: Mailbox/query', async (t) => {
    const roles = { operator: 'NOT', conditions: [{ hasAnyRole: false }] }
    const sort = [{ property: 'name' }]
    const all = await call('Mailbox/query', { filter: roles, sort, calculateTotal: true })
    const { list } = await call('Mailbox/get', { ids: all.ids, properties: ['name'] })
    const names = new Map(list.map((mailbox: { id: string; name: string }) => [mailbox.id, mailbox.name]))
    t.strictSame(
      all.ids.map((id: string) => names.get(id)),
      ['Archive', 'Drafts', 'Inbox', 'Junk', 'Sent', 'Trash'],
    )
    t.match(all, { position: 0, total: 6, canCalculateChanges: true, queryState: /^\d+$/, limit: 5000 })

    const window = { filter: roles, sort, anchor: inbox, anchorOffset: -1, limit: 2 }
    const some = await call('Mailbox/query', window)
    t.match(some, { position: 1, ids: all.ids.slice(1, 3) })
    t.notOk('total' in some || 'limit' in some)
    t.equal(some.queryState, all.queryState)
    await call('Mailbox/set', { update: { [inbox]: { name: 'Zzz' } } })
    const after = await call('Mailbox/query', { filter: roles, sort, limit: 100 })
    t.not(after.queryState, all.queryState)
    t.equal(after.ids.at(-1), inbox)
    const tree = { sortAsTree: true, filterAsTree: true, filter: { role: 'inbox' } }
    t.strictSame((await call('Mailbox/query', tree)).ids, [inbox])

    const cases: [args: object, type: string][] = [
      [{ anchor: 'm9' }, 'anchorNotFound'],
      [{ limit: -1 }, 'invalidArguments'],
      [{ position: 'x' }, 'invalidArguments'],
      [{ filter: { totalEmails: 1 } }, 'unsupportedFilter'],
      [{ filter: { operator: 'NAND', conditions: [] } }, 'invalidArguments'],
      [{ sort: [{ property: 'totalEmails' }] }, 'unsupportedSort'],
      [{ collapseThreads: true }, 'invalidArguments'],
    ]
    for (const [args, type] of cases) {
      t.match(await fails('Mailbox/query', { ...args }), { type }, JSON.stringify(args))
    }
  })

  await t.test('RFC 8620 §5.6: Mailbox/queryChanges leads an old list to the new one', async (t) => {
    const queries = [
      { filter: null, sort: [{ property: 'name' }] },
      { filter: { hasAnyRole: false }, sort: [{ property: 'sortOrder', isAscending: false }] },
      { filter: { name: 'a' }, sort: [{ property: 'name' }], filterAsTree: true, sortAsTree: true },
      { filter: { isSubscribed: true }, sort: [{ property: 'name' }], sortAsTree: true },
    ]
    const create = (name: string, parentId: string | null = null, more: object = {}) =>
      call('Mailbox/set', { create: { k: { name, parentId, ...more } } }).then(({ created }) => created.k.id)
    const a = await create('aa')
    const b = await create('ab', a, { isSubscribed: true })
    const c = await create('ac', b, { sortOrder: 3 })
    const steps: (() => Promise<unknown>)[] = [
      async () => {},
      () => create('new a', c),
      () => call('Mailbox/set', { update: { [a]: { name: 'zz' } } }),
      () => call('Mailbox/set', { update: { [c]: { parentId: null, isSubscribed: true } } }),
      () => call('Mailbox/set', { update: { [c]: { sortOrder: 0 }, [inbox]: { sortOrder: 9 } } }),
      async () => call('Mailbox/set', { destroy: [await create('gone again')] }),
      () => call('Mailbox/set', { destroy: [b] }),
      () => deliver(message({ Subject: 'a count changes' })),
    ]
    const old = await Promise.all(queries.map((query) => call('Mailbox/query', query)))
    for (const [index, step] of steps.entries()) {
      const before = await Promise.all(queries.map((query) => call('Mailbox/query', query)))
      await step()
      for (const [q, query] of queries.entries()) {
        const now = await call('Mailbox/query', { ...query, calculateTotal: true })
        for (const { ids, queryState: sinceQueryState } of [before[q]!, old[q]!]) {
          const args = { ...query, sinceQueryState, calculateTotal: true }
          const changes = await call('Mailbox/queryChanges', args)
          const list = ids.filter((id: string) => !changes.removed.includes(id))
          for (const added of changes.added) list.splice(added.index, 0, added.id)
          t.strictSame(list, now.ids, `step ${index}, query ${q}`)
          t.match(changes, {
            oldQueryState: sinceQueryState,
            newQueryState: now.queryState,
            total: now.total,
          })
          const size = changes.removed.length + changes.added.length
          if (size > 1) {
            const few = { ...args, maxChanges: size - 1 }
            t.match(await fails('Mailbox/queryChanges', few), { type: 'tooManyChanges' })
          }
          if (index === 0 && ids === before[q]!.ids) t.equal(size, 0, 'nothing happened')
        }
      }
    }
    for (const sinceQueryState of ['999999999', 'x', '2.1']) {
      t.match(await fails('Mailbox/queryChanges', { sinceQueryState }), { type: 'cannotCalculateChanges' })
    }
    t.match(await fails('Mailbox/queryChanges', {}), { type: 'invalidArguments' })
    t.match(await fails('Mailbox/queryChanges', { sinceQueryState: '1', filter: { x: 1 } }), {
      type: 'unsupportedFilter',
    })
  })
})
