// The question before a protocol is switched off: who still uses it, and with what?
import { type ClientProtocol, type ClientUse, MailstoreError } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { EXIT, Stop } from '../stop.js'
import { say } from './say.js'
import { columns, instant, plain } from './table.js'
import { timeOf } from './time.js'
import type { Call, Command } from './types.js'

const PROTOCOLS: readonly ClientProtocol[] = ['imap', 'jmap', 'submission']

export const clients: Command = {
  name: 'clients',
  summary: 'list who uses which protocol, and with which program',
  operands: ['[NAME@DOMAIN]'],
  description: [
    'Lists, for one account or for all, each program that logged in: protocol, when it was last and',
    'first seen, and what it says of itself (by IMAP in ID, by JMAP in User-Agent; SMTP submission says',
    'nothing). A running server writes what it saw once a minute, and a time of last use that is newer',
    'by ten minutes. The 50 programs that a person used last are kept.',
  ],
  examples: [
    'tandem clients carol@example.org',
    'tandem clients --protocol imap --since 30d     # who could not be moved off IMAP today',
  ],
  options: {
    protocol: { value: 'PROTOCOL', help: 'only this one: imap, jmap or submission' },
    since: {
      value: 'TIME',
      help: 'only what was used since: 2026-11-20, 2026-11-20T08:00Z, or 30m, 6h, 2d ago',
    },
  },
  settings: STORE_SETTINGS,
  async run(call) {
    const { name, filter } = read(call)
    return withMailstore(call.inForce.settings, async ({ directory, clients }) => {
      const principal = name === undefined ? undefined : await directory.find(name)
      if (principal === null) throw new MailstoreError('loginNotFound', `there is no login ${name}`)
      const account = principal ? { accountId: principal.accountId } : {}
      await list(clients.list({ ...filter, ...account }))
      return 0
    })
  },
}

function read({ operands: [name], values }: Call) {
  const [asked, since] = [values.get('protocol')?.at(-1), values.get('since')?.at(-1)]
  const protocol = PROTOCOLS.find((each) => each === asked)
  if (asked !== undefined && protocol === undefined) {
    throw new Stop(`--protocol ${asked}: expected one of ${PROTOCOLS.join(', ')}`, EXIT.usage)
  }
  const filter = {
    ...(protocol ? { protocol } : {}),
    ...(since === undefined ? {} : { since: timeOf(since) }),
  }
  return { name, filter }
}

/** Somebody's together, the last used first; no more than one person's are held. */
async function list(uses: AsyncIterable<ClientUse>): Promise<void> {
  let held: ClientUse[] = []
  let hasSome = false
  const print = () => {
    held.sort((a, b) => b.lastSeen.getTime() - a.lastSeen.getTime())
    for (const line of columns(held.map(rowOf))) say(line)
  }
  for await (const use of uses) {
    hasSome = true
    if (held[0] && held[0].principalId !== use.principalId) {
      print()
      held = []
    }
    held.push(use)
  }
  print()
  if (!hasSome)
    process.stderr.write('nobody was seen; a running server writes down once a minute whom it saw\n')
}

const rowOf = (use: ClientUse): string[] => [
  use.name,
  use.protocol,
  instant(use.lastSeen),
  `since ${instant(use.firstSeen).slice(0, 10)}`,
  use.client === null ? '(does not say)' : plain(use.client, 100),
]
