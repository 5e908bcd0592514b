import { availableParallelism } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { type Given, loadSettings } from '../../src/settings/load.js'
import { mask, shown } from '../../src/settings/mask.js'
import {
  fileKey,
  flagName,
  poolSize,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
} from '../../src/settings/table.js'
import { EXIT, Stop } from '../../src/stop.js'

function load(given: Partial<Given>) {
  return loadSettings({ env: {}, ...given })
}

/** The line that loading is refused with. */
function refusal(given: Partial<Given>): string {
  try {
    load(given)
  } catch (error) {
    if (error instanceof Stop && error.exitCode === EXIT.usage) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

t.test('with nothing set, the documented defaults are in force', async (t) => {
  const { settings, origins } = load({})
  t.match(settings, {
    DATABASE_URL: null,
    TANDEM_DATA: path.resolve('data'),
    TANDEM_HOST: '127.0.0.1',
    TANDEM_IMAP_PORT: 1143,
    TANDEM_IMAPS_PORT: 1993,
    TANDEM_HTTP_PORT: 8080,
    TANDEM_SUBMISSION_PORT: 1587,
    TANDEM_SUBMISSIONS_PORT: 1465,
    TANDEM_LMTP_PORT: 1024,
    TANDEM_LMTP_HOST: '127.0.0.1',
    TANDEM_WORKERS: Math.min(availableParallelism(), 16),
    TANDEM_DATABASE_CONNECTIONS: 80,
    TANDEM_SERVICES: ['imap', 'jmap', 'submission', 'lmtp', 'outbox', 'housekeeping'],
    TANDEM_PUBLIC_URL: null,
    TANDEM_APPEND_LIMIT: 50 * 1024 * 1024,
    TANDEM_QUOTA: null,
    TANDEM_RELAY_URL: null,
    TANDEM_LOG_LEVEL: 'info',
    TANDEM_LOG_NAMES: 'hashed',
  })
  t.strictSame(new Set(Object.values(origins)), new Set(['default']))
})

t.test('each setting has one name in the environment, the file and the flags', async (t) => {
  t.equal(fileKey('TANDEM_IMAP_PORT'), 'imap_port')
  t.equal(flagName('TANDEM_IMAP_PORT'), 'imap-port')
  t.equal(fileKey('DATABASE_URL'), 'database_url')
  t.equal(flagName('DATABASE_URL'), 'database-url')
  t.equal(new Set(SETTING_NAMES.map(fileKey)).size, SETTING_NAMES.length, 'no two share a key')
})

t.test('the file is below the environment, and the environment below the flags', async (t) => {
  const dir = t.testdir({ 'tandem.toml': 'imap_port = 1\nimaps_port = 2\nlmtp_port = 3\n' })
  const file = path.join(dir, 'tandem.toml')
  const { settings, origins } = load({
    file,
    env: { TANDEM_IMAPS_PORT: '22', TANDEM_LMTP_PORT: '33' },
    flags: new Map<SettingName, string>([['TANDEM_LMTP_PORT', '333']]),
  })
  t.match(settings, { TANDEM_IMAP_PORT: 1, TANDEM_IMAPS_PORT: 22, TANDEM_LMTP_PORT: 333 })
  t.match(origins, {
    TANDEM_IMAP_PORT: file,
    TANDEM_IMAPS_PORT: 'environment',
    TANDEM_LMTP_PORT: '--lmtp-port',
    TANDEM_HTTP_PORT: 'default',
  })
})

t.test('an empty environment variable is not set; none and off take a value back', async (t) => {
  const dir = t.testdir({ 'tandem.toml': 'database_url = "postgres://db/tandem"\nhttp_port = 80\n' })
  const given = { file: path.join(dir, 'tandem.toml') }
  t.equal(load({ ...given, env: { DATABASE_URL: '' } }).settings.DATABASE_URL, 'postgres://db/tandem')
  t.equal(load({ ...given, env: { DATABASE_URL: 'none' } }).settings.DATABASE_URL, null)
  t.equal(load({ ...given, env: { TANDEM_HTTP_PORT: 'off' } }).settings.TANDEM_HTTP_PORT, null)
})

const RIGHT: [name: SettingName, text: string, value: unknown][] = [
  ['TANDEM_IMAP_PORT', '0', 0],
  ['TANDEM_IMAP_PORT', '65535', 65_535],
  ['TANDEM_IMAP_PORT', 'off', null],
  ['TANDEM_APPEND_LIMIT', '50MiB', 52_428_800],
  ['TANDEM_APPEND_LIMIT', '1 gib', 1_073_741_824],
  ['TANDEM_APPEND_LIMIT', '1000', 1000],
  ['TANDEM_QUOTA', '2GiB', 2_147_483_648],
  ['TANDEM_QUOTA', 'none', null],
  ['TANDEM_HOST', '::', '::'],
  ['TANDEM_HOST', 'mail.example.org', 'mail.example.org'],
  ['TANDEM_SERVICES', 'imap, jmap', ['imap', 'jmap']],
  ['TANDEM_TRUSTED_PROXIES', '10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['TANDEM_PUSH_NETWORKS', '10.0.0.0/8,::1', ['10.0.0.0/8', '::1']],
  ['TANDEM_PUSH_NETWORKS', 'none', null],
  ['TANDEM_PUBLIC_URL', 'https://mail.example.org/', 'https://mail.example.org/'],
  ['TANDEM_RELAY_URL', 'smtps://user:p%40ss@relay.example.org', 'smtps://user:p%40ss@relay.example.org'],
  ['DATABASE_URL', 'postgresql:///tandem?host=/run/postgresql', 'postgresql:///tandem?host=/run/postgresql'],
]

t.test('right values are read as what they mean, and shown as they can be read again', async (t) => {
  for (const [name, text, value] of RIGHT) {
    const { settings } = load({ env: { [name]: text } })
    t.strictSame(settings[name], value, `${name}=${text}`)
    const again = (SETTINGS[name].kind as { format(value: unknown): string }).format(value)
    t.strictSame(load({ env: { [name]: again } }).settings[name], value, `${name}=${again}`)
  }
})

const WRONG: [name: SettingName, text: string][] = [
  ['DATABASE_URL', 'mysql://db/tandem'],
  ['DATABASE_URL', 'db/tandem'],
  ['TANDEM_DATA', '\0'],
  ['TANDEM_HOST', '127.0.0.256'],
  ['TANDEM_HOST', 'a b'],
  ['TANDEM_IMAP_PORT', '65536'],
  ['TANDEM_IMAPS_PORT', '-1'],
  ['TANDEM_HTTP_PORT', '80a'],
  ['TANDEM_SUBMISSION_PORT', 'no'],
  ['TANDEM_SUBMISSIONS_PORT', '1.5'],
  ['TANDEM_LMTP_PORT', 'tcp://10.0.0.1:24'],
  ['TANDEM_LMTP_HOST', ':::'],
  ['TANDEM_HOSTNAME', '192.0.2.1'],
  ['TANDEM_HOSTNAME', 'my_host'],
  ['TANDEM_WORKERS', '0'],
  ['TANDEM_WORKERS', '257'],
  ['TANDEM_DATABASE_CONNECTIONS', '4'],
  ['TANDEM_SERVICES', 'imap,pop3'],
  ['TANDEM_SERVICES', 'imap,imap'],
  ['TANDEM_PUBLIC_URL', 'mail.example.org'],
  ['TANDEM_PUBLIC_URL', 'https://mail.example.org/?a=b'],
  ['TANDEM_TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TANDEM_TRUSTED_PROXIES', 'proxy.example.org'],
  ['TANDEM_APPEND_LIMIT', '50MB'],
  ['TANDEM_APPEND_LIMIT', '0'],
  ['TANDEM_APPEND_LIMIT', 'none'],
  ['TANDEM_QUOTA', '-5'],
  ['TANDEM_RELAY_URL', 'http://relay.example.org'],
  ['TANDEM_RELAY_URL', 'smtp://relay.example.org/path'],
  ['TANDEM_PUSH_NETWORKS', 'localhost'],
  ['TANDEM_APPEND_8BIT', 'maybe'],
  ['TANDEM_POSTMASTER', 'anna'],
  ['TANDEM_SUBMISSION_RECEIVED', 'none'],
  ['TANDEM_LOG_LEVEL', 'loud'],
  ['TANDEM_LOG_NAMES', 'yes'],
]

t.test('a wrong value is refused in one line: which setting, from where, what was expected', async (t) => {
  for (const [name, text] of WRONG) {
    const line = refusal({ env: { [name]: text } })
    const start = `${name} from the environment: `
    t.ok(line.startsWith(start) && line.endsWith(SETTINGS[name].kind.expected), line)
    t.notMatch(line, /\n/)
    const flag = refusal({ flags: new Map([[name, text]]) })
    t.ok(flag.startsWith(`${name} from --${flagName(name)}: `), flag)
  }
  const tested = new Set(WRONG.map(([name]) => name))
  const paths: SettingName[] = ['TANDEM_TLS_CERT', 'TANDEM_TLS_KEY']
  t.strictSame(
    SETTING_NAMES.filter((name) => !tested.has(name)),
    paths,
    'every setting that can be wrong is tried',
  )
})

t.test('a password in a wrong value is not shown', async (t) => {
  t.match(refusal({ env: { DATABASE_URL: 'mysql://me:hunter2@db/x' } }), 'mysql://me:***@db/x')
  t.notMatch(refusal({ env: { DATABASE_URL: 'me:hunter2@db' } }), 'hunter2')
  t.notMatch(refusal({ env: { DATABASE_URL: 'hunter2' } }), 'hunter2')
})

t.test('passwords are masked wherever a value is shown', async (t) => {
  const env = {
    DATABASE_URL: 'postgres://me:hunter2@db/x?sslpassword=hunter2',
    TANDEM_RELAY_URL: 'smtp://u:hunter2@relay:587',
  }
  const { settings } = load({ env })
  for (const name of SETTING_NAMES) t.notMatch(shown(settings, name), 'hunter2')
  t.equal(mask('smtp://u:hunter2@relay:587'), 'smtp://u:***@relay:587')
})

t.test('certificate and key come together', async (t) => {
  t.match(refusal({ env: { TANDEM_TLS_CERT: 'a.pem' } }), /^TANDEM_TLS_CERT is set without TANDEM_TLS_KEY/)
  t.match(refusal({ env: { TANDEM_TLS_KEY: 'a.pem' } }), /^TANDEM_TLS_KEY is set without TANDEM_TLS_CERT/)
})

t.test('each worker gets its share of the database connections, and too few are refused', async (t) => {
  const share = (workers: number, connections: number) =>
    poolSize({ TANDEM_WORKERS: workers, TANDEM_DATABASE_CONNECTIONS: connections })
  t.equal(share(1, 80), 10)
  t.equal(share(8, 80), 8)
  t.equal(share(16, 80), 3)
  t.match(
    refusal({ env: { TANDEM_WORKERS: '17' } }),
    'TANDEM_DATABASE_CONNECTIONS: 80 are too few for TANDEM_WORKERS 17: expected at least 5 for each',
  )
})

t.test('the file may say numbers and lists; what is wrong in it names the file', async (t) => {
  const dir = t.testdir({
    'good.toml': 'services = ["imap", "lmtp"]\nworkers = 3\nappend_limit = "1MiB"\n',
    'unknown.toml': 'imap_prot = 143\n',
    'variable.toml': 'TANDEM_HOST = "::"\n',
    'value.toml': 'imap_port = 99999\n',
    'type.toml': 'imap_port = true\n',
    'table.toml': '[imap]\nport = 143\n',
    'broken.toml': 'imap_port = 143\nhost = \n',
  })
  const file = (name: string) => path.join(dir, name)
  t.match(load({ file: file('good.toml') }).settings, {
    TANDEM_SERVICES: ['imap', 'lmtp'],
    TANDEM_WORKERS: 3,
    TANDEM_APPEND_LIMIT: 1_048_576,
  })
  const cases: [string, string | RegExp][] = [
    ['unknown.toml', `${file('unknown.toml')}: there is no setting imap_prot (did you mean imap_port?)`],
    ['variable.toml', /there is no setting TANDEM_HOST/],
    ['value.toml', `TANDEM_IMAP_PORT from ${file('value.toml')}: "99999" is not a port`],
    ['type.toml', `TANDEM_IMAP_PORT from ${file('type.toml')}: expected a port`],
    ['table.toml', /there is no setting imap/],
    ['broken.toml', `--config ${file('broken.toml')}, line 2: `],
    ['missing.toml', `--config ${file('missing.toml')}: there is no such file or folder`],
  ]
  for (const [name, expected] of cases) {
    const line = refusal({ file: file(name) })
    t.match(line, expected)
    t.notMatch(line, /\n/)
  }
})

t.test(
  'an environment variable that looks like a misspelled setting is noticed, another is not',
  async (t) => {
    const env = { TANDEM_IMAP_PROT: '1', TANDEM_SERVICE_HOST: '10.0.0.1', DATABASE_URI: 'x', HOME: '/' }
    t.strictSame(load({ env }).strangers, ['DATABASE_URI', 'TANDEM_IMAP_PROT'])
  },
)
