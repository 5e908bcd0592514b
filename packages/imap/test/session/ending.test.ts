// What a client sees when its login stands no more: in each state that a session can be in.
import { once } from 'node:events'
import t from 'tap'
import { type Client, PASSWORD } from '../support/client.js'
import { message, startServer } from '../support/server.js'

const ALICE = 'alice@example.org'
const EXPIRED = /^\* BYE \[EXPIRED\] /
const KICKED = /^\* BYE An administrator has ended this session: log in again$/

const STATES: [name: string, begin: (client: Client) => Promise<void>][] = [
  ['waiting for a command', async () => {}],
  ['with a mailbox selected', async (client) => void (await client.ok('SELECT INBOX'))],
  [
    'in IDLE',
    async (client) => {
      await client.ok('SELECT INBOX')
      client.send('i IDLE\r\n')
      while ((await client.response()) !== '+ idling');
    },
  ],
  [
    'in the midst of the literal of an APPEND',
    async (client) => {
      client.send('a APPEND INBOX {1000}\r\n')
      t.equal(await client.response(), '+ Ready for literal data')
      client.send('From: a@example.org\r\n')
    },
  ],
  [
    'in the midst of a command line',
    async (client) => {
      client.send('a SELECT "IN')
    },
  ],
]

t.test('a new password and a kick end a session in any state, with a BYE that says why', async (t) => {
  const server = await startServer(t)
  const { directory } = server.mailstore
  for (const [index, [name, begin]] of STATES.entries()) {
    const change = async () =>
      index % 2 === 0 ? directory.endSessions(ALICE) : directory.setPassword(ALICE, PASSWORD)
    const client = await server.loggedIn()
    await begin(client)
    await change()
    const last = await client.rest()
    t.match(last.at(-1), index % 2 === 0 ? KICKED : EXPIRED, name)
  }
  const client = await server.loggedIn()
  t.strictSame(
    (await client.ok('STATUS INBOX (MESSAGES)'))[0],
    'STATUS INBOX (MESSAGES 0)',
    'nothing was filed',
  )
})

t.test('a FETCH that goes on for long is broken off between two responses', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  for (let n = 0; n < 40; n++) await client.append('INBOX', message(`m${n}`, 'x'.repeat(1_000_000 - 500)))
  await client.ok('SELECT INBOX')
  client.send('f FETCH 1:* BODY.PEEK[]\r\n')
  await once(client.socket, 'data')
  await server.mailstore.directory.endSessions(ALICE)
  const told = await client.rest()
  t.ok(told.length < 40, `${told.length} responses`)
  t.notOk(
    told.some((line) => line.startsWith('f ')),
    'no tagged answer',
  )
})

t.test('a client that reads nothing is cut off', async (t) => {
  let cutOff = (_status: string | null) => {}
  const fetched = new Promise<string | null>((resolve) => {
    cutOff = resolve
  })
  const server = await startServer(t, { onCommand: ({ name, status }) => name === 'FETCH' && cutOff(status) })
  const client = await server.loggedIn()
  for (let n = 0; n < 20; n++) await client.append('INBOX', message(`m${n}`, 'x'.repeat(1_000_000 - 500)))
  await client.ok('SELECT INBOX')
  client.socket.pause()
  client.send('f FETCH 1:* BODY.PEEK[]\r\n')
  await server.mailstore.directory.endSessions(ALICE)
  t.equal(await fetched, null, 'the command ends without an answer')
})

t.test('those who have not logged in stay, and a session that is over is not ended again', async (t) => {
  const server = await startServer(t)
  const stranger = await server.connect()
  const gone = await server.loggedIn()
  await gone.ok('LOGOUT')
  const ended = await server.loggedIn()
  await server.mailstore.directory.endSessions(ALICE)
  t.match((await ended.rest()).at(-1), KICKED)
  t.match(await stranger.run('NOOP'), { status: 'OK' })
  t.match(await stranger.login(), { status: 'OK' }, 'and log in')
})
