import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { connect } from '../../../src/db/connect.js'
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../../../src/db/embedded/index.js'

/** Root's Postgres runs as another user, who may be unable to enter root's own folder for temporary files. */
const base = process.getuid?.() === 0 ? '/tmp' : tmpdir()
const forRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root' }

/** A data folder that root's Postgres can enter; everything in it is removed in the end. */
async function dataFolder(t: Test, mode = 0o711): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(base, 'tandem-embedded-')))
  await chmod(folder, mode)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function start(t: Test, folder: string, options: EmbeddedOptions = {}): Promise<Embedded> {
  const embedded = await startEmbedded(folder, { durable: false, ...options })
  t.teardown(embedded.stop)
  return embedded
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = connect(url, { max: 1, connectTimeout: 5 })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end()
  }
}

async function postmasterOf(cluster: string): Promise<number> {
  return Number.parseInt(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8'), 10)
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

t.test('makes a cluster once: UTF-8, checksums, loopback, a password, durable', async (t) => {
  const folder = await dataFolder(t)
  // An earlier start was interrupted.
  await mkdir(path.join(folder, 'postgres.new/data/base'), { recursive: true })
  const first = await start(t, folder, { durable: true })
  t.equal(first.started, true)
  const [settings] = await query(
    first.url,
    `select current_setting('server_encoding') as encoding, datlocprovider as provider, datcollate as collate,
       current_setting('data_checksums') as checksums, current_setting('listen_addresses') as addresses,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
       current_setting('max_connections')::int as connections, current_setting('password_encryption') as password,
       current_setting('shared_preload_libraries') as libraries, lower('ÄÉ') as lower
     from pg_database where datname = current_database()`,
  )
  t.strictSame(settings, {
    encoding: 'UTF8',
    provider: 'b',
    collate: 'C',
    checksums: 'on',
    addresses: '127.0.0.1',
    fsync: 'on',
    commit: 'on',
    connections: 200,
    password: 'scram-sha-256',
    libraries: 'pg_stat_statements',
    lower: 'äé',
  })
  await query(first.url, 'create table kept (n int8); insert into kept values (1)')
  const wrong = new URL(first.url)
  wrong.password = 'wrong'
  await t.rejects(query(wrong.href, 'select 1'), { code: '28P01' })
  t.equal((await stat(path.join(folder, 'postgres.json'))).mode & 0o777, 0o600)
  t.strictSame((await readdir(folder)).sort(), ['postgres', 'postgres.json', 'postgres.log'])
  t.match(await readFile(path.join(folder, 'postgres.log'), 'utf8'), 'ready to accept connections')

  await first.stop()
  await t.rejects(query(first.url, 'select 1'), { code: 'ECONNREFUSED' })
  const second = await start(t, folder)
  t.equal(second.started, true)
  t.strictSame(await query(second.url, 'select n from kept'), [{ n: 1 }])
})

t.test('those who start together share one server, and the last to leave stops it', async (t) => {
  const folder = await dataFolder(t)
  const all = await Promise.all([start(t, folder), start(t, folder), start(t, folder)])
  t.equal(all.filter(({ started }) => started).length, 1)
  t.equal(new Set(all.map(({ url }) => url)).size, 1)
  const [{ url }] = all
  t.strictSame(
    await query(
      url,
      `select current_setting('fsync') as a, current_setting('synchronous_commit') as b,
         current_setting('full_page_writes') as c`,
    ),
    [{ a: 'off', b: 'off', c: 'off' }],
    'not durable, so nothing waits for the disk',
  )
  // The one that started it leaves first.
  all.sort((a, b) => Number(b.started) - Number(a.started))
  await all[0]?.stop()
  t.strictSame(await query(url, 'select 1 as n'), [{ n: 1 }])
  await all[1]?.stop()
  await all[1]?.stop()
  t.strictSame(await query(url, 'select 1 as n'), [{ n: 1 }])
  await all[2]?.stop()
  await t.rejects(query(url, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('after a crash', async (t) => {
  const folder = await dataFolder(t)
  const before = await start(t, folder, { durable: true })
  await query(before.url, 'create table kept (n int8); insert into kept values (1)')
  const pid = await postmasterOf(before.cluster)
  process.kill(pid, 'SIGKILL')
  await untilGone(pid)
  await before.stop()

  await t.test('a postmaster.pid whose process is gone does not keep it from starting', async (t) => {
    const { url, started, stop } = await start(t, folder)
    t.equal(started, true)
    t.strictSame(await query(url, 'select n from kept'), [{ n: 1 }])
    await stop()
  })

  await t.test('nor does one whose number now belongs to another process', async (t) => {
    const file = path.join(before.cluster, 'postmaster.pid')
    await writeFile(file, `${process.pid}\n${before.cluster}\n1\n5432\n\n127.0.0.1\n1 1\nready   \n`)
    const { url, stop } = await start(t, folder)
    t.strictSame(await query(url, 'select n from kept'), [{ n: 1 }])
    await stop()
  })

  await t.test('nor does a lock file left behind', async (t) => {
    const lock = path.join(folder, 'postgres.lock')
    const long = new Date(Date.now() - 60_000)
    const cases: [string, string, Date][] = [
      ['of a process that is gone', `${pid} 1234\n`, new Date()],
      ['of a number that lives again', `${process.pid} 1234\n`, long],
      ['empty', '', long],
    ]
    for (const [name, content, touched] of cases) {
      await writeFile(lock, content)
      await utimes(lock, touched, touched)
      const { url, stop } = await start(t, folder)
      t.strictSame(await query(url, 'select 1 as n'), [{ n: 1 }], name)
      await stop()
      await t.rejects(stat(lock), { code: 'ENOENT' }, 'released')
    }
  })
})

/** A process in a group of its own, as a shell makes for a command, that starts the server and stays. */
async function startInGroup(t: Test, folder: string, durable: boolean): Promise<ChildProcess> {
  const module = new URL('../../../src/db/embedded/index.js', import.meta.url)
  const script = `
    const { startEmbedded } = await import(${JSON.stringify(module.href)})
    await startEmbedded(${JSON.stringify(folder)}, { durable: ${durable} })
    console.log('started')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout ?? child, 'data')
  return child
}

t.test('a Ctrl-C in the terminal', async (t) => {
  const folder = await dataFolder(t)
  const cases = [
    { name: 'does not reach a durable server, which the next one finds running', durable: true },
    { name: 'stops a throw-away server', durable: false },
  ]
  for (const { name, durable } of cases) {
    await t.test(name, async (t) => {
      const child = await startInGroup(t, folder, durable)
      const pid = await postmasterOf(path.join(folder, 'postgres'))
      process.kill(-(child.pid ?? 0), 'SIGINT')
      await once(child, 'exit')
      if (!durable) await untilGone(pid)
      const { started, stop } = await start(t, folder)
      t.equal(started, !durable)
      await stop()
    })
  }
})

t.test('what cannot be started says why in one line', async (t) => {
  const folder = await dataFolder(t)
  await (await start(t, folder)).stop()
  // The name of the case, the file and what it holds (null: it is gone), and the message.
  const cases: [string, string, string | null, RegExp][] = [
    [
      'another major version',
      'postgres/PG_VERSION',
      '15\n',
      /^Postgres 15 made the database in .*, and this program brings Postgres \d+: dump it/,
    ],
    ['a lost password', 'postgres.json', null, /postgres\.json is missing: it held the password/],
    ['a broken password file', 'postgres.json', '{', /^cannot read .*postgres\.json: /],
    [
      'another password',
      'postgres.json',
      '{"password":"other"}',
      /^Postgres refuses the password in postgres/,
    ],
    [
      'a broken configuration',
      'postgres/postgresql.conf',
      'no_such_setting = 1\n',
      /^Postgres did not start: .*postgresql\.conf.* contains errors \(see .*postgres\.log\)$/,
    ],
  ]
  for (const [name, file, content, message] of cases) {
    const spoiled = path.join(folder, file)
    const good = await readFile(spoiled)
    if (content === null) await rm(spoiled)
    else await writeFile(spoiled, content)
    const error = await start(t, folder).then(
      () => 'it started',
      (error: Error) => error.message,
    )
    t.match(error, message, name)
    t.notMatch(error, '\n', name)
    await writeFile(spoiled, good, { mode: 0o600 })
  }
  const { url } = await start(t, folder)
  t.strictSame(await query(url, 'select 1 as n'), [{ n: 1 }], 'and nothing was lost by trying')
})

t.test('for root, in a folder that only root may enter', forRoot, async (t) => {
  const folder = await dataFolder(t, 0o700)
  const systemFolder = await dataFolder(t, 0o755)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)

  const first = await start(t, folder, { systemFolder, log })
  t.equal(path.dirname(first.cluster), path.join(systemFolder, 'clusters'))
  t.equal(await realpath(path.join(folder, 'postgres')), first.cluster)
  t.match(lines.join('\n'), /^Postgres runs as the user \S+, who cannot enter .*: the database is in /m)
  await query(first.url, 'create table kept (n int8)')
  await first.stop()

  await t.test('the next start finds it, without telling again', async (t) => {
    lines.length = 0
    const { url, cluster, stop } = await start(t, folder, { systemFolder, log })
    t.equal(cluster, first.cluster)
    t.strictSame(await query(url, 'select * from kept'), [])
    t.notMatch(lines.join('\n'), 'cannot enter')
    await stop()
  })

  await t.test('a database that is gone is not replaced by an empty one', async (t) => {
    await rm(first.cluster, { recursive: true })
    await t.rejects(start(t, folder, { systemFolder }), {
      message: /^the database that .* points to is gone$/,
    })
    t.ok((await lstat(path.join(folder, 'postgres'))).isSymbolicLink())
  })
})
