// A listener in a process of its own, which tells what memory it uses. Every login succeeds at once: hashing ten
// thousand passwords is not what is measured.
import { openMailstore, type Principal } from '@tandem/mailstore'
import { live } from '@tandem/mailstore/testing'
import { createImapListener } from '../../src/index.js'

const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => console.error(fields) }
const mailstore = await openMailstore({ url: process.argv[2]!, log })
const principal = (await mailstore.directory.resolve('alice@example.org')) as Principal
const listener = createImapListener({
  mailstore: { ...mailstore, directory: { ...mailstore.directory, authenticate: async () => principal } },
  log,
  host: '127.0.0.1',
  port: 0,
  implicitTls: false,
  appendLimit: 1_000_000,
  limits: { connections: 20_000, connectionsPerAddress: 20_000, connectionsPerUser: 20_000 },
})
const { port } = await listener.listen()
process.send!({ port })
process.on('message', async () => {
  process.send!({ live: await live(), rss: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())
