import t from 'tap'
import { notOwn } from '../../src/identity/judge.js'
import { violations } from '../support/invariants.js'
import { openTestStore } from '../support/store.js'

t.test('each address of a principal has an identity that stays', async (t) => {
  const { mailstore, account } = await openTestStore(t)
  const before = await account.read(async (r) => r.marks.identity)
  await mailstore.directory.addAlias('sales@example.org', 'alice@example.org')
  const { list, mark } = await account.read(async (r) => ({
    list: await r.identity.list(),
    mark: r.marks.identity,
  }))
  t.match(list, [
    { email: 'alice@example.org', mayDelete: false, name: '', replyTo: null, bcc: null },
    { email: 'sales@example.org', mayDelete: false },
  ])
  t.ok(mark > before, 'and an alias moves the state')
  for (const { id } of list) {
    await t.rejects(
      account.transact((tx) => tx.identity.destroy(id)),
      { code: 'identityProtected' },
    )
  }
})

t.test('the identities of an alias go with it, and clients are told', async (t) => {
  const { mailstore, account, principal, url } = await openTestStore(t)
  const { directory } = mailstore
  await directory.addAlias('sales@example.org', principal.name)
  await directory.addAlias('sales+own@example.org', principal.name)
  const make = (email: string) =>
    account.transact(async (tx) => (await tx.identity.create({ email, principalId: principal.id })).id)
  const [second, tagged, kept] = [
    await make('Sales@example.org'),
    await make('sales+x@example.org'),
    await make('sales+own@example.org'),
  ]
  const before = await account.read(async (r) => ({ mark: r.marks.identity, list: await r.identity.list() }))
  const own = before.list.find(({ email }) => email === 'sales@example.org')!
  await directory.removeAlias('sales@example.org')
  const since = { position: before.mark, floor: before.mark }
  const { destroyed, list } = await account.read(async (r) => ({
    destroyed: (await r.changes.identity(since, 10)).destroyed,
    list: await r.identity.list(),
  }))
  t.strictSame(new Set(destroyed), new Set([own.id, second, tagged]))
  t.match(
    list.map(({ email }) => email),
    ['alice@example.org', 'sales+own@example.org', 'sales+own@example.org'],
  )
  t.ok(list.some(({ id }) => id === kept))
  t.strictSame(await violations(url), [])
  await directory.addAlias('sales@example.org', principal.name)
  t.strictSame(await violations(url), [])
})

t.test('one may send as the addresses that mail reaches one by, and as nobody else', async (t) => {
  const { mailstore, account, principal } = await openTestStore(t)
  await mailstore.directory.addAlias('sales@example.org', principal.name)
  await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  await mailstore.directory.createAccount('alice+bob@example.org', 'correct horse')
  const cases: [string, boolean][] = [
    ['alice@example.org', true],
    ['Alice@EXAMPLE.org', true],
    ['sales@example.org', true],
    ['alice+shop@example.org', true],
    ['alice+bob@example.org', false],
    ['bob@example.org', false],
    ['nobody@example.org', false],
    ['*@example.org', false],
    ['no address', false],
    ['', false],
  ]
  const others = await account.read((r) =>
    r.identity.notOwn(
      principal.id,
      cases.map(([address]) => address),
    ),
  )
  t.same(
    others,
    cases.filter(([, own]) => !own).map(([address]) => address),
  )
  for (const [email, own] of cases) {
    const made = account.transact((tx) => tx.identity.create({ email, principalId: principal.id }))
    if (own) t.match(await made, { email, mayDelete: true })
    else await t.rejects(made, { code: email.includes('@') ? 'forbiddenFrom' : 'invalidAddress' }, email)
  }
})

t.test('a catch-all makes no identity; its owner makes those of addresses that nobody has', async (t) => {
  const { mailstore, account, principal, url } = await openTestStore(t)
  const { directory } = mailstore
  await directory.createAccount('bob@example.org', 'correct horse')
  await directory.addAlias('sales@example.org', principal.name)
  await directory.addAlias('@example.org', principal.name)
  const emails = async () => (await account.read((r) => r.identity.list())).map(({ email }) => email)
  t.strictSame(await emails(), ['alice@example.org', 'sales@example.org'])
  const odd = ['odd@example.org', 'bob+x@example.org', 'postmaster@example.org']
  t.strictSame(await account.read((r) => r.identity.notOwn(principal.id, odd)), odd, 'none is personal')
  t.strictSame(await notOwn(directory, account, odd), odd.slice(1), 'but it may send as what nobody has')
  const create = (email: string) =>
    account.transact((tx) => tx.identity.create({ email, principalId: principal.id }))
  await create('odd@example.org')
  for (const email of odd.slice(1)) await t.rejects(create(email), { code: 'forbiddenFrom' }, email)
  await directory.removeAlias('sales@example.org')
  t.strictSame(await emails(), ['alice@example.org', 'odd@example.org'])
  t.strictSame(await violations(url), [])
  await directory.removeAlias('@example.org')
  t.strictSame(await emails(), ['alice@example.org'], 'what was made by it goes with it')
})

t.test('what is set is read again, and what changes nothing moves no state', async (t) => {
  const { account, principal } = await openTestStore(t)
  const state = () => account.read(async (r) => r.marks.identity)
  const update = (id: number, patch: object) => account.transact((tx) => tx.identity.update(id, patch))
  const all = {
    name: 'Alice',
    replyTo: [{ name: null, email: 'a@example.org' }],
    bcc: [{ email: 'b@example.org', name: 'B' }],
    textSignature: '-- \nA',
    htmlSignature: '<b>A</b>',
  }
  const { id } = await account.transact((tx) =>
    tx.identity.create({ ...all, email: principal.name, principalId: principal.id }),
  )
  const read = () => account.read(async (r) => (await r.identity.get([id]))[0])
  t.match(await read(), { ...all, id, email: principal.name })
  const made = await state()
  await update(id, all)
  await update(id, { email: 'bob@example.net', mayDelete: false })
  t.equal(await state(), made)
  t.match(await read(), { email: principal.name, mayDelete: true }, 'what may not be set is not')
  await update(id, { bcc: null })
  t.match(await read(), { ...all, bcc: null })
  t.ok((await state()) > made)
  await t.rejects(update(id, { name: 'a\0b' }), { code: 'invalidText' })
  await t.rejects(update(id, { replyTo: [{ name: '\0', email: 'x' }] }), { code: 'invalidText' })
  await t.rejects(update(id + 1_000_000, { name: 'x' }), { code: 'identityNotFound' })
  await account.transact((tx) => tx.identity.destroy(id))
  t.equal(await read(), undefined)
  await t.rejects(
    account.transact((tx) => tx.identity.destroy(id)),
    { code: 'identityNotFound' },
  )
})
