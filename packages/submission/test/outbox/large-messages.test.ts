// Memory while large messages are sent. TANDEM_LONG=1: sixteen of 40 MB at a time.
import { live } from '@tandem/mailstore/testing'
import t from 'tap'
import { generateSigningKey } from '../../src/dkim/index.js'
import { createOutbox } from '../../src/index.js'
import { fakeDns } from '../support/dns.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const ANNA = 'anna@home.test'
const BEN = 'ben@home.test'
const MESSAGES = process.env.TANDEM_LONG ? 16 : 4
const OCTETS = process.env.TANDEM_LONG ? 40_000_000 : 20_000_000
const BLOCK = Buffer.from(`${'QUJD'.repeat(19)}\r\n`.repeat(800))
/** Octets that each may take, whatever its size: 10 MB were seen, of both ends of its connections. */
const EACH = 15_000_000
/** Octets between two looks at the memory. */
const STEP = 4_000_000
const FIELDS =
  'Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@home.test>\r\n' +
  'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n'

async function* large(number: number) {
  yield Buffer.from(`From: ${ANNA}\r\n${FIELDS}Subject: ${number}\r\nBcc: x@y.test\r\n\r\n`)
  for (let octets = 0; octets < OCTETS; octets += BLOCK.length) yield BLOCK
}

t.test(
  'signed, sent and delivered by many at once, a message is never held whole',
  { timeout: 1_200_000 },
  async (t) => {
    const store = await openTestStore(t, [ANNA, BEN])
    const { mailstore } = store
    const privateKey = await generateSigningKey('ed25519')
    await mailstore.domains.addKey('home.test', { selector: 's1', algorithm: 'ed25519', privateKey })
    const account = await store.account(ANNA)
    let taken = 0
    const looks: Promise<number>[] = []
    const server = await openRelayServer(t, {
      size: 100_000_000,
      onData(stream, _session, done) {
        stream.on('data', (piece: Buffer) => {
          taken += piece.length
          if (taken > looks.length * STEP) looks.push(live())
        })
        stream.on('end', () => done(null, 'taken'))
      },
    })
    for (let number = 0; number < MESSAGES; number++) {
      const { digest } = await account.ingest(large(number), { nul: 'refuse' })
      const recipients = [{ address: `x@d${number}.test` }, { address: BEN }]
      await account.transact((tx) =>
        tx.submission.create({ principalId: account.id, digest, mailFrom: ANNA, recipients }),
      )
    }
    const domains = Array.from({ length: MESSAGES }, (_, number) => [`d${number}.test`, { a: ['127.0.0.1'] }])
    const outbox = createOutbox({
      mailstore,
      hostname: 'mail.home.test',
      relayUrl: 'mx',
      mx: { resolver: fakeDns(Object.fromEntries(domains)), mayReach: () => true, port: server.port },
    })
    t.teardown(() => outbox.stop())

    const before = await live()
    const allDone = new Promise<void>((resolve, reject) => {
      mailstore.jobs.onCreated(() => {
        mailstore.jobs.nextDue().then((due) => due === null && resolve(), reject)
      })
    })
    outbox.start()
    await allDone
    const most = Math.max(...(await Promise.all(looks))) - before
    t.ok(taken > MESSAGES * OCTETS, `${taken} octets taken`)
    t.comment(`${MESSAGES} messages of ${OCTETS / 1e6} MB at a time: ${(most / 1e6).toFixed(1)} MB at most`)
    t.ok(most < MESSAGES * EACH)
    t.equal((await (await store.account(BEN)).read((r) => r.mailbox.byRole('inbox')))!.totalEmails, MESSAGES)
  },
)
