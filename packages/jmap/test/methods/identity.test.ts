import { formatId } from '@tandem/mailstore'
import t from 'tap'
import { createServer, NAME } from '../server.js'

t.test(
  'RFC 8621 §6: each address has an identity, and a client can make, change and destroy others',
  async (t) => {
    const { call, mailstore } = await createServer(t)
    await mailstore.directory.addAlias('sales@example.com', NAME)
    const { list, state, notFound } = await call('Identity/get', { ids: null })
    const blank = {
      name: '',
      replyTo: null,
      bcc: null,
      textSignature: '',
      htmlSignature: '',
      mayDelete: false,
    }
    t.strictSame(list, [
      { id: list[0].id, ...blank, email: NAME },
      { id: list[1].id, ...blank, email: 'sales@example.com' },
    ])
    t.strictSame(notFound, [])

    const bcc = [{ name: null, email: 'ann+archive@example.com' }]
    const made = await call('Identity/set', {
      ifInState: state,
      create: {
        k: { email: 'ann+shop@example.com', name: 'Ann', bcc, replyTo: [{ email: 'x@y.org' }] },
      },
      update: { [list[0].id]: { name: 'Ann Archer', textSignature: '-- \nAnn', email: NAME } },
    })
    const { id } = made.created.k
    t.strictSame(made.created.k, {
      id,
      replyTo: [{ name: null, email: 'x@y.org' }],
      textSignature: '',
      htmlSignature: '',
      mayDelete: true,
    })
    t.strictSame(made.updated, { [list[0].id]: null })
    t.equal(made.oldState, state)
    t.strictSame(await call('Identity/get', { ids: [id, 'i9'], properties: ['name', 'bcc', 'email'] }), {
      accountId: made.accountId,
      state: made.newState,
      list: [{ id, name: 'Ann', bcc, email: 'ann+shop@example.com' }],
      notFound: ['i9'],
    })
    const changes = await call('Identity/changes', { sinceState: state })
    t.match(changes, { created: [id], updated: [list[0].id], destroyed: [], newState: made.newState })

    const gone = await call('Identity/set', {
      update: { [list[0].id]: { name: null } },
      destroy: [id, list[1].id, 'i9'],
    })
    t.strictSame(gone.destroyed, [id])
    t.match(gone.notDestroyed, { [list[1].id]: { type: 'forbidden' }, i9: { type: 'notFound' } })
    t.match(await call('Identity/changes', { sinceState: changes.newState }), {
      updated: [list[0].id],
      destroyed: [id],
    })
    t.equal((await call('Identity/get', { ids: [list[0].id] })).list[0].name, '', 'null is the default again')
  },
)

t.test('RFC 8621 §6.3, RFC 8620 §5.3: what is refused, and why', async (t) => {
  const { call, fails, mailstore } = await createServer(t)
  await mailstore.directory.createAccount('bob@example.com', 'another password')
  const { list, state } = await call('Identity/get', { ids: null })
  const own = list[0].id
  const email = NAME
  const creates: [string, object, object][] = [
    ['of somebody else', { email: 'bob@example.com' }, { type: 'forbiddenFrom' }],
    ['of nobody here', { email: 'x@elsewhere.org' }, { type: 'forbiddenFrom' }],
    ['of all of a domain', { email: '*@example.com' }, { type: 'forbiddenFrom' }],
    ['no address', { email: 'ann' }, { type: 'invalidProperties', properties: ['email'] }],
    ['without one', { name: 'x' }, { type: 'invalidProperties', properties: ['email'] }],
    [
      'server-set',
      { email, mayDelete: true, id: 'i1' },
      { type: 'invalidProperties', properties: ['mayDelete', 'id'] },
    ],
    ['unknown', { email, nope: 1 }, { type: 'invalidProperties', properties: ['nope'] }],
    [
      'wrong types',
      { email, name: null, bcc: {} },
      { type: 'invalidProperties', properties: ['name', 'bcc'] },
    ],
    ['no lists', { email, replyTo: [] }, { type: 'invalidProperties', properties: ['replyTo'] }],
    [
      'a header more',
      { email, bcc: [{ email: 'a@b\r\nX: y' }] },
      { type: 'invalidProperties', properties: ['bcc'] },
    ],
    ['a line more', { email, name: 'a\nb' }, { type: 'invalidProperties', properties: ['name'] }],
    ['NUL', { email, textSignature: 'a\0' }, { type: 'invalidProperties', properties: ['textSignature'] }],
    [
      'too long',
      { email, htmlSignature: 'x'.repeat(20_001) },
      { type: 'invalidProperties', properties: ['htmlSignature'] },
    ],
  ]
  for (const [name, object, error] of creates) {
    const { notCreated, newState } = await call('Identity/set', { create: { k: object } })
    t.match(notCreated.k, error, name)
    t.strictSame(notCreated.k.properties, (error as { properties?: string[] }).properties, name)
    t.equal(newState, state)
  }
  const updates: [string, object, object][] = [
    ['immutable', { email: 'ann+x@example.com' }, { type: 'invalidProperties', properties: ['email'] }],
    ['server-set', { mayDelete: true }, { type: 'invalidProperties', properties: ['mayDelete'] }],
    ['in an array', { 'bcc/0': {} }, { type: 'invalidPatch' }],
    ['unknown', { nope: null }, { type: 'invalidProperties', properties: ['nope'] }],
  ]
  for (const [name, patch, error] of updates) {
    t.match((await call('Identity/set', { update: { [own]: patch } })).notUpdated[own], error, name)
  }
  t.match((await call('Identity/set', { update: { i9: {} } })).notUpdated.i9, { type: 'notFound' })
  const both = await call('Identity/set', { update: { [own]: { name: 'x' } }, destroy: [own] })
  t.match(both, {
    notUpdated: { [own]: { type: 'willDestroy' } },
    notDestroyed: { [own]: { type: 'forbidden' } },
  })
  t.match(await fails('Identity/set', { ifInState: '0', create: {} }), { type: 'stateMismatch' })
  t.match(await fails('Identity/changes', { sinceState: 'x' }), { type: 'cannotCalculateChanges' })
})

t.test('an account has so many identities and no more', async (t) => {
  const { call } = await createServer(t)
  const create = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, { email: NAME }]))
  const { created, notCreated } = await call('Identity/set', { create })
  t.equal(Object.keys(created).length, 100)
  t.match(Object.values(notCreated), [{ type: 'overQuota' }])
})

t.test('RFC 8620 §3.7: what was made is named by its creation id', async (t) => {
  const { request } = await createServer(t)
  const [, [, { updated, notUpdated }], [, { destroyed }]] = (await request([
    ['Identity/set', { create: { k: { email: NAME } } }],
    ['Identity/set', { update: { '#k': { id: '#k', name: 'New' }, '#gone': {} } }],
    ['Identity/set', { destroy: ['#k'] }],
  ])) as [unknown, [string, Record<string, object>], [string, Record<string, string[]>]]
  t.equal(Object.keys(updated!).length, 1)
  t.match(notUpdated, { '#gone': { type: 'notFound' } })
  t.equal(destroyed!.length, 1)
})

t.test(
  "RFC 8621 §1.4: identities and sending are the owner's, whoever else may open the account",
  async (t) => {
    const server = await createServer(t)
    const { runCalls } = await import('../../src/api/dispatch.js')
    const other = await server.mailstore.directory.createAccount('bob@example.com', 'another password')
    const { DEFAULT_LIMITS, createBudget } = await import('../../src/api/limits.js')
    const { METHODS, SUBMISSION, VACATION } = await import('../../src/methods/table.js')
    const own = [...METHODS.values()].filter(({ capability }) => [SUBMISSION, VACATION].includes(capability))
    const accountId = formatId('account', other.accountId)
    for (const { name } of own) {
      const args = {
        accountId,
        ...(name.endsWith('hanges') ? { sinceState: '1', sinceQueryState: '1' } : {}),
      }
      if (name.endsWith('/changes')) delete (args as { sinceQueryState?: string }).sinceQueryState
      else delete (args as { sinceState?: string }).sinceState
      const [answer] = await runCalls(
        { using: new Set([SUBMISSION, VACATION]), methodCalls: [[name, args, 'c']], createdIds: null },
        {
          mailstore: server.mailstore,
          principal: server.principal,
          log: { debug() {}, info() {}, warn() {}, error() {} },
          limits: { ...DEFAULT_LIMITS, maxSizeUpload: 1000 },
          createdIds: new Map(),
          octets: createBudget(1000),
          mayReach: () => true,
          countedAt: new Map(),
          implicitCalls: [],
          openAccount: () => server.mailstore.account(other.accountId),
        },
      )
      t.match(answer, ['error', { type: 'accountNotSupportedByMethod' }], name)
    }
    t.equal(own.length, 10)
  },
)
