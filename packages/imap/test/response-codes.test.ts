// Each code of RFC 5530 §3 where it applies; EXPIRED: session/ending.test.ts. NOPERM and INUSE don't: nothing is shared,
// and nothing is locked for longer than its command takes.
import { type Account, type Mailstore, MailstoreError, type MailstoreErrorCode } from '@tandem/mailstore'
import t from 'tap'
import { message, openStore, startServer } from './support/server.js'

t.test('the codes that a client provokes', async (t) => {
  const server = await startServer(t)
  await server.mailstore.directory.createAccount('small@example.org', 'correct horse battery', {
    quotaBytes: 1,
  })
  const client = await server.loggedIn()
  const small = await server.connect()
  await small.login('small@example.org')
  const stranger = await server.connect()
  await client.append('INBOX', message('one'))
  await client.ok('SELECT INBOX')
  const other = await server.loggedIn()
  await other.ok('SELECT INBOX')
  await other.append('INBOX', message('two'))
  await client.ok('NOOP')
  await other.ok('STORE 2 +FLAGS (\\Deleted)')
  await other.ok('EXPUNGE')
  const plain = (...fields: string[]) => Buffer.from(fields.join('\0')).toString('base64')
  const keywords = Array.from({ length: 1001 }, (_, i) => `k${i}`).join(' ')
  const cases: [who: typeof client, command: string, status: string, code: string][] = [
    [stranger, 'LOGIN alice@example.org wrong', 'NO', 'AUTHENTICATIONFAILED'],
    [stranger, 'LOGIN nobody@example.org wrong', 'NO', 'AUTHENTICATIONFAILED'],
    [
      stranger,
      `AUTHENTICATE PLAIN ${plain('small@example.org', 'alice@example.org', 'correct horse battery')}`,
      'NO',
      'AUTHORIZATIONFAILED',
    ],
    [client, 'STORE 2 +FLAGS (\\Seen)', 'NO', 'EXPUNGEISSUED'],
    [client, 'COPY 1:2 Sent', 'NO', 'EXPUNGEISSUED'],
    [client, 'CREATE ///////', 'NO', 'CANNOT'],
    [client, 'DELETE INBOX', 'NO', 'CANNOT'],
    [client, 'AUTHENTICATE PLAIN', 'BAD', ''],
    [client, 'STORE 1 +FLAGS ($seen)', 'NO', 'CANNOT'],
    [client, `STORE 1 +FLAGS (${keywords})`, 'NO', 'LIMIT'],
    [client, `LIST "" (${'a '.repeat(101).trim()})`, 'NO', 'LIMIT'],
    [client, 'STATUS nowhere (MESSAGES)', 'NO', 'NONEXISTENT'],
    [client, 'RENAME this that', 'NO', 'NONEXISTENT'],
    [client, 'DELETE this', 'NO', 'NONEXISTENT'],
    [client, 'RENAME Archive Sent', 'NO', 'ALREADYEXISTS'],
    [client, 'CREATE Sent', 'NO', 'ALREADYEXISTS'],
    [small, 'APPEND INBOX {2+}\r\nxx', 'NO', 'OVERQUOTA'],
    // Last: the session ends with it.
    [client, 'SELECT this', 'NO', 'NONEXISTENT'],
  ]
  for (const [who, command, status, code] of cases) {
    const result = await who.run(command)
    t.equal(result.status, status, command)
    t.equal(/^\[(\S+)\]/.exec(result.text)?.[1] ?? '', code, command)
    const full = result.untagged.filter((line) => line.startsWith('OK [PERMANENTFLAGS'))
    if (command.includes('k1000')) t.notOk(full[0]!.includes('\\*'), 'no keyword can be made (RFC 9051 §7.1)')
    else t.same(full, [], command)
  }
  t.same(server.errors, [])
})

t.test('PRIVACYREQUIRED, and what the session ends with', async (t) => {
  const server = await startServer(t, { allowsPlaintext: () => false, limits: { badCommands: 2 } })
  const client = await server.connect()
  t.match(await client.login(), { status: 'NO', text: /^\[PRIVACYREQUIRED\]/ })
  client.send('a FOO\r\nb FOO\r\n')
  t.match((await client.rest()).at(-1), /^\* BYE \[CLIENTBUG\]/)
})

t.test('CORRUPTION: the content of a message is missing; the log says which', async (t) => {
  const store = await openStore(t)
  let isLost = false
  const account = (id: number): Account => {
    const real = store.mailstore.account(id)
    const { blobs } = real
    return {
      ...real,
      blobs: {
        ...blobs,
        openSlices: (slices) => (isLost ? Promise.resolve(slices.map(() => null)) : blobs.openSlices(slices)),
      },
    }
  }
  const mailstore: Mailstore = { ...store.mailstore, account }
  const server = await startServer(t, {}, { ...store, mailstore })
  const client = await server.loggedIn()
  await client.append('INBOX', message('one'))
  await client.ok('SELECT INBOX')
  isLost = true
  t.match(await client.run('FETCH 1 BODY.PEEK[]'), { status: 'NO', text: /^\[CORRUPTION\]/, untagged: [] })
  t.match(server.errors, [{ fields: { uids: [1] }, message: 'imap: messages without content' }])
  server.errors.length = 0
  t.equal((await client.run('FETCH 1 ENVELOPE')).status, 'OK')
})

t.test('what may be done all the same is not answered NO: the connection ends with BYE', async (t) => {
  const store = await openStore(t)
  let failing: 'transact' | 'view' | 'read' | null = null
  const lost = (outcome: 'none' | 'unknown') => new MailstoreError('unavailable', 'away', { outcome })
  const account = (id: number): Account => {
    const real = store.mailstore.account(id)
    return {
      ...real,
      async transact(work) {
        const done = await real.transact(work)
        if (failing === 'transact') throw lost('unknown')
        return done
      },
      store: async (...args) => {
        const left = await real.store(...args)
        isStored = true
        return left
      },
      async view(mailboxId) {
        if (failing === 'view' && isStored) throw lost('none')
        return real.view(mailboxId)
      },
      async renameMailbox(...args) {
        await real.renameMailbox(...args)
        isRenamed = true
      },
      async read(work) {
        if (failing === 'read' && isRenamed) throw lost('none')
        return real.read(work)
      },
    }
  }
  let isStored = false
  let isRenamed = false
  const server = await startServer(t, {}, { ...store, mailstore: { ...store.mailstore, account } })
  const setup = await server.loggedIn()
  await setup.append('INBOX', message('one'))
  await setup.ok('CREATE old')
  const cases: [what: 'transact' | 'view' | 'read', command: string][] = [
    ['transact', 'CREATE made'],
    // Stored, and then what is to be told of it cannot be read.
    ['view', 'STORE 1 +FLAGS (\\Flagged)'],
    // RFC 9051 §6.3.6: the old name is told of one that was normalized.
    ['read', 'RENAME old inbox/new'],
  ]
  for (const [what, command] of cases) {
    const client = await server.loggedIn()
    await client.ok('ENABLE IMAP4rev2')
    await client.ok('SELECT INBOX')
    failing = what
    client.send(`x ${command}\r\n`)
    t.match(await client.rest(), [/^\* BYE \[UNAVAILABLE\] /], command)
    failing = null
  }
  t.match(
    server.errors.splice(0),
    cases.map(() => ({ message: /failed/ })),
  )
  await setup.ok('STATUS INBOX/new (MESSAGES)')
  await setup.ok('SELECT INBOX')
  t.match(await setup.ok('FETCH 1 FLAGS'), [/\\Flagged/], 'it was done')
  t.equal((await setup.run('CREATE made')).status, 'NO', 'and so was the other')
})

t.test('what the store cannot do: UNAVAILABLE, CONTACTADMIN, SERVERBUG, CORRUPTION', async (t) => {
  const cases: [error: Error, code: string, isLogged: boolean][] = [
    [new MailstoreError('unavailable', ''), 'UNAVAILABLE', true],
    [new MailstoreError('accountNotFound', ''), 'CONTACTADMIN', false],
    [new MailstoreError('blobNotFound', ''), 'CORRUPTION', true],
    [new MailstoreError('unsupportedSort' satisfies MailstoreErrorCode, ''), 'SERVERBUG', true],
    [new Error('a fault of the program'), 'SERVERBUG', true],
  ]
  const store = await openStore(t)
  let failure: Error | null = null
  const mailstore: Mailstore = {
    ...store.mailstore,
    account(id) {
      const real = store.mailstore.account(id)
      return {
        ...real,
        async read(work) {
          if (failure) throw failure
          return real.read(work)
        },
      }
    },
  }
  const server = await startServer(t, {}, { ...store, mailstore })
  const client = await server.loggedIn()
  for (const [error, code, isLogged] of cases) {
    failure = error
    t.match(await client.run('LIST "" *'), { status: 'NO', text: new RegExp(`^\\[${code}\\] `) })
    t.equal(server.errors.length > 0, isLogged, code)
    server.errors.length = 0
  }
  failure = null
  t.equal((await client.run('LIST "" *')).status, 'OK', 'the session goes on')
})
