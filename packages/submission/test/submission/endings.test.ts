import type { Mailstore } from '@tandem/mailstore'
import t from 'tap'
import { openClient, plain } from '../support/client.js'
import { openTestStore, PASSWORD } from '../support/store.js'
import { createListener } from '../support/submission.js'

const ANNA = 'anna@home.test'
const { mailstore, account } = await openTestStore(t, [ANNA])
const { directory } = mailstore
type Tap = { teardown(fn: () => unknown): void }

async function logIn(t: Tap, store: Mailstore = mailstore) {
  const client = await openClient(await createListener(t, store).listen())
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  await client.say(`AUTH PLAIN ${plain(ANNA, PASSWORD)}`)
  return client
}

const queued = async () => (await (await account(ANNA)).read((r) => r.submission.ids(10))).length

const LETTER = `From: ${ANNA}\r\nSubject: x\r\n\r\nHello.\r\n`

const STATES: [name: string, lines: string[]][] = [
  ['after the login', []],
  ['in an envelope', [`MAIL FROM:<${ANNA}>`, `RCPT TO:<${ANNA}>`]],
  ['in the midst of a message', [`MAIL FROM:<${ANNA}>`, `RCPT TO:<${ANNA}>`, 'DATA']],
]

for (const [name, lines] of STATES) {
  t.test(`${name}: a session whose login stands no more ends with 421`, async (t) => {
    for (const [change, reply] of [
      [() => directory.endSessions(ANNA), '421 4.7.0 an administrator has ended this session: log in again'],
      [() => directory.setPassword(ANNA, PASSWORD), '421 4.7.0 the login of this session is valid no more'],
    ] as const) {
      const client = await logIn(t)
      for (const line of lines) await client.say(line)
      if (lines.includes('DATA')) client.write('From: a')
      await change()
      t.equal(await client.reply(), reply)
      await client.closed
    }
    t.equal(await queued(), 0, 'nothing was sent')
  })
}

t.test('a message that is being stored is answered first', async (t) => {
  let arrived = () => {}
  const storing = new Promise<void>((resolve) => {
    arrived = resolve
  })
  let goOn = () => {}
  const held = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const slow: Mailstore = {
    ...mailstore,
    account: (id) => {
      const real = mailstore.account(id)
      const transact: typeof real.transact = async (work) => {
        arrived()
        await held
        return real.transact(work)
      }
      return { ...real, transact }
    },
    sessions: {
      begin: (principal, onEnd) =>
        mailstore.sessions.begin(principal, (why) => {
          onEnd(why)
          goOn()
        }),
    },
  }
  const client = await logIn(t, slow)
  for (const line of STATES[2]![1]) await client.say(line)
  client.write(`${LETTER}.\r\n`)
  await storing
  await directory.endSessions(ANNA)
  t.match(await client.reply(), /^250 2\.6\.0 queued as /)
  t.match(await client.reply(), /^421 4\.7\.0 /)
  await client.closed
})

t.test('those who have not logged in stay', async (t) => {
  const client = await openClient(await createListener(t, mailstore).listen())
  t.teardown(client.destroy)
  await client.reply()
  await client.say('EHLO laptop.test')
  const ended = await logIn(t)
  await directory.endSessions(ANNA)
  t.match(await ended.reply(), /^421 /)
  t.match(await client.say(`AUTH PLAIN ${plain(ANNA, PASSWORD)}`), /^235 /)
})
