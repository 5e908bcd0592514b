import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ImapFlow } from 'imapflow'
import t, { type Test } from 'tap'
import { get, type Server, serve, splitAddress, tandem } from '../tandem.js'

const README = await readFile(new URL('../../../../../README.md', import.meta.url), 'utf8')

function start(t: Test, data: string): Promise<Server> {
  const names = ['IMAP', 'IMAPS', 'HTTP', 'SUBMISSION', 'SUBMISSIONS', 'LMTP']
  const ports = names.map((name) => [`TANDEM_${name}_PORT`, '0'])
  return serve(t, ['--demo'], { env: { ...Object.fromEntries(ports), TANDEM_DATA: data } })
}

function passwordsIn({ said }: Server): Record<string, string> {
  const rows = [...said.stdout.matchAll(/^ {2}(alice|bob)@example\.org +(\S+)$/gm)]
  return Object.fromEntries(rows.map(([, name, password]) => [name!, password!]))
}

async function inbox(server: Server, name: string, password: string | undefined): Promise<string[]> {
  const client = new ImapFlow({
    ...splitAddress(server.addresses.imaps),
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user: `${name}@example.org`, pass: password ?? '' },
    logger: false,
  })
  await client.connect()
  await client.mailboxOpen('INBOX')
  const messages = await client.fetchAll('1:*', { envelope: true })
  await client.logout()
  return messages.map(({ envelope }) => envelope?.subject ?? '')
}

t.test('serve --demo is all that a newcomer needs', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tandem-'))
  // The database of root runs as another user, who has to get in.
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const data = path.join(folder, 'data')
  let passwords: Record<string, string> = {}

  await t.test('it makes two accounts with mail, and prints how to reach them', async (t) => {
    const server = await start(t, data)
    passwords = passwordsIn(server)
    t.strictSame(Object.keys(passwords), ['alice', 'bob'])
    t.strictSame(await inbox(server, 'alice', passwords.alice), [
      'Which device first?',
      'Re: Which device first?',
      '週末のハイキング 🥾',
      'Welcome to Tandem',
    ])
    t.equal((await inbox(server, 'bob', passwords.bob)).length, 4)
    const pasted = await paste(server)
    t.match(pasted, /^Subject: Which device first\?\r?$/m, 'the first message')
    t.match(pasted, /^\* 1 FETCH \(FLAGS \(.*\\Flagged/m, 'flagged by IMAP')
    t.match(pasted, '"$flagged":true', 'and so in JMAP')
    // Another worker may have to find the message in the outbox first.
    while (!(await inbox(server, 'bob', passwords.bob)).includes('Hello'));
    t.equal((await stat(path.join(data, 'demo.json'))).mode & 0o777, 0o600)
    t.equal(server.said.stderr, '', 'there is one screen, and no log beside it')
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
    t.notOk((await readdir(path.join(data, 'postgres'))).includes('postmaster.pid'), 'Postgres is stopped')
  })

  await t.test('started again, the accounts are as they were left', async (t) => {
    const server = await start(t, data)
    t.strictSame(passwordsIn(server), passwords)
    t.equal((await inbox(server, 'alice', passwords.alice)).length, 4)

    // The database dies under it: the server says so, starts it again, and can still be stopped.
    const pid = Number.parseInt(await readFile(path.join(data, 'postgres', 'postmaster.pid'), 'utf8'), 10)
    process.kill(pid, 'SIGKILL')
    await t.resolves(untilNotReady(server))
    while ((await get(server.addresses.http, '/healthz')).status !== 200);
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
  })

  await t.test('the lines of README.md work, also with the ids that come after a restore', async (t) => {
    for (const line of ['restored --yes', 'account delete bob@example.org --yes']) {
      t.match(await tandem([...line.split(' '), '--data', data]), { code: 0, stderr: '' }, line)
    }
    const server = await start(t, data)
    const { http, imaps } = server.addresses
    const [block = ''] = /^LOGIN='alice@example\.org:PASSWORD'.*?(?=^```$)/ms.exec(README) ?? []
    const lines = block
      .replace('alice@example.org:PASSWORD', `bob@example.org:${passwordsIn(server).bob}`)
      .replace('127.0.0.1:8080', http!)
      .replace('127.0.0.1:1993', imaps!)
    const { stdout } = await promisify(execFile)('sh', ['-ec', lines])
    t.match(stdout, /"keywords".*\* 1 FETCH .*"keywords".*"\$flagged":true.*\* SEARCH 1\b/s)
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
  })
})

/** What the commands on the screen say when they are pasted into a shell; fails where one of them does. */
async function paste({ said }: Server): Promise<string> {
  const commands = said.stdout.slice(said.stdout.indexOf('The first message')).match(/^ {2}.*$/gm) ?? []
  const { stdout } = await promisify(execFile)('sh', ['-ec', commands.join('\n')])
  return stdout
}

/** Asks until the death of the database has been noticed. */
async function untilNotReady(server: Server): Promise<void> {
  while ((await get(server.addresses.http, '/readyz')).status === 200);
}
