import { once } from 'node:events'
import type { Mailstore } from '@tandem/mailstore'
import t from 'tap'
import { type CommandReport, createImapListener } from '../src/index.js'
import { connect, PASSWORD } from './support/client.js'
import { message, openStore, startServer, testCertificate } from './support/server.js'

// Listeners of different settings on one store.
const store = await openStore(t)

const AFTER_LOGIN =
  'IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT UTF8=ACCEPT MOVE CHILDREN LIST-EXTENDED LIST-STATUS STATUS=SIZE SPECIAL-USE CREATE-SPECIAL-USE BINARY MULTIAPPEND CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN SAVEDATE PREVIEW COMPRESS=DEFLATE OBJECTID APPENDLIMIT=1048576'

t.test('STARTTLS and who may log in without it (RFC 3501 §6.2.1, §11)', async (t) => {
  const context = await testCertificate()
  const server = await startServer(
    t,
    {
      tls: { getSecureContext: () => context },
      allowsPlaintext: () => false,
    },
    store,
  )
  const before = 'IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE STARTTLS LOGINDISABLED'
  const underTls =
    'IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS'

  await t.test('without TLS no password is taken, right or wrong', async (t) => {
    const client = await server.connect()
    t.equal(client.greeting, `OK [CAPABILITY ${before}] Tandem ready`)
    t.same(await client.ok('CAPABILITY'), [`CAPABILITY ${before}`])
    t.match(await client.login(), { status: 'NO', text: /^\[PRIVACYREQUIRED\]/ })
    const plain = Buffer.from(`\0alice@example.org\0${PASSWORD}`).toString('base64')
    t.match(await client.run(`AUTHENTICATE PLAIN ${plain}`), { status: 'NO', text: /^\[PRIVACYREQUIRED\]/ })
    t.equal((await client.run('SELECT INBOX')).status, 'BAD')
  })

  await t.test('after STARTTLS it is, and the capabilities are others', async (t) => {
    const client = await server.connect()
    t.match(await client.run('STARTTLS'), { status: 'OK' })
    await client.startTls()
    t.same(await client.ok('CAPABILITY'), [`CAPABILITY ${underTls}`])
    t.match(await client.run('STARTTLS'), { status: 'BAD' })
    t.equal((await client.login()).text, `[CAPABILITY ${AFTER_LOGIN}] LOGIN completed`)
    t.same(await client.ok('CAPABILITY'), [`CAPABILITY ${AFTER_LOGIN}`])
    t.match(await client.run('STARTTLS'), { status: 'BAD' })
    await client.append('INBOX', message('secret'))
    await client.ok('SELECT INBOX')
    t.match(await client.ok('FETCH 1 BODY.PEEK[TEXT]'), [/About secret/])
  })

  await t.test('a command injected before the handshake is not carried out after it', async (t) => {
    const client = await server.connect()
    client.send('a STARTTLS\r\nb NOOP\r\n')
    t.match(await client.response(), /^a OK /)
    await client.startTls()
    t.match(await client.run('NOOP'), { status: 'OK', untagged: [] })
  })

  await t.test('octets that are no TLS end the connection and no other', async (t) => {
    const client = await server.connect()
    await client.run('STARTTLS')
    client.send('c NOOP\r\nthis is no handshake\r\n')
    await client.rest()
    t.match((await server.connect()).greeting, /^OK/)
  })
  t.same(server.errors, [])
})

t.test('TLS from the first octet (RFC 8314 §3.2)', async (t) => {
  const context = await testCertificate()
  const server = await startServer(
    t,
    {
      implicitTls: true,
      tls: { getSecureContext: () => context },
      allowsPlaintext: () => false,
    },
    store,
  )
  const client = await server.connect({ tls: true })
  t.equal(
    client.greeting,
    'OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS] Tandem ready',
  )
  t.match(await client.login(), { status: 'OK' })
  t.throws(() =>
    createImapListener({
      mailstore: server.mailstore,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      host: '127.0.0.1',
      port: 0,
      implicitTls: true,
      appendLimit: 1,
    }),
  )
})

t.test('without a certificate there is no STARTTLS', async (t) => {
  const server = await startServer(t, {}, store)
  const client = await server.connect()
  t.equal(
    client.greeting,
    'OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256] Tandem ready',
  )
  t.match(await client.run('STARTTLS'), { status: 'NO' })
})

t.test('bounds', async (t) => {
  const server = await startServer(
    t,
    {
      limits: {
        badCommands: 3,
        loginFailures: 2,
        lineBeforeLogin: 200,
        skip: 500,
      },
    },
    store,
  )

  await t.test('bad commands in a row', async (t) => {
    const client = await server.connect()
    client.send('a FOO\r\nb FOO\r\nc NOOP\r\nd FOO\r\ne FOO\r\nf FOO\r\ng NOOP\r\n')
    const responses = await client.rest()
    t.same(
      responses.slice(0, 6).map((text) => text.slice(0, 4)),
      ['a BA', 'b BA', 'c OK', 'd BA', 'e BA', 'f BA'],
    )
    t.match(responses[6], /^\* BYE \[CLIENTBUG\] /)
    t.equal(responses.length, 7)
  })

  await t.test('failed logins', async (t) => {
    const client = await server.connect()
    t.match(await client.login('alice@example.org', 'wrong'), {
      status: 'NO',
      text: /^\[AUTHENTICATIONFAILED\]/,
    })
    client.send('x LOGIN nobody@example.org wrong\r\n')
    t.match(await client.rest(), [/^\* BYE \[AUTHENTICATIONFAILED\]/])
  })

  await t.test('time to log in, whatever is sent', async (t) => {
    const client = await (await startServer(t, { limits: { loginTimeout: 200 } }, store)).connect()
    client.send('a NOO')
    t.match(await client.rest(), [/^\* BYE /])
  })

  await t.test('a line before login', async (t) => {
    const client = await server.connect()
    client.send(`a LOGIN ${'x'.repeat(300)} y\r\nb NOOP\r\n`)
    t.match(await client.response(), /^a BAD /)
    t.match(await client.response(), /^b OK /)
    client.send('y'.repeat(2000))
    t.match(await client.rest(), [/^\* BYE /])
  })

  await t.test('literals before login', async (t) => {
    const client = await server.connect()
    t.match(await client.run('LOGIN ', Buffer.alloc(2000, 'x'), ' y'), {
      status: 'NO',
      text: /^\[LIMIT\]/,
      continuations: [],
    })
    t.match(await client.run('APPEND INBOX ', Buffer.alloc(5, 'x')), { status: 'BAD', continuations: [] })
    t.match(await client.run('BLURDYBLOOP ', Buffer.alloc(5, 'x')), { status: 'BAD', continuations: [] })
    client.send('z LOGIN {100000+}\r\n')
    t.match(await client.rest(), [/^\* BYE \[LIMIT\]/])
  })
  t.same(server.errors, [])
})

t.test('a client that is idle for too long is told so (RFC 3501 §5.4)', async (t) => {
  const server = await startServer(t, { idleTimeout: 100 }, store)
  const client = await server.loggedIn()
  t.match(await client.rest(), [/^\* BYE Autologout/])
  const idling = await server.loggedIn()
  idling.send('a IDLE\r\n')
  t.match(await idling.rest(), [/^\+ /, /^\* BYE Autologout/])
})

t.test('close() says BYE to all and lets go of the port', async (t) => {
  const server = await startServer(t, {}, store)
  const [waiting, idling, fresh] = [await server.loggedIn(), await server.loggedIn(), await server.connect()]
  idling.send('a IDLE\r\n')
  t.match(await idling.response(), /^\+ /)
  const closed = server.listener.close()
  for (const client of [waiting, idling, fresh]) {
    t.match(await client.response(), /^\* BYE \[UNAVAILABLE\]/)
    client.close()
  }
  await closed
  const refused = await connect(t, server.port)
  t.equal(refused.greeting, '')
})

t.test('a client that vanishes harms nobody', async (t) => {
  const server = await startServer(t, {}, store)
  const steady = await server.loggedIn()
  for (const octets of [
    '',
    'a NOOP',
    'a LOGIN {5}\r\nal',
    `a LOGIN alice@example.org "${PASSWORD}"\r\nb IDLE\r\n`,
  ]) {
    const client = await server.connect()
    client.send(octets)
    client.socket.resetAndDestroy()
    await once(client.socket, 'close')
  }
  t.match(await steady.run('NOOP'), { status: 'OK' })
  t.same(server.errors, [])
})

t.test('metrics hear of each command, and of no argument', async (t) => {
  const seen: string[] = []
  const server = await startServer(
    t,
    { onCommand: ({ name, status }) => seen.push(`${name} ${status}`) },
    store,
  )
  const client = await server.loggedIn()
  await client.ok('SELECT INBOX')
  await client.run('UID FETCH 1:* FLAGS')
  await client.run('FETCH 9 FLAGS')
  await client.run('SELECT nowhere')
  await client.run('FOO')
  client.send('\r\n')
  await client.response()
  await client.run('NOOP')
  t.same(seen.slice(0, 7), [
    'LOGIN OK',
    'SELECT OK',
    'UID FETCH OK',
    'FETCH BAD',
    'SELECT NO',
    '(unknown) BAD',
    '(unknown) BAD',
  ])
})

t.test('an error of the server is answered, logged without arguments, and ends nothing', async (t) => {
  const { mailstore } = store
  const failing = { read: false, view: false }
  const broken: Mailstore = {
    ...mailstore,
    account: (id) => {
      const account = mailstore.account(id)
      return {
        ...account,
        read: (work) => (failing.read ? Promise.reject(new Error('on purpose')) : account.read(work)),
        view: (mailbox) => (failing.view ? Promise.reject(new Error('on purpose')) : account.view(mailbox)),
      }
    },
  }
  const server = await startServer(t, { mailstore: broken }, store)
  const client = await server.loggedIn()
  await client.ok('CREATE Fault')
  await client.ok('SELECT Fault')

  failing.read = true
  t.match(await client.run('STATUS INBOX (MESSAGES)'), { status: 'NO', text: /^\[SERVERBUG\]/ })
  failing.read = false
  t.match(server.errors.splice(0), [{ fields: { command: 'STATUS', user: 'alice@example.org' } }])

  failing.view = true
  const appended = await client.append('Fault', message('kept'))
  t.match(appended, { status: 'OK', text: /^\[APPENDUID /, untagged: [] }, 'what is done stays done')
  failing.view = false
  t.match(server.errors.splice(0), [{ fields: { command: 'APPEND' } }])
  t.same(await client.ok('NOOP'), ['1 EXISTS', '1 RECENT'], 'and is told with the next command')
})

t.test(
  'a message that breaks off inside a literal ends the connection: the client was promised more',
  async (t) => {
    const { mailstore } = store
    const cut: Mailstore = {
      ...mailstore,
      account: (id) => {
        const account = mailstore.account(id)
        const stream = async function* () {
          yield Buffer.alloc(1000, 'x')
          throw new Error('on purpose')
        }
        const openSlices: typeof account.blobs.openSlices = async (slices) =>
          (await account.blobs.openSlices(slices)).map((blob) => blob && { ...blob, stream })
        return { ...account, blobs: { ...account.blobs, openSlices } }
      },
    }
    const server = await startServer(t, { mailstore: cut }, store)
    const client = await server.loggedIn()
    await client.ok('CREATE Cut')
    await client.append('Cut', message('large', 'A line to fill a large message.\r\n'.repeat(10_000)))
    await client.ok('EXAMINE Cut')
    client.send('a FETCH 1 BODY[]\r\n')
    t.same(await client.rest(), [])
    t.match(server.errors.splice(0), [{ fields: { command: 'a response broke off' } }])
  },
)

t.test('a client that does not read is cut off, and only it', async (t) => {
  let cutOff = () => {}
  const isCutOff = new Promise<void>((resolve) => {
    cutOff = resolve
  })
  const onCommand = ({ status }: CommandReport) => {
    if (status === null) cutOff()
  }
  const server = await startServer(t, { limits: { writeTimeout: 300 }, onCommand }, store)
  const client = await server.loggedIn()
  await client.append('Archive', message('large', 'A line to fill a large message.\r\n'.repeat(25_000)))
  await client.ok('SELECT Archive')
  for (let doubled = 1; doubled < 64; doubled *= 2) await client.ok('COPY 1:* Archive')
  const deaf = await server.loggedIn()
  await deaf.ok('EXAMINE Archive')
  deaf.socket.pause()
  deaf.send('a FETCH 1:* BODY[]\r\n')
  const closed = once(deaf.socket, 'close')
  t.match(await client.run('NOOP'), { status: 'OK' })
  await isCutOff
  deaf.socket.resume()
  await closed
  t.ok(deaf.socket.bytesRead < 40 * 800_000, `${deaf.socket.bytesRead} octets came through`)
  t.match(await client.run('NOOP'), { status: 'OK' })
  t.same(server.errors, [])
})
