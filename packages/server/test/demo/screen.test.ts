import t from 'tap'
import type { DemoAccount } from '../../src/demo/accounts.js'
import { demoScreen } from '../../src/demo/screen.js'
import type { Address, ListenerName } from '../../src/serve/messages.js'
import { SERVICES } from '../../src/settings/table.js'

const PASSWORD = 'abcde-abcde-abcde-abcde'
const ACCOUNTS: DemoAccount[] = [
  { name: 'alice@example.org', accountId: 2 ** 40 + 1, password: PASSWORD },
  { name: 'bob@example.org', accountId: 2 ** 40 + 2, password: PASSWORD },
]
const SETTINGS = { TANDEM_SERVICES: SERVICES, TANDEM_TLS_CERT: null }
const NAMES: ListenerName[] = ['http', 'imap', 'imaps', 'submission', 'submissions', 'lmtp']

function addresses(host: string, names = NAMES): Address[] {
  return names.map((name) => ({ name, host, port: 65_000 }))
}

t.test('it is one screen: 40 lines of 100 columns', async (t) => {
  const lines = demoScreen(ACCOUNTS, addresses('127.0.0.1'), SETTINGS).split('\n')
  t.ok(lines.length <= 40, `${lines.length} lines`)
  t.strictSame(
    lines.filter((line) => line.length > 100),
    [],
  )
})

t.test('it tells the addresses to connect to', async (t) => {
  t.match(demoScreen(ACCOUNTS, addresses('0.0.0.0'), SETTINGS), 'http://127.0.0.1:65000/')
  t.match(demoScreen(ACCOUNTS, addresses('::'), SETTINGS), 'http://[::1]:65000/')
  t.match(demoScreen(ACCOUNTS, addresses('192.0.2.1'), SETTINGS), 'http://192.0.2.1:65000/')
})

t.test('what does not listen, and a password that is not known, are left out', async (t) => {
  const screen = demoScreen(ACCOUNTS, addresses('127.0.0.1', ['http', 'lmtp']), SETTINGS)
  t.notMatch(screen, /imap:|smtp/)
  const mailOnly = { ...SETTINGS, TANDEM_SERVICES: ['imap'] as const, TANDEM_TLS_CERT: 'cert.pem' }
  t.notMatch(demoScreen(ACCOUNTS, addresses('127.0.0.1'), mailOnly), /jmap|self-signed/)
  const changed = ACCOUNTS.map((account) => ({ ...account, password: null }))
  t.notMatch(demoScreen(changed, addresses('127.0.0.1'), SETTINGS), /curl|null/)
})
