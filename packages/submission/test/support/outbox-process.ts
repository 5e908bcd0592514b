// A process of its own with an outbox, to be killed: `node outbox-process.js DATABASE_URL RELAY_URL`.
import { openMailstore } from '@tandem/mailstore'
import { createOutbox } from '../../src/index.js'

const [url, relayUrl] = process.argv.slice(2)
const mailstore = await openMailstore({ url: url! })
createOutbox({ mailstore, hostname: 'killed.home.test', relayUrl: relayUrl!, leaseMs: 500 }).start()
