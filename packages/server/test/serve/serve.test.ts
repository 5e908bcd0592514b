import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import { ImapFlow } from 'imapflow'
import t, { type Test } from 'tap'
import { get, serve, splitAddress, tandem } from '../tandem.js'

const PASSWORD = 'correct horse'
const FREE_PORTS = {
  TANDEM_IMAP_PORT: '0',
  TANDEM_IMAPS_PORT: '0',
  TANDEM_HTTP_PORT: '0',
  TANDEM_SUBMISSION_PORT: '0',
  TANDEM_SUBMISSIONS_PORT: '0',
  TANDEM_LMTP_PORT: '0',
}

/** A database with one account, and the environment of a server on it. */
async function place(t: Test): Promise<{ url: string; env: Record<string, string> }> {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url, poolSize: 2 })
  await mailstore.directory.createAccount('carol@example.org', PASSWORD)
  await mailstore.close()
  return { url, env: { ...FREE_PORTS, DATABASE_URL: url, TANDEM_DATA: path.join(t.testdir({}), 'data') } }
}

async function inboxOf(address: string | undefined, secure: boolean): Promise<string> {
  const client = new ImapFlow({
    ...splitAddress(address),
    secure,
    doSTARTTLS: secure ? undefined : true,
    tls: { rejectUnauthorized: false },
    auth: { user: 'carol@example.org', pass: PASSWORD },
    logger: false,
  })
  await client.connect()
  const { path } = await client.mailboxOpen('INBOX')
  await client.logout()
  return path
}

for (const workers of ['1', '2']) {
  t.test(`the whole server with ${workers} worker${workers === '1' ? '' : 's'}, on free ports`, async (t) => {
    const { env } = await place(t)
    const server = await serve(t, [], { env: { ...env, TANDEM_WORKERS: workers } })
    const { http, imap, imaps, ...others } = server.addresses
    t.strictSame(Object.keys(others), ['submission', 'submissions', 'lmtp'])
    t.equal(new Set(Object.values(server.addresses)).size, 6, 'each has a port of its own')

    t.strictSame(await get(http, '/healthz'), { status: 200, text: 'alive\n' })
    t.strictSame(await get(http, '/readyz'), { status: 200, text: 'ready\n' })
    // As many as there are workers and more: each of them can answer.
    for (let i = 0; i < 3; i++) {
      t.equal(await inboxOf(imap, false), 'INBOX', 'IMAP with STARTTLS')
      t.equal(await inboxOf(imaps, true), 'INBOX', 'IMAP over TLS')
    }
    const authorization = `Basic ${Buffer.from(`carol@example.org:${PASSWORD}`).toString('base64')}`
    const session = await fetch(`http://${http}/.well-known/jmap`, { headers: { authorization } })
    t.match(await session.json(), { username: 'carol@example.org', apiUrl: `http://${http}/jmap/api` })

    const { text } = await get(http, '/metrics')
    for (const line of [
      `tandem_workers ${workers}`,
      `tandem_database_up ${workers}`,
      'tandem_connections_total{listener="imap"} 3',
      'tandem_connections_total{listener="imaps"} 3',
      'tandem_connections{listener="imap"} 0',
      'tandem_logins_total{result="accepted",service="imap"} 6',
      'tandem_logins_total{result="accepted",service="jmap"} 1',
      'tandem_imap_commands_total{command="SELECT",status="OK"} 6',
      'tandem_http_requests_total{route="/readyz",status="200"} 1',
    ]) {
      t.ok(text.split('\n').includes(line), line)
    }

    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
    t.notMatch(server.said.stderr, /"level":"(warn|error)"/)
    t.notMatch(server.said.stderr + server.said.stdout, PASSWORD)
  })
}

t.test('what is switched off does not listen, and needs no certificate', async (t) => {
  const { env } = await place(t)
  const server = await serve(t, ['--services', 'jmap,lmtp', '--lmtp-port', 'off', '--workers', '1'], { env })
  t.strictSame(Object.keys(server.addresses), ['http'])
  await t.rejects(readdir(env.TANDEM_DATA!), { code: 'ENOENT' }, 'nothing is written')
  t.match(await get(server.addresses.http, '/readyz'), { status: 200 })
  server.kill('SIGINT')
  t.equal(await server.ended, 0)
})

t.test('a port in use is one line that names the setting, and the server does not start', async (t) => {
  const { env } = await place(t)
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  for (const workers of ['1', '2']) {
    const args = ['serve', '--imap-port', String(port), '--workers', workers, '--log-level', 'silent']
    const { code, stdout, stderr } = await tandem(args, { env })
    t.strictSame([code, stdout], [1, ''])
    t.match(stderr, /^tandem: TANDEM_IMAP_PORT: 127\.0\.0\.1:\d+ is in use .*\n$/, `${workers} workers`)
  }
})

t.test(
  'a second server on the same data hears that it is Tandem that has the port, and which process',
  async (t) => {
    const { env } = await place(t)
    const server = await serve(t, [], { env })
    const port = String(splitAddress(server.addresses.imap).port)
    const { code, stderr } = await tandem(['serve', '--imap-port', port, '--log-level', 'silent'], { env })
    t.equal(code, 1)
    t.equal(
      stderr,
      `tandem: Tandem runs on this data already (process ${server.pid}), on 127.0.0.1:${port}: stop it first\n`,
    )
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
  },
)

t.test('a worker that dies is replaced', async (t) => {
  const { env } = await place(t)
  const server = await serve(t, ['--workers', '2'], { env })
  const { pid } = await server.logged('listening')
  process.kill(pid as number, 'SIGKILL')
  t.match(await server.logged('worker ended'), { level: 'error', signal: 'SIGKILL' })
  await server.logged('worker is back')
  const { text } = await get(server.addresses.http, '/metrics')
  for (const line of ['tandem_workers 2', 'tandem_errors_total{service="server"} 1']) {
    t.ok(text.split('\n').includes(line), line)
  }
  t.equal(await inboxOf(server.addresses.imaps, true), 'INBOX')
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
})
