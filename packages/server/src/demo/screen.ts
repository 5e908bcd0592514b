// The one screen of `serve --demo`: where the server is, who may log in, and lines to paste.
import { isIP } from 'node:net'
import { formatId } from '@tandem/mailstore'
import { type Address, hostPort, type ListenerName } from '../serve/messages.js'
import type { Settings } from '../settings/table.js'
import type { DemoAccount } from './accounts.js'

const TLS_LISTENERS: ReadonlySet<ListenerName> = new Set(['imap', 'imaps', 'submission', 'submissions'])

/** Where JMAP requests go. */
const API = '/jmap/api'

/** At most 40 lines of 100 columns. Every command of it works when pasted into a shell. */
export function demoScreen(
  accounts: readonly DemoAccount[],
  addresses: readonly Address[],
  settings: Pick<Settings, 'TANDEM_SERVICES' | 'TANDEM_TLS_CERT'>,
  postmaster: string | null = null,
): string {
  const at = (name: ListenerName) => {
    const found = addresses.find((address) => address.name === name)
    if (found === undefined || (name === 'http' && !settings.TANDEM_SERVICES.includes('jmap'))) return null
    return hostPort(reachable(found.host), found.port)
  }
  const alice = accounts.find(({ password }) => password !== null)
  const other = accounts.find((account) => account !== alice)
  return [
    '',
    'Two accounts to try, each with a little mail:',
    '',
    ...accounts.map(
      ({ name, password }) => `  ${name.padEnd(20)} ${password ?? '(a password that is not known here)'}`,
    ),
    '',
    ...whereabouts(at, postmaster),
    ...(settings.TANDEM_TLS_CERT === null && addresses.some(({ name }) => TLS_LISTENERS.has(name))
      ? ['  The certificate is self-signed: a mail client asks once whether to trust it.']
      : []),
    ...(alice === undefined ? [] : commands(alice, other ?? alice, at)),
    '',
    'Ctrl-C stops it. README.md says what is next: accounts, settings, a Postgres of your own.',
    '',
  ].join('\n')
}

type At = (name: ListenerName) => string | null

function whereabouts(at: At, postmaster: string | null): string[] {
  const pair = (plain: ListenerName, tls: ListenerName) => {
    const parts = [
      [at(plain), 'STARTTLS'],
      [at(tls), 'TLS'],
    ].flatMap(([where, how]) => (where === null ? [] : [`${where} (${how})`]))
    return parts.length === 0 ? null : parts.join(', ')
  }
  const [http, lmtp] = [at('http'), at('lmtp')]
  const rows = [
    ['IMAP', pair('imap', 'imaps')],
    ['JMAP', http === null ? null : `http://${http}/.well-known/jmap`],
    ['Submission', pair('submission', 'submissions')],
    ['LMTP', lmtp && postmaster ? `${lmtp} (mail for postmaster goes to ${postmaster})` : lmtp],
  ].flatMap(([name, where]) => (where === null ? [] : [`  ${name!.padEnd(11)} ${where}`]))
  return rows
}

function commands({ name, accountId, password }: DemoAccount, other: DemoAccount, at: At): string[] {
  const login = `-u '${name}:${password}'`
  const [imaps, http, submissions] = [at('imaps'), at('http'), at('submissions')]
  const account = formatId('account', accountId)
  const lines: string[] = []
  if (imaps !== null) {
    const inbox = `  curl -sk ${login} 'imaps://${imaps}/INBOX`
    lines.push('', 'The first message of the inbox, by IMAP; flag it; the flags of all:', '')
    lines.push(`${inbox};UID=1'`)
    lines.push(`${inbox}' \\`, "    -X 'STORE 1 +FLAGS (\\Flagged)'")
    lines.push(`${inbox}' \\`, "    -X 'FETCH 1:* (FLAGS)'")
  }
  if (http !== null) {
    lines.push('', 'What is flagged, by JMAP: the same message, the same flag:', '')
    lines.push(`  curl -s ${login} http://${http}${API} \\`)
    lines.push(`    -H 'Content-Type: application/json' -d '{"methodCalls": [`)
    lines.push(`    ["Email/query", {"accountId": "${account}", "filter": {"hasKeyword": "$flagged"}}, "0"],`)
    lines.push(`    ["Email/get", {"accountId": "${account}", "properties": ["subject", "from", "keywords"],`)
    lines.push('    "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}}, "1"]],')
    lines.push('    "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]}\'')
  }
  if (submissions !== null) {
    lines.push('', `A message to ${other.name}:`, '')
    lines.push(`  printf 'From: ${name}\\nTo: ${other.name}\\nSubject: Hello\\n\\nHello.\\n' |`)
    lines.push(`  curl -sk ${login} smtps://${submissions} \\`)
    lines.push(`    --mail-from ${name} --mail-rcpt ${other.name} --crlf -T -`)
  }
  return lines
}

/** The address to connect to: who listens on every address is reached on loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return isIP(host) === 6 && /^[0:]+$/.test(host) ? '::1' : host
}
