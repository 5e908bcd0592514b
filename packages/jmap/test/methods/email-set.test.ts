import { parseId } from '@tandem/mailstore'
import t from 'tap'
import { createServer, message, states } from '../server.js'

t.test('Email/set', async (t) => {
  const server = await createServer(t)
  const { call, fails, request, deliver, mailboxId, account } = server
  const get = async (id: string, properties = ['keywords', 'mailboxIds']) =>
    (await call('Email/get', { ids: [id], properties })).list[0]
  const inbox = await mailboxId('inbox')
  const archive = await mailboxId('archive')
  const trash = await mailboxId('trash')
  /** What IMAP's view of a mailbox has of an email: its flag bits, once a membership. */
  const flagsIn = async (mailbox: string, email: string) => {
    const view = await account.view(parseId('mailbox', mailbox)!)
    const id = parseId('email', email)
    return [...view.emailIds].flatMap((each, index) => (each === id ? [view.flags.at(index)] : []))
  }
  const update = (id: string, patch: object) => call('Email/set', { update: { [id]: patch } })

  await t.test('keywords and mailboxes, whole or in single patches', async (t) => {
    const cases: [what: string, patch: object, keywords: string[], mailboxes: string[]][] = [
      ['a keyword more', { 'keywords/$seen': true }, ['$flagged', '$seen', 'old'], [inbox]],
      ['a keyword less', { 'keywords/old': null }, ['$flagged'], [inbox]],
      ['one more, one less', { 'keywords/new': true, 'keywords/old': null }, ['$flagged', 'new'], [inbox]],
      ['a name with a slash', { 'keywords/a~1b': true }, ['$flagged', 'a/b', 'old'], [inbox]],
      ['all keywords', { keywords: { $draft: true, x: true } }, ['$draft', 'x'], [inbox]],
      ['no keywords', { keywords: null }, [], [inbox]],
      ['a keyword that was there', { 'keywords/OLD': true }, ['$flagged', 'old'], [inbox]],
      ['one that was not, removed', { 'keywords/none': null }, ['$flagged', 'old'], [inbox]],
      ['even one that none can have', { 'keywords/$deleted': null }, ['$flagged', 'old'], [inbox]],
      ['a mailbox more', { [`mailboxIds/${archive}`]: true }, ['$flagged', 'old'], [inbox, archive]],
      [
        'moved',
        { [`mailboxIds/${archive}`]: true, [`mailboxIds/${inbox}`]: null },
        ['$flagged', 'old'],
        [archive],
      ],
      ['moved, whole', { mailboxIds: { [trash]: true } }, ['$flagged', 'old'], [trash]],
      ['a mailbox it is not in, removed', { 'mailboxIds/m9': null }, ['$flagged', 'old'], [inbox]],
      ['both', { keywords: { $seen: true }, mailboxIds: { [archive]: true } }, ['$seen'], [archive]],
    ]
    for (const [what, patch, keywords, mailboxes] of cases) {
      const id = await deliver(message({ Subject: what }), { keywords: ['$flagged', 'old'] })
      const before = await states(server)
      const result = await update(id, patch)
      t.ok(Object.hasOwn(result.updated ?? {}, id), what)
      const email = await get(id)
      t.strictSame(Object.keys(email.keywords).sort(), keywords, what)
      t.strictSame(Object.keys(email.mailboxIds).sort(), mailboxes.sort(), what)
      const after = await states(server)
      const changed = JSON.stringify([keywords, mailboxes]) !== JSON.stringify([['$flagged', 'old'], [inbox]])
      t.equal(after.Email !== before.Email, changed, `${what}: the state changes exactly when data does`)
      t.strictSame([result.oldState, result.newState], [before.Email, after.Email], what)
      const inMailboxes = await Promise.all([inbox, archive, trash].map((mailbox) => flagsIn(mailbox, id)))
      const expected = [inbox, archive, trash].map((mailbox) => (mailboxes.includes(mailbox) ? 1 : 0))
      t.strictSame(
        inMailboxes.map((each) => each.length),
        expected,
        `${what}: IMAP sees it there too`,
      )
    }
  })

  await t.test('a keyword that is spelled otherwise is told as it is', async (t) => {
    const id = await deliver(message({ Subject: 'case' }))
    t.strictSame((await update(id, { 'keywords/Foo': true })).updated, { [id]: { keywords: { foo: true } } })
    t.strictSame((await update(id, { keywords: { $Seen: true } })).updated, {
      [id]: { keywords: { $seen: true } },
    })
    t.strictSame((await update(id, { 'keywords/$Seen': null })).updated, { [id]: null })
  })

  await t.test('many emails in one call, and the whole object sent back', async (t) => {
    const ids = await Promise.all([1, 2, 3].map((n) => deliver(message({ Subject: `many ${n}` }))))
    const result = await call('Email/set', {
      update: Object.fromEntries(ids.map((id) => [id, { 'keywords/$seen': true }])),
    })
    t.strictSame(Object.keys(result.updated).sort(), [...ids].sort())
    for (const id of ids) t.strictSame(await flagsIn(inbox, id), [1])

    const whole = await get(ids[0]!, [
      ...[
        'id',
        'blobId',
        'threadId',
        'mailboxIds',
        'keywords',
        'size',
        'receivedAt',
        'subject',
        'from',
        'preview',
      ],
      ...['messageId', 'hasAttachment', 'textBody', 'bodyStructure'],
    ])
    const before = await states(server)
    const same = await update(ids[0]!, whole)
    t.match(same, { notUpdated: null, updated: { [ids[0]!]: null }, newState: before.Email })
  })

  await t.test('one bad object leaves the others standing, and says why', async (t) => {
    const id = await deliver(message({ Subject: 'bad' }))
    const cases: [what: string, patch: object, error: object][] = [
      ['$deleted', { 'keywords/$deleted': true }, { type: 'invalidProperties', properties: ['keywords'] }],
      ['$Recent', { keywords: { $Recent: true } }, { type: 'invalidProperties', properties: ['keywords'] }],
      ['no keyword', { 'keywords/a b': true }, { properties: ['keywords'] }],
      ['no boolean', { 'keywords/$seen': 0 }, { properties: ['keywords'] }],
      ['an array', { keywords: ['$seen'] }, { properties: ['keywords'] }],
      ['no such mailbox', { 'mailboxIds/m9': true }, { properties: ['mailboxIds'] }],
      ['no mailbox at all', { mailboxIds: {} }, { properties: ['mailboxIds'] }],
      ['its last mailbox removed', { [`mailboxIds/${inbox}`]: null }, { properties: ['mailboxIds'] }],
      ['mailboxIds of null', { mailboxIds: null }, { properties: ['mailboxIds'] }],
      ['an unknown creation id', { 'mailboxIds/#none': true }, { properties: ['mailboxIds'] }],
      ['what cannot change', { subject: 'x', size: 1 }, { properties: ['subject', 'size'] }],
      ['what is not there', { foo: 1 }, { properties: ['foo'] }],
      ['a header', { 'header:subject': ' bad' }, { properties: ['header:subject'] }],
      ['below a keyword', { 'keywords/$seen/x': true }, { type: 'invalidPatch' }],
      ['inside an array', { 'from/0': {} }, { type: 'invalidPatch' }],
      ['two for one', { keywords: {}, 'keywords/a': true }, { type: 'invalidPatch' }],
      ['two for one keyword', { 'keywords/A': null, 'keywords/a': true }, { type: 'invalidPatch' }],
      ['half good', { 'keywords/good': true, size: 1 }, { properties: ['size'] }],
    ]
    for (const [what, patch, error] of cases) {
      const other = await deliver(message({ Subject: 'good' }))
      const result = await call('Email/set', { update: { [id]: patch, [other]: { 'keywords/$seen': true } } })
      t.match(result.notUpdated, { [id]: error }, what)
      t.strictSame(result.updated, { [other]: null }, what)
      const before = await states(server)
      t.match(await update(id, patch), { updated: null, newState: before.Email }, what)
    }
    t.strictSame(await get(id), { id, keywords: {}, mailboxIds: { [inbox]: true } })
    const missing = await call('Email/set', {
      update: { e9: {}, '#none': {}, 'no id': {} },
      destroy: ['e9', 'm1', '#none'],
    })
    t.match(missing.notUpdated, { e9: { type: 'notFound' }, '#none': { type: 'notFound' }, 'no id': {} })
    t.match(missing.notDestroyed, { e9: { type: 'notFound' }, m1: { type: 'notFound' }, '#none': {} })
  })

  await t.test('destroy takes an email out of every mailbox', async (t) => {
    const id = await deliver(message({ Subject: 'gone' }), { into: ['inbox', 'archive'] })
    const before = await states(server)
    const result = await call('Email/set', {
      destroy: [id, id],
      update: { [id]: { 'keywords/$seen': true } },
    })
    t.match(result, { destroyed: [id], updated: null, notUpdated: { [id]: { type: 'willDestroy' } } })
    t.strictSame((await call('Email/get', { ids: [id] })).notFound, [id])
    t.strictSame([...(await flagsIn(inbox, id)), ...(await flagsIn(archive, id))], [])
    const changes = await call('Email/changes', { sinceState: before.Email })
    t.strictSame([changes.created, changes.updated, changes.destroyed], [[], [], [id]])
    t.match(await call('Email/set', { destroy: [id] }), { notDestroyed: { [id]: { type: 'notFound' } } })
  })

  await t.test("what IMAP's \\Deleted hides is not there", async (t) => {
    const id = await deliver(message({ Subject: 'hidden' }))
    const mailbox = parseId('mailbox', inbox)!
    const view = await account.view(mailbox)
    const uid = view.uids[[...view.emailIds].indexOf(parseId('email', id)!)]!
    await account.store(mailbox, [uid], { mode: 'add', keywords: [], deleted: true })
    t.strictSame((await call('Email/get', { ids: [id] })).notFound, [id])
    t.match((await update(id, { 'keywords/x': true })).notUpdated, { [id]: { type: 'notFound' } })
    t.match((await call('Email/set', { destroy: [id] })).notDestroyed, { [id]: { type: 'notFound' } })
  })

  await t.test('ifInState; a mailbox made in the same request', async (t) => {
    const id = await deliver(message({ Subject: 'state' }))
    const { Email } = await states(server)
    t.match(await fails('Email/set', { ifInState: '1', update: { [id]: {} } }), { type: 'stateMismatch' })
    const patch = { [id]: { 'keywords/$seen': true } }
    t.match(await call('Email/set', { ifInState: Email, update: patch }), { updated: { [id]: null } })
    t.match(await fails('Email/set', { ifInState: Email }), { type: 'stateMismatch' })

    const [made, moved] = await request([
      ['Mailbox/set', { create: { k: { name: 'Made' } } }],
      ['Email/set', { update: { [id]: { [`mailboxIds/${inbox}`]: null, 'mailboxIds/#k': true } } }],
    ])
    t.match(moved![1], { updated: { [id]: null } })
    t.strictSame((await get(id)).mailboxIds, { [made![1].created.k.id]: true })
  })

  await t.test('sizes', async (t) => {
    const update = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`e${index + 1}`, {}]))
    t.match(await fails('Email/set', { update, destroy: new Array(201).fill('e1') }), {
      type: 'requestTooLarge',
    })
    t.match(await call('Email/set', { update }), { updated: null })
  })
})
