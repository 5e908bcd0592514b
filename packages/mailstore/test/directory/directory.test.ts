import t from 'tap'
import { connect, type TransactionSql } from '../../src/db/connect.js'
import { createDirectory, type DirectoryDeps } from '../../src/directory/directory.js'
import { openMailstore } from '../../src/mailstore.js'
import { createTestDatabase } from '../../src/testing.js'

const { url } = await createTestDatabase(t)
const sql = connect(url)
t.teardown(() => sql.end())

let lastId = 0
/** Where INBOX and the others are made; a mailbox is enough to see that it is one transaction. */
const firstMailboxes = async (tx: TransactionSql, accountId: number) => {
  await tx`
    insert into mailbox (account_id, mailbox_id, name, role, uid_validity, modseq, created_modseq)
    values (${accountId}, ${accountId + 1}, 'INBOX', 'inbox', 1, 1, 1)`
}

function directory(changes: Partial<DirectoryDeps> = {}) {
  const nextId = async () => {
    lastId += 10
    return lastId
  }
  return createDirectory({
    sql,
    nextId,
    createFirstMailboxes: firstMailboxes,
    addIdentity: async () => {},
    removeIdentities: async () => {},
    ...changes,
  })
}

async function countRows(table: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*) from ${sql(table)}`
  return row!.count
}

t.test('an account can log in by name and alias, in any spelling, with its own password only', async (t) => {
  const d = directory()
  const made = await d.createAccount('Anna@Login.test', 'horse battery', { quotaBytes: 1000 })
  t.match(made, { name: 'anna@login.test', addresses: ['anna@login.test'] })
  await d.addAlias('Info@Login.test', 'anna@login.test')
  const principal = { ...made, addresses: ['anna@login.test', 'info@login.test'] }
  t.match(await d.authenticate('ANNA@login.test', 'horse battery'), { ...principal, credentialId: Number })
  t.match(await d.authenticate('info@login.test', 'horse battery'), { ...principal, credentialId: Number })
  for (const [name, password] of [
    ['anna@login.test', 'Secret'],
    ['anna@login.test', ''],
    ['nobody@login.test', 'horse battery'],
    ['anna+tag@login.test', 'horse battery'],
    ['no address', 'horse battery'],
    ['nul\0@login.test', 'horse battery'],
  ] as const) {
    t.equal(await d.authenticate(name, password), null, `${name} ${password}`)
  }
  const [mailbox] = await sql`select name from mailbox where account_id = ${made.accountId}`
  t.equal(mailbox!.name, 'INBOX')
})

t.test('a name that does not exist costs a hash like one that does', async (t) => {
  const d = directory()
  await d.createAccount('timed@time.test', 'horse battery')
  // Alternating, and the fastest of each, so that a busy machine does not decide.
  const times = { right: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY }
  for (let round = 0; round < 4; round++) {
    for (const [key, name] of [
      ['right', 'timed@time.test'],
      ['unknown', 'nobody@time.test'],
    ] as const) {
      const start = performance.now()
      await d.authenticate(name, 'wrong')
      times[key] = Math.min(times[key], performance.now() - start)
    }
  }
  t.ok(times.unknown > times.right / 2, `${times.unknown} ms to ${times.right} ms`)
})

t.test('what cannot be an account leaves nothing behind', async (t) => {
  const d = directory()
  await d.createAccount('taken@refused.test', 'horse battery')
  await d.addAlias('alias@refused.test', 'taken@refused.test')
  const before = await countRows('account')
  await t.rejects(d.createAccount('TAKEN@refused.test', 'horse battery'), { code: 'loginTaken' })
  await t.rejects(d.createAccount('alias@refused.test', 'horse battery'), { code: 'loginTaken' })
  await t.rejects(d.createAccount('no address', 'horse battery'), { code: 'invalidAddress' })
  await t.rejects(d.createAccount('new@refused.test', ''), { code: 'invalidPassword' })
  const failing = directory({ createFirstMailboxes: () => Promise.reject(new Error('disk full')) })
  await t.rejects(failing.createAccount('new@refused.test', 'horse battery'), /disk full/)
  t.equal(await countRows('account'), before)
  t.equal(await d.resolve('new@refused.test'), null)
})

t.test('of two accounts made under one name at once, one is made', async (t) => {
  const d = directory()
  const made = await Promise.allSettled([1, 2].map(() => d.createAccount('race@race.test', 'horse battery')))
  t.strictSame(made.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  t.match(
    made.find(({ status }) => status === 'rejected'),
    { reason: { code: 'loginTaken' } },
  )
})

t.test('aliases: taken, unknown, malformed', async (t) => {
  const d = directory()
  await d.createAccount('one@alias.test', 'horse battery')
  await d.createAccount('two@alias.test', 'horse battery')
  await d.addAlias('first@alias.test', 'one@alias.test')
  await d.addAlias('second@alias.test', 'first@alias.test')
  await t.rejects(d.addAlias('first@alias.test', 'two@alias.test'), { code: 'loginTaken' })
  await t.rejects(d.addAlias('two@alias.test', 'one@alias.test'), { code: 'loginTaken' })
  await t.rejects(d.addAlias('x@alias.test', 'nobody@alias.test'), { code: 'loginNotFound' })
  await t.rejects(d.addAlias('x', 'one@alias.test'), { code: 'invalidAddress' })
  t.match(await d.resolve('second@alias.test'), { name: 'one@alias.test' })
})

t.test('an alias that is removed is nobody\u2019s, and the name of an account is not removed', async (t) => {
  const d = directory()
  await d.createAccount('one@gone.test', 'horse battery')
  await d.createAccount('two@gone.test', 'horse battery')
  await d.addAlias('first@gone.test', 'one@gone.test')
  await d.removeAlias('First@Gone.test')
  t.equal(await d.resolve('first@gone.test'), null)
  t.equal(await d.authenticate('first@gone.test', 'horse battery'), null)
  t.equal(await d.credentialVersion('first@gone.test'), null, 'nor may a cached login be used')
  t.ok(await d.authenticate('one@gone.test', 'horse battery'))
  for (const name of ['first@gone.test', 'one@gone.test', 'x']) {
    await t.rejects(d.removeAlias(name), { code: 'loginNotFound' }, name)
  }
  await d.addAlias('first@gone.test', 'two@gone.test')
  t.match(await d.resolve('first@gone.test'), { name: 'two@gone.test' })
})

t.test('an address resolves exactly, then without its tag', async (t) => {
  const d = directory()
  const anna = await d.createAccount('anna@tag.test', 'horse battery')
  const list = await d.createAccount('anna+list@tag.test', 'horse battery')
  const cases: [string, number | undefined][] = [
    ['anna@tag.test', anna.id],
    ['ANNA+shop@TAG.test', anna.id],
    ['anna+a+b@tag.test', anna.id],
    ['"anna"@tag.test', anna.id],
    ['anna+list@tag.test', list.id],
    ['anna+list+x@tag.test', anna.id],
    ['+anna@tag.test', undefined],
    ['nobody+anna@tag.test', undefined],
    ['anna@elsewhere.test', undefined],
    ['anna', undefined],
    ['', undefined],
  ]
  for (const [address, id] of cases) t.equal((await d.resolve(address))?.id, id, address)
  const destinations = await d.destinations(cases.map(([address]) => address))
  for (const [address] of cases) {
    const isOurs = address.toLowerCase().endsWith('@tag.test')
    const expected = (await d.resolve(address)) ?? (isOurs ? 'unknown' : 'elsewhere')
    t.strictSame(destinations.get(address), expected, `${address}, among others`)
  }
  t.strictSame(await d.destinations([]), new Map())
})

t.test('a catch-all has what no login has, and is no login itself', async (t) => {
  const d = directory()
  const anna = await d.createAccount('anna@all.test', 'horse battery')
  const ben = await d.createAccount('ben@b\u00fccher.all', 'horse battery')
  await d.addAlias('@ALL.test', 'ben@b\u00fccher.all')
  await d.addAlias('@xn--bcher-kva.all', 'anna@all.test')
  const cases: [string, number | null][] = [
    ['anna@all.test', anna.id],
    ['anna+shop@all.test', anna.id],
    ['odd@All.test', ben.id],
    ['odd+tag@all.test', ben.id],
    ['odd@b\u00fccher.all', anna.id],
    ['odd@sub.all.test', null],
    ['Postmaster@all.test', null],
    ['postmaster+x@all.test', null],
    ['@all.test', null],
    ['', null],
  ]
  const destinations = await d.destinations(cases.map(([address]) => address))
  for (const [address, id] of cases) {
    t.equal((await d.resolve(address))?.id ?? null, id, address)
    const destination = destinations.get(address)
    t.equal(typeof destination === 'object' ? destination.id : null, id, `${address}, among others`)
  }
  t.equal(destinations.get('postmaster@all.test') ?? 'unknown', 'unknown')
  t.equal((await d.find('@all.test'))?.id, ben.id)
  t.equal(await d.find('odd@all.test'), null)
  t.strictSame((await d.resolve('odd@all.test'))?.addresses, [ben.name])
  t.match(
    (await d.list()).filter(({ name }) => name === ben.name),
    [{ aliases: ['@all.test'] }],
  )

  t.equal(await d.authenticate('@all.test', 'horse battery'), null)
  t.equal(await d.authenticate('odd@all.test', 'horse battery'), null)
  t.equal(await d.credentialVersion('@all.test'), null)
  await t.rejects(d.setPassword('@all.test', 'horse battery'), { code: 'loginNotFound' })
  await t.rejects(d.endSessions('@all.test'), { code: 'loginNotFound' })
  await t.rejects(d.addAlias('@all.test', anna.name), { code: 'loginTaken' })
  for (const name of ['*@all.test', '@', '@@all.test', '@no domain'])
    await t.rejects(d.addAlias(name, anna.name), { code: 'invalidAddress' }, name)

  await d.addAlias('odd@all.test', anna.name)
  t.equal((await d.resolve('odd@all.test'))?.id, anna.id, 'from then on it is of somebody else')
  await d.removeAlias('@All.test')
  t.equal(await d.resolve('any@all.test'), null)
  await t.rejects(d.removeAlias('@all.test'), { code: 'loginNotFound' })
  await d.addAlias('@only.test', anna.name)
  t.equal(await d.isLocalDomain('only.test'), true)
})

t.test('a domain is local while a login has it', async (t) => {
  const d = directory()
  await d.createAccount('anna@B\u00fccher.test', 'horse battery')
  t.equal(await d.isLocalDomain('b\u00fccher.TEST'), true)
  t.equal(await d.isLocalDomain('xn--bcher-kva.test'), true)
  t.equal(await d.isLocalDomain('test'), false)
  t.equal(await d.isLocalDomain(''), false)
  await d.deleteAccount('anna@b\u00fccher.test')
  t.equal(await d.isLocalDomain('b\u00fccher.test'), false)
})

t.test('a new password replaces the old, and the version of the credential tells', async (t) => {
  const d = directory()
  const { accountId } = await d.createAccount('anna@passwd.test', 'old battery')
  await d.addAlias('alias@passwd.test', 'anna@passwd.test')
  const version = await d.credentialVersion('anna@passwd.test')
  t.type(version, 'string')
  t.equal(await d.credentialVersion('Alias@passwd.test'), version)
  await d.setPassword('alias@passwd.test', 'new battery')
  t.equal(await d.authenticate('anna@passwd.test', 'old battery'), null)
  t.match(await d.authenticate('anna@passwd.test', 'new battery'), { name: 'anna@passwd.test' })
  t.not(await d.credentialVersion('anna@passwd.test'), version)
  await t.rejects(d.setPassword('nobody@passwd.test', 'new battery'), { code: 'loginNotFound' })
  await t.rejects(d.setPassword('anna@passwd.test', ''), { code: 'invalidPassword' })

  await Promise.all(
    ['battery one', 'battery two', 'battery six'].map((password) =>
      d.setPassword('anna@passwd.test', password),
    ),
  )
  const rows = await sql`select 1 from credential where account_id = ${accountId}`
  t.equal(rows.length, 1, 'one credential is left of three at once')

  await d.deleteAccount('anna@passwd.test')
  t.equal(await d.credentialVersion('anna@passwd.test'), null)
  t.equal(await d.credentialVersion('no address'), null)
})

t.test('accounts are listed by name with aliases, quota and use', async (t) => {
  const d = directory()
  const before = new Date(Date.now() - 60_000)
  const { accountId } = await d.createAccount('zoe@list.test', 'horse battery', { quotaBytes: 5000 })
  await d.addAlias('b@list.test', 'zoe@list.test')
  await d.addAlias('a@list.test', 'zoe@list.test')
  await d.createAccount('adam@list.test', 'horse battery')
  const listed = (await d.list()).filter(({ name }) => name.endsWith('@list.test'))
  t.strictSame(
    listed.map(({ name, aliases, quotaBytes, usedBytes }) => ({ name, aliases, quotaBytes, usedBytes })),
    [
      { name: 'adam@list.test', aliases: [], quotaBytes: null, usedBytes: 0 },
      { name: 'zoe@list.test', aliases: ['a@list.test', 'b@list.test'], quotaBytes: 5000, usedBytes: 0 },
    ],
  )
  t.equal(listed[1]!.accountId, accountId)
  t.ok(listed[1]!.createdAt > before)
})

t.test('an account goes with all it holds, and only it', async (t) => {
  const store = await openMailstore({ url })
  t.teardown(() => store.close())
  const d = store.directory
  const gone = await d.createAccount('gone@delete.test', 'horse battery')
  const { accountId, id: principalId } = gone
  await store.tickets.issue(gone, (await d.credentialVersion(gone.name))!, 60)
  const stays = await d.createAccount('stays@delete.test', 'horse battery')
  await d.addAlias('alias@delete.test', 'gone@delete.test')
  await t.rejects(d.deleteAccount('alias@delete.test'), { code: 'loginNotFound' })
  await t.rejects(d.deleteAccount('nobody@delete.test'), { code: 'loginNotFound' })

  const account = store.account(accountId)
  const message = await account.ingest(Buffer.from('Subject: x\r\nMessage-ID: <1@x>\r\n\r\n'), {
    nul: 'refuse',
  })
  await account.uploads.add(principalId, message.digest, 'text/plain')
  await account.transact(async (tx) => {
    const inbox = await tx.mailbox.byRole('inbox')
    const { id } = await tx.mailbox.create({ name: 'Child', parentId: inbox!.id })
    await tx.mailbox.setSubscribed(principalId, 'INBOX/Child', true)
    const delivery = { submissionId: 1, address: 'x' }
    const received = { digest: message.digest, address: 'x' }
    const keywords = ['$Custom']
    await tx.email.create([
      { message, mailboxIds: [inbox!.id, id], keywords, delivery },
      { message, mailboxIds: [inbox!.id], received },
    ])
    await tx.membership.expunge(inbox!.id, [2], { onlyDeleted: false })
    const recipients = [{ address: 'x@example.org' }]
    await tx.submission.create({ principalId, digest: message.digest, mailFrom: '', recipients })
    const identity = await tx.identity.create({ principalId, email: 'gone@delete.test' })
    await tx.identity.destroy(identity.id)
    await tx.rights.set(inbox!.id, stays, 'lr')
    await tx.vacation.update({ isEnabled: true })
    await tx.vacation.claimReply('bob@example.net', new Date())
  })
  await account.transact((tx) => tx.mailbox.createPath('Other'))
  await account.transact(async (tx) => {
    await tx.mailbox.destroy((await tx.mailbox.byPath('Other'))!.id, { removeEmails: true })
  })
  await sql`insert into search_pending (account_id, digest) values (${accountId}, ${message.digest})`
  await sql`insert into thread_key_pending (account_id) values (${accountId})`

  const credentialId = Number(await d.credentialVersion(gone.name))
  const phone = { deviceClientId: 'phone', url: 'https://a.example/', keys: null, expires: null, types: null }
  await store.push.transact({ accountId, principalId, credentialId }, (tx) => tx.create(phone))

  store.clients.saw({ accountId, principalId, protocol: 'imap', client: 'Mail 1.0' })
  await store.clients.flush()

  // A partition is told by its parent.
  const tables = await sql<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where a.attname = 'account_id' and c.relkind in ('r', 'p') and not c.relispartition
      and c.relnamespace = 'public'::regnamespace`
  const left = async () => {
    const names: string[] = []
    for (const { name } of tables) {
      const [row] = await sql`select from ${sql(name)} where account_id = ${accountId} limit 1`
      if (row) names.push(name)
    }
    return names
  }
  t.strictSame((await left()).sort(), tables.map(({ name }) => name).sort(), 'something in every table')
  await d.deleteAccount('gone@delete.test')
  t.strictSame(await left(), [])
  t.equal((await d.resolve('stays@delete.test'))?.id, stays.id)
  await d.createAccount('gone@delete.test', 'horse battery')
})
