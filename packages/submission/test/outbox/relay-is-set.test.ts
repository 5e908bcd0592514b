import t from 'tap'
import { createOutbox, type OutboxOptions } from '../../src/index.js'
import { submit } from '../support/outbox.js'
import { openRelayServer } from '../support/relay-server.js'
import { openTestStore } from '../support/store.js'

const ANNA = 'anna@home.test'
const MESSAGE = `From: ${ANNA}\r\nSubject: x\r\n\r\nHello.\r\n`

t.test(
  'mail that waited for want of a relay goes out when one is set, what waits otherwise stays',
  async (t) => {
    const store = await openTestStore(t, [ANNA])
    const relay = await openRelayServer(t)
    relay.replies.set('busy@example.org', [451, 'busy'])
    const outbox = (more: Partial<OutboxOptions>) =>
      createOutbox({ mailstore: store.mailstore, hostname: 'mail.home.test', ...more })
    const relayUrl = `smtp://127.0.0.1:${relay.port}`

    const first = outbox({ relayUrl })
    first.start()
    const busy = await submit(store, ANNA, ['busy@example.org'], MESSAGE)
    await busy.until(({ recipients }) => recipients[0]!.reply === '451 busy')
    await first.stop()

    const without = outbox({})
    without.start()
    const sent = await submit(store, ANNA, ['ida@example.org'], MESSAGE)
    await sent.until(({ recipients }) => recipients[0]!.reply?.includes('no relay') === true)
    await without.stop()

    const second = outbox({ relayUrl })
    second.start()
    t.teardown(() => second.stop())
    t.match((await sent.settled()).recipients, [{ state: 'relayed' }])
    t.match((await busy.get()).recipients, [{ state: 'queued', attempts: 1 }], 'its minute is not over')
  },
)
