import { parseId } from '@tandem/mailstore'
import t from 'tap'
import { createServer, message, states } from '../server.js'

const without = (object: Record<string, unknown>, ...names: string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

t.test('Mailbox/set', async (t) => {
  const server = await createServer(t)
  const { call, fails, request, deliver, mailboxId, account, principal, accountId } = server
  const get = async (id: string, properties?: string[]) =>
    (await call('Mailbox/get', { ids: [id], ...(properties ? { properties } : {}) })).list[0]
  const create = async (values: object) => (await call('Mailbox/set', { create: { k: values } })).created.k.id
  const nothing = { created: null, updated: null, destroyed: null }
  const allWell = { notCreated: null, notUpdated: null, notDestroyed: null }

  await t.test('RFC 8620 §5.3: create answers with what the client did not say', async (t) => {
    const before = await states(server)
    const result = await call('Mailbox/set', {
      create: { k1: { name: 'One' }, k2: { name: 'Cafe\u0301', sortOrder: 7, isSubscribed: false } },
    })
    const { id } = result.created.k1
    t.strictSame(result, {
      accountId,
      oldState: before.Mailbox,
      newState: (await states(server)).Mailbox,
      created: {
        k1: without(await get(id), 'name'),
        // As it is kept (RFC 5198): the client said it otherwise.
        k2: without(await get(result.created.k2.id), 'sortOrder', 'isSubscribed'),
      },
      updated: null,
      destroyed: null,
      ...allWell,
    })
    t.match(await get(id), { name: 'One', parentId: null, role: null, sortOrder: 0, isSubscribed: true })
    t.match(await get(result.created.k2.id), { name: 'Café', sortOrder: 7, isSubscribed: false })
    t.not(result.newState, before.Mailbox)
    const after = await states(server)
    t.strictSame([after.Email, after.Thread], [before.Email, before.Thread])
    t.ok(await account.read((r) => r.mailbox.byPath('Café', principal.id)), 'IMAP has it too')
  })

  await t.test(
    'a name that other servers allow is mapped, and the client is told (docs/clients.md)',
    async (t) => {
      const cases: [asked: string, made: string][] = [
        ['Space ', 'Space'],
        [' Front', 'Front'],
        ['tab\tin', 'tab in'],
        [' ', '_'],
      ]
      for (const [asked, made] of cases) {
        const { created } = await call('Mailbox/set', { create: { k: { name: asked } } })
        t.equal(created.k.name, made, JSON.stringify(asked))
        t.equal((await get(created.k.id)).name, made)
        const again = await call('Mailbox/set', { create: { k: { name: asked } } })
        t.match(again.notCreated.k, { type: 'alreadyExists' }, 'it is there')
        t.ok(
          await account.read((r) => r.mailbox.byPath(asked)),
          'IMAP finds it by the name that was asked for',
        )
        const { updated } = await call('Mailbox/set', { update: { [created.k.id]: { name: `${asked}2 ` } } })
        t.equal(updated[created.k.id].name, `${asked}2 `.replace('\t', ' ').trim())
        await call('Mailbox/set', { destroy: [created.k.id] })
      }
    },
  )

  await t.test('a tree in one call, children first, refers to itself by creation ids', async (t) => {
    const { created, notCreated } = await call('Mailbox/set', {
      create: {
        c: { name: 'c', parentId: '#b' },
        b: { name: 'b', parentId: '#a' },
        a: { name: 'a' },
        lost: { name: 'l', parentId: '#nowhere' },
        loop: { name: 'm', parentId: '#loop' },
      },
    })
    t.strictSame(Object.keys(created).sort(), ['a', 'b', 'c'])
    t.equal((await get(created.c.id)).parentId, created.b.id)
    t.equal((await get(created.b.id)).parentId, created.a.id)
    t.match(notCreated, {
      lost: { type: 'invalidProperties', properties: ['parentId'] },
      loop: { type: 'invalidProperties', properties: ['parentId'] },
    })
    t.equal((await account.read((r) => r.mailbox.byPath('a/b/c')))?.name, 'c')
  })

  await t.test('update changes what it names', async (t) => {
    const id = await create({ name: 'Two' })
    const parentId = await create({ name: 'Parent' })
    const before = await states(server)
    const result = await call('Mailbox/set', {
      update: { [id]: { name: 'Zwei', parentId, sortOrder: 3, role: 'important', isSubscribed: false } },
    })
    t.match(result, { updated: { [id]: null }, notUpdated: null, oldState: before.Mailbox })
    t.match(await get(id), { name: 'Zwei', parentId, sortOrder: 3, role: 'important', isSubscribed: false })
    t.not(result.newState, before.Mailbox)

    const nulls = await call('Mailbox/set', {
      update: { [id]: { role: null, parentId: null, sortOrder: null } },
    })
    t.match(nulls, { updated: { [id]: null } })
    t.match(await get(id), { role: null, parentId: null, sortOrder: 0 })

    const normalised = await call('Mailbox/set', { update: { [id]: { name: 'Cafe\u0301 2' } } })
    t.strictSame(normalised.updated, { [id]: { name: 'Café 2' } })
  })

  await t.test('a subscription is a change of state; to say what is already so is none', async (t) => {
    const id = await create({ name: 'Three' })
    const before = await states(server)
    await call('Mailbox/set', { update: { [id]: { isSubscribed: false } } })
    const after = await states(server)
    t.not(after.Mailbox, before.Mailbox)
    const whole = await get(id)
    const same = await call('Mailbox/set', { update: { [id]: whole } })
    t.match(same, { updated: { [id]: null }, oldState: after.Mailbox, newState: after.Mailbox })
  })

  await t.test('RFC 8621 §2: two siblings swap their names, and their roles, in one call', async (t) => {
    const { created } = await call('Mailbox/set', {
      create: { a: { name: 'Left', role: 'all' }, b: { name: 'Right', role: 'flagged' } },
    })
    const [a, b] = [created.a.id, created.b.id]
    const result = await call('Mailbox/set', {
      update: { [a]: { name: 'Right', role: 'flagged' }, [b]: { name: 'Left', role: 'all' } },
    })
    t.match(result, { updated: { [a]: null, [b]: null }, notUpdated: null })
    t.match(await get(a), { name: 'Right', role: 'flagged' })
    t.match(await get(b), { name: 'Left', role: 'all' })
  })

  await t.test(
    'one call may take a name away and give it anew, and destroy parents before children',
    async (t) => {
      const parentId = await create({ name: 'Old' })
      const child = await create({ name: 'Child', parentId })
      const result = await call('Mailbox/set', {
        create: { k: { name: 'Old' } },
        destroy: [parentId, child],
      })
      t.match(result, { created: { k: { id: String } }, notCreated: null, notDestroyed: null })
      t.strictSame(result.destroyed.sort(), [parentId, child].sort())
      t.not(result.created.k.id, parentId)
      t.strictSame((await call('Mailbox/get', { ids: [parentId] })).notFound, [parentId])
    },
  )

  await t.test('one bad object leaves the others standing, and says why', async (t) => {
    const id = await create({ name: 'Four' })
    const under = await create({ name: 'Under', parentId: id })
    const inbox = await mailboxId('inbox')
    const cases: [what: string, args: Record<string, unknown>, error: object][] = [
      ['no name', { create: { k: {} } }, { type: 'invalidProperties', properties: ['name'] }],
      [
        'several wrong at once',
        { create: { k: { name: 1, sortOrder: -1, role: 'x', id: 'm1', foo: 1, totalEmails: 0 } } },
        { properties: ['name', 'sortOrder', 'role', 'id', 'foo', 'totalEmails'] },
      ],
      ['a slash', { create: { k: { name: 'a/b' } } }, { type: 'invalidProperties', properties: ['name'] }],
      ['an empty name', { create: { k: { name: '' } } }, { type: 'invalidProperties', properties: ['name'] }],
      ['INBOX again', { create: { k: { name: 'inbox' } } }, { type: 'invalidProperties' }],
      ['a taken name', { create: { k: { name: 'Four' } } }, { type: 'alreadyExists' }],
      ['a taken role', { create: { k: { name: 'x', role: 'trash' } } }, { properties: ['role'] }],
      [
        'a parent that is none',
        { create: { k: { name: 'x', parentId: 'm9' } } },
        { properties: ['parentId'] },
      ],
      [
        'a parent of another kind',
        { create: { k: { name: 'x', parentId: 'e1' } } },
        { properties: ['parentId'] },
      ],
      [
        'a sortOrder of 2^31',
        { create: { k: { name: 'x', sortOrder: 2 ** 31 } } },
        { properties: ['sortOrder'] },
      ],
      ['an update of none', { update: { m9: { name: 'x' } } }, { type: 'notFound' }],
      ['an update of no id', { update: { 'a b': { name: 'x' } } }, { type: 'notFound' }],
      ['below itself', { update: { [id]: { parentId: under } } }, { properties: ['parentId'] }],
      ['a taken name, updated', { update: { [id]: { name: 'Archive' } } }, { type: 'alreadyExists' }],
      ['no name any more', { update: { [id]: { name: null } } }, { properties: ['name'] }],
      ['a count', { update: { [id]: { totalEmails: 1 } } }, { properties: ['totalEmails'] }],
      ['a right', { update: { [id]: { 'myRights/mayDelete': false } } }, { properties: ['myRights'] }],
      ['a patch below nothing', { update: { [id]: { 'foo/bar': 1 } } }, { type: 'invalidPatch' }],
      ['INBOX under another', { update: { [inbox]: { parentId: id } } }, { type: 'forbidden' }],
      ["INBOX's role", { update: { [inbox]: { role: null } } }, { type: 'forbidden' }],
      ['INBOX destroyed', { destroy: [inbox] }, { type: 'forbidden' }],
      ['none destroyed', { destroy: ['m9'] }, { type: 'notFound' }],
      ['with a child', { destroy: [id], onDestroyRemoveEmails: true }, { type: 'mailboxHasChild' }],
    ]
    for (const [what, args, error] of cases) {
      const before = await states(server)
      const result = await call('Mailbox/set', args)
      const [refused] = Object.values({ ...result.notCreated, ...result.notUpdated, ...result.notDestroyed })
      t.match(refused, error, what)
      t.match(result, nothing, what)
      t.strictSame([result.oldState, result.newState], [before.Mailbox, before.Mailbox], what)
    }
    const mixed = await call('Mailbox/set', {
      create: { good: { name: 'Good' }, bad: { name: 'Four' } },
      update: { [under]: { name: 'Under 2' }, m9: { name: 'x' } },
      destroy: ['m9', inbox],
    })
    t.match(mixed, {
      created: { good: { id: String } },
      notCreated: { bad: { type: 'alreadyExists' } },
      updated: { [under]: null },
      notUpdated: { m9: { type: 'notFound' } },
      destroyed: null,
      notDestroyed: { m9: { type: 'notFound' }, [inbox]: { type: 'forbidden' } },
    })
  })

  await t.test('RFC 8621 §2.5: a mailbox with mail goes only with onDestroyRemoveEmails', async (t) => {
    const id = await create({ name: 'Full' })
    const both = await deliver(message({ Subject: 'both' }), { into: ['Full', 'archive'] })
    const alone = await deliver(message({ Subject: 'alone' }), { into: ['Full'] })
    const refused = await call('Mailbox/set', { destroy: [id] })
    t.match(refused, { destroyed: null, notDestroyed: { [id]: { type: 'mailboxHasEmail' } } })
    const before = await states(server)
    t.match(await call('Mailbox/set', { destroy: [id], onDestroyRemoveEmails: true }), { destroyed: [id] })
    const { list, notFound } = await call('Email/get', { ids: [both, alone], properties: ['mailboxIds'] })
    t.strictSame(list, [{ id: both, mailboxIds: { [await mailboxId('archive')]: true } }])
    t.strictSame(notFound, [alone])
    t.not((await states(server)).Email, before.Email)
  })

  await t.test('mailboxes too full for one transaction are gone when the answer comes', async (t) => {
    const fill = async (id: string) => {
      const ingested = await account.ingest(Buffer.from(message({ Subject: 'x' })), { nul: 'refuse' })
      const one = { message: ingested, mailboxIds: [parseId('mailbox', id)!] }
      await account.transact((tx) => tx.email.create(new Array(1_001).fill(one)))
    }
    const [parent, other] = [await create({ name: 'Brimful' }), await create({ name: 'Brimful too' })]
    const child = await create({ name: 'Child', parentId: parent })
    await Promise.all([child, other].map(fill))
    t.match(await call('Mailbox/set', { destroy: [child] }), {
      notDestroyed: { [child]: { type: 'mailboxHasEmail' } },
    })
    const result = await call('Mailbox/set', {
      create: { k: { name: 'With them' } },
      destroy: [parent, child, 'm9'],
      onDestroyRemoveEmails: true,
    })
    t.match(result, { created: { k: { id: String } }, notDestroyed: { m9: { type: 'notFound' } } })
    t.strictSame(result.destroyed, [child, parent])
    t.equal(result.newState, (await states(server)).Mailbox)
    t.strictSame((await call('Mailbox/get', { ids: [parent, child] })).list, [])

    // Somebody else writes once the mailbox is closed and before it is gone.
    let wrote: Promise<unknown> | null = null
    const stop = account.subscribe(new Set(['mailbox']), () => {
      wrote ??= account.transact((tx) => tx.mailbox.createPath('Meanwhile'))
    })
    const raced = await call('Mailbox/set', { destroy: [other], onDestroyRemoveEmails: true })
    stop()
    await wrote
    t.strictSame(raced.destroyed, [other])
    const changes = await call('Mailbox/changes', { sinceState: raced.newState })
    t.equal(changes.created.length, 1, 'who goes on from the new state hears of it')
  })

  await t.test('an update of what the same call destroys is refused', async (t) => {
    const id = await create({ name: 'Gone' })
    const result = await call('Mailbox/set', { update: { [id]: { name: 'x' } }, destroy: [id] })
    t.match(result, { destroyed: [id], updated: null, notUpdated: { [id]: { type: 'willDestroy' } } })
  })

  await t.test('ifInState, sizes and argument types', async (t) => {
    const { Mailbox } = await states(server)
    t.match(await fails('Mailbox/set', { ifInState: 'x', create: { k: { name: 'State' } } }), {
      type: 'stateMismatch',
    })
    t.match(await call('Mailbox/set', { ifInState: Mailbox, create: { k: { name: 'State' } } }), {
      created: { k: {} },
    })
    t.match(await fails('Mailbox/set', { ifInState: Mailbox }), { type: 'stateMismatch' })
    t.match(await fails('Mailbox/set', { destroy: new Array(501).fill('m1') }), { type: 'requestTooLarge' })
    for (const args of [
      { create: [] },
      { create: { 'a b': {} } },
      { create: { k: null } },
      { update: { m1: 1 } },
    ]) {
      t.match(await fails('Mailbox/set', args), { type: 'invalidArguments' }, JSON.stringify(args))
    }
    t.match(await fails('Mailbox/set', { onDestroyRemoveEmails: 'yes' }), { type: 'invalidArguments' })
  })

  await t.test('creation ids hold for later calls of the request, whatever they are called', async (t) => {
    const create = JSON.parse('{"__proto__": {"name": "Proto"}}')
    const [made, child, renamed, gone] = await request([
      ['Mailbox/set', { create }],
      ['Mailbox/set', { create: { c: { name: 'Child', parentId: '#__proto__' } } }],
      ['Mailbox/set', { update: { '#__proto__': { name: 'Proto 2' } } }],
      ['Mailbox/set', { destroy: ['#c', '#none'] }],
    ])
    const id = Object.getOwnPropertyDescriptor(made![1].created, '__proto__')!.value.id
    t.match(child![1].created.c, { id: String })
    t.strictSame(renamed![1].updated, { [id]: null })
    t.match(gone![1], {
      destroyed: [child![1].created.c.id],
      notDestroyed: { '#none': { type: 'notFound' } },
    })
  })
})

t.test('RFC 8621 §2: a name that INBOX was given is taken among its siblings', async (t) => {
  const { call, mailboxId } = await createServer(t)
  const [inbox, archive] = [await mailboxId('inbox'), await mailboxId('archive')]
  t.match(await call('Mailbox/set', { update: { [inbox]: { name: 'Eingang' } } }), { notUpdated: null })
  const taken = await call('Mailbox/set', {
    create: { a: { name: 'Eingang' } },
    update: { [archive]: { name: 'Eingang' } },
  })
  const error = { type: 'alreadyExists' }
  t.match(taken, { created: null, notCreated: { a: error }, notUpdated: { [archive]: error } })
  t.match(await call('Mailbox/set', { update: { [inbox]: { name: 'Archive' } } }), {
    notUpdated: { [inbox]: error },
  })
})
