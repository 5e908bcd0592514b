import t from 'tap'
import { PASSWORD } from '../support/client.js'
import { openStore, startServer } from '../support/server.js'

const plain = (...fields: string[]) => Buffer.from(fields.join('\0')).toString('base64')

t.test('LOGIN, AUTHENTICATE PLAIN, LOGOUT', async (t) => {
  const pauses: number[] = []
  const pause = async (milliseconds: number) => void pauses.push(milliseconds)
  const server = await startServer(t, { limits: { loginFailures: 100 } }, await openStore(t, { pause }))

  await t.test('LOGIN takes atoms, quoted strings and literals', async (t) => {
    const name = 'alice@example.org'
    const ways: (string | Buffer)[][] = [
      [`LOGIN ${name} "${PASSWORD}"`],
      ['LOGIN ', Buffer.from(name), ' ', Buffer.from(PASSWORD)],
      [`LOGIN {${name.length}+}\r\n${name} {${PASSWORD.length}+}\r\n${PASSWORD}`],
      [`LOGIN "ALICE@example.org" "${PASSWORD}"`],
    ]
    for (const way of ways) {
      const client = await server.connect()
      t.match(await client.run(...way), { status: 'OK', text: /^\[CAPABILITY IMAP4rev1 .*IDLE/ })
      t.equal((await client.run(...way)).status, 'BAD', 'twice')
    }
  })

  await t.test('AUTHENTICATE PLAIN, with and without an initial response (RFC 4959)', async (t) => {
    const message = plain('', 'alice@example.org', PASSWORD)
    const first = await server.connect()
    t.match(await first.run(`AUTHENTICATE PLAIN ${message}`), { status: 'OK', continuations: [] })

    const second = await server.connect()
    second.send('a AUTHENTICATE PLAIN\r\n')
    t.equal(await second.response(), '+ ')
    second.send(`${message}\r\n`)
    t.match(await second.response(), /^a OK \[CAPABILITY /)

    const third = await server.connect()
    const itself = plain('alice@example.org', 'alice@example.org', PASSWORD)
    t.equal((await third.run(`AUTHENTICATE plain ${itself}`)).status, 'OK')
  })

  await t.test('what goes wrong with AUTHENTICATE', async (t) => {
    const client = await server.connect()
    const cases: [text: string, status: string, code: RegExp][] = [
      [`AUTHENTICATE PLAIN ${plain('', 'alice@example.org', 'no')}`, 'NO', /^\[AUTHENTICATIONFAILED\]/],
      [
        `AUTHENTICATE PLAIN ${plain('bob@example.org', 'alice@example.org', PASSWORD)}`,
        'NO',
        /^\[AUTHORIZATIONFAILED\]/,
      ],
      [`AUTHENTICATE PLAIN ${plain('alice@example.org', PASSWORD)}`, 'BAD', /./],
      [`AUTHENTICATE PLAIN ${plain('', '', '')}`, 'BAD', /./],
      ['AUTHENTICATE PLAIN =', 'BAD', /./],
      ['AUTHENTICATE PLAIN =AAA', 'BAD', /./],
      ['AUTHENTICATE PLAIN AAA=BBBB', 'BAD', /./],
      ['AUTHENTICATE PLAIN AAA', 'BAD', /./],
      ['AUTHENTICATE PLAIN "AAAA"', 'BAD', /./],
      ['AUTHENTICATE GSSAPI', 'NO', /./],
      ['AUTHENTICATE constructor', 'NO', /./],
      ['AUTHENTICATE', 'BAD', /./],
    ]
    for (const [text, status, code] of cases) t.match(await client.run(text), { status, text: code }, text)
    for (const answer of ['*', 'not base64!', '']) {
      client.send('x AUTHENTICATE PLAIN\r\n')
      t.equal(await client.response(), '+ ')
      client.send(`${answer}\r\n`)
      t.match(await client.response(), /^x BAD /, answer)
    }
    t.equal((await client.login()).status, 'OK', 'and then it works')
  })

  await t.test(
    'each failure is answered later, and does not say what was wrong (RFC 3501 §11.2)',
    async (t) => {
      pauses.length = 0
      const client = await server.connect()
      const wrongPassword = await client.login('alice@example.org', 'wrong')
      t.match(await client.login('alice@example.org', 'wrong again'), { status: 'NO' })
      const wrongName = await client.login('nobody@example.org', PASSWORD)
      t.match(wrongPassword, { status: 'NO', text: /^\[AUTHENTICATIONFAILED\]/ })
      t.equal(wrongName.text, wrongPassword.text)
      t.equal((await client.login('', '')).status, 'NO')
      t.same(pauses, [500, 1000, 250, 250], 'for each of the names; one more was wrong above')
    },
  )

  await t.test('what is no LOGIN', async (t) => {
    const client = await server.connect()
    for (const text of ['LOGIN', 'LOGIN a', 'LOGIN a b c', 'LOGIN "a', 'LOGIN a "\xff"']) {
      t.equal((await client.run(text)).status, 'BAD', text)
    }
  })

  await t.test('LOGOUT: BYE, OK, and the end (RFC 3501 §6.1.3)', async (t) => {
    for (const client of [await server.connect(), await server.loggedIn()]) {
      client.send('z LOGOUT\r\nz NOOP\r\n')
      t.match(await client.rest(), [/^\* BYE /, /^z OK /])
    }
  })

  await t.test('commands of other states are BAD (RFC 3501 §3)', async (t) => {
    const client = await server.connect()
    const needLogin = [
      'SELECT INBOX',
      'LIST "" *',
      'STATUS INBOX (MESSAGES)',
      'IDLE',
      'NAMESPACE',
      'ENABLE X',
      'CREATE x',
    ]
    const needMailbox = [
      'FETCH 1 FLAGS',
      'UID SEARCH ALL',
      'CLOSE',
      'UNSELECT',
      'CHECK',
      'EXPUNGE',
      'MOVE 1 x',
    ]
    for (const text of [...needLogin, ...needMailbox]) t.equal((await client.run(text)).status, 'BAD', text)
    await client.login()
    for (const text of needMailbox) t.equal((await client.run(text)).status, 'BAD', text)
    t.equal((await client.run('NOOP')).status, 'OK')
  })
  t.same(server.errors, [])
})
