import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { tandem } from '../tandem.js'

t.test('accounts of a Postgres of our own', async (t) => {
  const { url } = await createTestDatabase(t)
  const env = { DATABASE_URL: url, TANDEM_DATA: path.join(t.testdir({}), 'data') }
  const mailstore = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const { directory } = mailstore
  const run = (line: string, input = '') => tandem(line.split(' '), { env, input })

  await t.test('account list tells a newcomer how to begin', async (t) => {
    const { code, stdout, stderr } = await run('account list')
    t.strictSame([code, stdout], [0, ''])
    t.match(stderr, 'tandem account add NAME@DOMAIN')
  })

  await t.test('account add takes the password of standard input, and does not print it', async (t) => {
    const { code, stdout, stderr } = await run('account add carol@example.org --quota 2GiB', 'opensesame\n')
    t.strictSame([code, stdout, stderr], [0, 'carol@example.org has an account\n', ''])
    t.ok(await directory.authenticate('carol@example.org', 'opensesame'))
  })

  await t.test(
    'a password that is short or among the commonest is refused, in a line that says what would do',
    async (t) => {
      for (const [line, input] of [
        ['account add erin@example.org', 'ab'],
        ['account add erin@example.org', 'Password123'],
        ['account passwd carol@example.org', 'carol2026'],
      ] as const) {
        const { code, stdout, stderr } = await run(line, input)
        t.strictSame([code, stdout], [1, ''])
        t.match(stderr, /^tandem: .+: a few words in a row would do\n$/, input)
      }
      t.equal(await directory.resolve('erin@example.org'), null)
      t.ok(await directory.authenticate('carol@example.org', 'opensesame'), 'the old one stays')
    },
  )

  await t.test('the identity of an account, and of its aliases, has a name', async (t) => {
    const namesOf = async (address: string) => {
      const { accountId } = (await directory.resolve(address))!
      return mailstore.account(accountId).read(async (r) => (await r.identity.list()).map(({ name }) => name))
    }
    await tandem(['account', 'add', 'ida@example.org', '--name', 'Ida Büchner'], { env })
    await run('alias add ib@example.org ida@example.org')
    t.strictSame(await namesOf('ida@example.org'), ['Ida Büchner', 'Ida Büchner'])
    t.strictSame(await namesOf('carol@example.org'), ['carol'], 'without --name, the local part')
    await run('account delete ida@example.org --yes')
  })

  await t.test('account add makes a password where none comes, and it is the one printed', async (t) => {
    const { stdout } = await run('account add dave@example.org')
    const password = /^password: (\S+)$/m.exec(stdout)?.[1]
    t.ok(await directory.authenticate('dave@example.org', password ?? ''))
  })

  await t.test('account passwd replaces the password', async (t) => {
    t.match(await run('account passwd carol@example.org', 'sesameopen'), { code: 0 })
    t.equal(await directory.authenticate('carol@example.org', 'opensesame'), null)
    t.ok(await directory.authenticate('carol@example.org', 'sesameopen'))
    const { stdout } = await run('account passwd dave@example.org')
    const password = /^password: (\S+)$/m.exec(stdout)?.[1]
    t.ok(await directory.authenticate('dave@example.org', password ?? ''))
  })

  await t.test('alias add gives another address, and account list shows all of it', async (t) => {
    t.match(await run('alias add sales@example.org carol@example.org'), { code: 0 })
    t.match(await directory.resolve('sales@example.org'), { name: 'carol@example.org' })
    const lines = (await run('account list')).stdout.trim().split('\n')
    t.match(lines, [
      /^carol@example\.org {2}0 B of 2GiB {2,}\d{4}-\d\d-\d\d {2}sales@example\.org$/,
      /^dave@example\.org {3}0 B of no quota {2,}\d{4}-\d\d-\d\d$/,
    ])
    t.equal(lines.length, 2)
  })

  await t.test('alias list and alias remove', async (t) => {
    t.match(await run('alias add info@example.org dave@example.org'), { code: 0 })
    const lines = async (line: string) => (await run(line)).stdout.trim().split('\n')
    t.strictSame(await lines('alias list'), [
      'sales@example.org  carol@example.org',
      'info@example.org   dave@example.org',
    ])
    t.strictSame(await lines('alias list Dave@example.org'), ['info@example.org  dave@example.org'])
    t.strictSame(await lines('alias list info@example.org'), ['info@example.org  dave@example.org'])
    t.strictSame(
      (await run('alias remove Info@example.org')).stdout,
      'Info@example.org is an alias no more\n',
    )
    t.equal(await directory.resolve('info@example.org'), null)
    const none = await run('alias list dave@example.org')
    t.strictSame([none.code, none.stdout], [0, ''])
    t.match(none.stderr, 'tandem alias add')
  })

  await t.test(
    'a catch-all is added, listed and removed; an asterisk is refused, and says how',
    async (t) => {
      const refused = await run('alias add *@example.org carol@example.org')
      t.match(refused, { code: 1, stderr: 'alias add @example.org NAME@DOMAIN' })
      t.match(await run('alias add @example.org carol@example.org'), { code: 0 })
      t.match(await directory.resolve('whoever@example.org'), { name: 'carol@example.org' })
      t.equal(
        (await run('alias list @example.org')).stdout,
        (await run('alias list carol@example.org')).stdout,
      )
      t.match((await run('alias list')).stdout, /^@example\.org +carol@example\.org$/m)
      t.match(await run('alias list whoever@example.org'), { code: 1 })
      t.match(await run('alias remove @example.org'), { code: 0 })
      t.equal(await directory.resolve('whoever@example.org'), null)
    },
  )

  await t.test('account delete removes the account, when told that this is meant', async (t) => {
    t.match(await run('account delete dave@example.org'), {
      code: 2,
      stderr: 'tandem: account delete needs --yes where it cannot ask\n',
    })
    t.ok(await directory.resolve('dave@example.org'))
    t.match(await run('account delete dave@example.org --yes'), { code: 0 })
    t.equal(await directory.resolve('dave@example.org'), null)
  })

  await t.test('what the store refuses is one line and exit code 1', async (t) => {
    for (const line of [
      'account add carol@example.org',
      'account passwd nobody@example.org',
      'account kick nobody@example.org',
      'account delete nobody@example.org --yes',
      'account delete nobody@example.org',
      'account delete sales@example.org',
      'alias add sales@example.org carol@example.org',
      'alias add other@example.org nobody@example.org',
      'alias remove other@example.org',
      'alias remove carol@example.org',
      'alias list nobody@example.org',
    ]) {
      const { code, stderr } = await run(line, 'horse battery')
      t.equal(code, 1, line)
      t.match(stderr, /^tandem: .+\n$/, line)
    }
  })

  await t.test('with DATABASE_URL nothing is written to the data folder', async (t) => {
    await t.rejects(readdir(env.TANDEM_DATA), { code: 'ENOENT' })
  })
})

t.test(
  'a database that cannot be reached is one line that names the setting, without its password',
  async (t) => {
    const env = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/tandem' }
    const { code, stderr } = await tandem(['account', 'list'], { env })
    t.equal(code, 1)
    t.match(stderr, /^tandem: DATABASE_URL postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/tandem: .+\n$/)
  },
)

t.test(
  'without DATABASE_URL the database is in the data folder, and is stopped after each command',
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tandem-'))
    // The database of root runs as another user, who has to get in.
    await chmod(folder, 0o755)
    t.teardown(() => rm(folder, { recursive: true }))
    const options = { env: { TANDEM_DATA: path.join(folder, 'data') } }
    t.match(await tandem(['account', 'add', 'carol@example.org'], options), { code: 0, stderr: '' })
    const cluster = path.join(folder, 'data', 'postgres')
    t.notOk((await readdir(cluster)).includes('postmaster.pid'), 'Postgres is stopped')
    t.match((await tandem(['account', 'list'], options)).stdout, /^carol@example\.org /)
  },
)

t.test(
  'only what makes an account makes a database: a mistyped folder is told, and nothing is made',
  async (t) => {
    const folder = path.join(t.testdir({}), 'tyop')
    for (const line of [
      'account list',
      'queue list',
      'check',
      'restored --yes',
      'undelete carol@example.org',
    ]) {
      t.strictSame(
        await tandem([...line.split(' '), '--data', folder]),
        {
          code: 1,
          stdout: '',
          stderr: `tandem: TANDEM_DATA ${folder}: there is no database in it; tandem account add makes one\n`,
        },
        line,
      )
    }
    await t.rejects(readdir(folder), { code: 'ENOENT' })
    const file = path.join(t.testdir({ file: '' }), 'file')
    t.match(await tandem(['account', 'list', '--data', file]), { code: 1, stderr: /a file in its place/ })
  },
)
