// The embedded Postgres dies under a running server.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMailstore } from '@tandem/mailstore'
import { startEmbedded } from '@tandem/mailstore/embedded'
import { ImapFlow } from 'imapflow'
import t from 'tap'
import { get, serve, splitAddress } from '../tandem.js'

const NAME = 'carol@example.org'
const PASSWORD = 'correct horse'

t.test(
  'a Postgres that is killed is started again: /healthz says so, sessions end and come back',
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tandem-'))
    await chmod(folder, 0o755)
    t.teardown(() => rm(folder, { recursive: true }))
    const data = path.join(folder, 'data')
    const embedded = await startEmbedded(data)
    const env = {
      ...Object.fromEntries(
        ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP'].map((name) => [
          `TANDEM_${name}_PORT`,
          '0',
        ]),
      ),
      TANDEM_DATA: data,
      TANDEM_WORKERS: '2',
    }
    const server = await serve(t, [], { env })
    const { http, imap } = server.addresses
    const mailstore = await openMailstore({ url: embedded.url, poolSize: 2 })
    await mailstore.directory.createAccount(NAME, PASSWORD)
    await mailstore.close()
    await embedded.stop()
    const connect = async () => {
      const client = new ImapFlow({
        ...splitAddress(imap),
        secure: false,
        tls: { rejectUnauthorized: false },
        auth: { user: NAME, pass: PASSWORD },
        logger: false,
      })
      client.on('error', () => {})
      await client.connect()
      return client
    }

    for (const [times, signal] of (['SIGQUIT', 'SIGKILL'] as const).entries()) {
      const client = await connect()
      await client.mailboxOpen('INBOX')
      const ended = new Promise((resolve) => client.once('close', resolve))
      const pid = Number.parseInt(await readFile(path.join(data, 'postgres', 'postmaster.pid'), 'utf8'), 10)
      process.kill(pid, signal)
      for (let text = ''; !text.startsWith('the database is down'); await sleep(20)) {
        text = (await get(http, '/healthz')).text
      }
      await ended
      await server.logged('the database is back', times + 1)
      while ((await get(http, '/readyz')).status !== 200) await sleep(50)
      t.strictSame(await get(http, '/healthz'), { status: 200, text: 'alive\n' })
      const again = await connect()
      t.ok(await again.append('INBOX', `From: a@example.org\r\nSubject: ${signal}\r\n\r\nHello.\r\n`))
      await again.logout()
    }
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
  },
)
