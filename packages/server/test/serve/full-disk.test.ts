// A disk that is full, as Postgres and everybody else meets it: a small file system of its own, which only root can mount.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMailstore } from '@tandem/mailstore'
import { startEmbedded } from '@tandem/mailstore/embedded'
import { ImapFlow } from 'imapflow'
import t from 'tap'
import { get, serve, splitAddress } from '../tandem.js'

const PASSWORD = 'correct horse'
const NAME = 'carol@example.org'
const MIB = 1024 * 1024

const NEEDS = mayMount() ? {} : { skip: 'only root can mount a small file system' }

function mayMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'tandem-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A folder on a file system of so many MiB. */
async function smallDisk(t: { teardown(fn: () => unknown): void }, size: number): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tandem-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=755`, 'tmpfs', folder])
  t.teardown(async () => {
    execFileSync('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  })
  return folder
}

const ENV = {
  ...Object.fromEntries(
    ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP'].map((name) => [
      `TANDEM_${name}_PORT`,
      '0',
    ]),
  ),
  TANDEM_WORKERS: '1',
}

async function connect(address: string | undefined): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...splitAddress(address),
    secure: false,
    doSTARTTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: NAME, pass: PASSWORD },
    logger: false,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Asks until the answer has this status. */
async function until(http: string | undefined, resource: string, status: number): Promise<string> {
  for (;;) {
    const answer = await get(http, resource).catch(() => null)
    if (answer?.status === status) return answer.text
    await sleep(100)
  }
}

const letter = (n: number) =>
  Buffer.concat([
    Buffer.from(`From: a@example.org\r\nSubject: m${n}\r\n\r\n`),
    Buffer.from(`${n}`.padStart(76, 'x').concat('\r\n').repeat(2_700)),
  ])

t.test(
  'on a full disk nothing comes in, users delete their way on, and it recovers by itself',
  NEEDS,
  async (t) => {
    const folder = await smallDisk(t, 420)
    const env = { ...ENV, TANDEM_DATA: path.join(folder, 'data') }
    const server = await serve(t, [], { env })
    const { http, imap } = server.addresses
    const embedded = await startEmbedded(env.TANDEM_DATA)
    const mailstore = await openMailstore({ url: embedded.url, poolSize: 2 })
    await mailstore.directory.createAccount(NAME, PASSWORD)
    await mailstore.close()
    await embedded.stop()
    const client = await connect(imap)
    for (let n = 0; n < 5; n++) await client.append('INBOX', letter(n))
    await client.mailboxOpen('INBOX')
    t.strictSame(await get(http, '/readyz'), { status: 200, text: 'ready\n' })

    const filler = path.join(folder, 'filler')
    const { bavail, bsize } = await statfs(folder)
    await writeFile(filler, Buffer.alloc(bavail * bsize - 2 * MIB))
    t.match(
      await until(http, '/readyz', 503),
      /^the disk is full: no mail is taken in; delete mail, or make room in \S+\n$/,
    )
    t.strictSame(
      await get(http, '/healthz'),
      { status: 200, text: 'alive\n' },
      'to start it anew would not help',
    )

    const refusal = await client.append('INBOX', letter(9)).then(
      () => null,
      (error: unknown) => error,
    )
    t.match(refusal, { serverResponseCode: 'UNAVAILABLE' })
    const authorization = `Basic ${Buffer.from(`${NAME}:${PASSWORD}`).toString('base64')}`
    const session = (await (
      await fetch(`http://${http}/jmap/session`, { headers: { authorization } })
    ).json()) as {
      primaryAccounts: Record<string, string>
    }
    const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail']
    const upload = await fetch(`http://${http}/jmap/upload/${accountId}/`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'message/rfc822' },
      body: letter(10),
    })
    t.equal(upload.status, 503)
    t.match(await upload.text(), /disk .* is full/)

    t.ok(await client.messageFlagsAdd('1', ['\\Seen', '$work']), 'STORE')
    t.ok(await client.messageDelete('1:3'), 'STORE \\Deleted and EXPUNGE')
    t.match(await client.status('INBOX', { messages: true }), { messages: 2 })
    const call = async (name: string, args: object) => {
      const response = await fetch(`http://${http}/jmap/api`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
          methodCalls: [[name, { accountId, ...args }, 'c']],
        }),
      })
      return ((await response.json()) as { methodResponses: [string, Record<string, unknown>, string][] })
        .methodResponses[0]![1]
    }
    const { ids } = await call('Email/query', {})
    t.match(await call('Email/set', { destroy: ids }), { destroyed: ids }, 'Email/set destroy')

    await rm(filler)
    t.equal(await until(http, '/readyz', 200), 'ready\n')
    t.ok(await client.append('INBOX', letter(11)))
    await client.logout()
  },
)

t.test(
  'a Postgres that died of a full disk is back by itself, and takes mail once there is room',
  NEEDS,
  async (t) => {
    const folder = await smallDisk(t, 420)
    const env = { ...ENV, TANDEM_DATA: path.join(folder, 'data') }
    const server = await serve(t, [], { env })
    const { http } = server.addresses
    const filler = path.join(folder, 'filler')
    const pidFile = path.join(env.TANDEM_DATA, 'postgres', 'postmaster.pid')
    const postmaster = Number.parseInt(await readFile(pidFile, 'utf8'), 10)
    process.kill(postmaster, 'SIGSTOP')
    const { bavail, bsize } = await statfs(folder)
    await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - MIB / 4)))
    process.kill(postmaster, 'SIGKILL')
    await server.logged('the database is back')
    t.match(await until(http, '/readyz', 503), 'the disk is full')
    await rm(filler)
    t.equal(await until(http, '/readyz', 200), 'ready\n')
  },
)
