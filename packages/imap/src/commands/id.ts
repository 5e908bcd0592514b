// ID: RFC 2971. What a client says of itself is noted, for whoever runs the server, and changes nothing (§3).
import { bad } from '../refusal.js'
import { clientName } from '../session/client-note.js'
import { encodeString } from '../wire/encode.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok } from './command.js'

/** RFC 2971 §3.3. */
const MAX_PAIRS = 30
const MAX_FIELD = 30
const MAX_VALUE = 1024

const LOGGED_PAIRS = 10
const LOGGED_VALUE = 200

export const id: Command = {
  name: 'ID',
  rfc: 'RFC 2971 §3.1',
  state: 'any',
  async run({ args, session, untagged }) {
    const client = args.more() ? parseId(args) : new Map<string, string | null>()
    args.end()
    const { serverName, version, log } = session.settings
    if (client.size > 0) {
      const { remoteAddress } = session.connection
      log.info({ remoteAddress, client: shortened(client) }, 'imap client')
      session.use.client = clientName(client)
    }
    const pairs = [['name', serverName], ...(version ? [['version', version]] : [])]
    untagged(
      `ID (${pairs
        .flat()
        .map((text) => encodeString(text))
        .join(' ')})`,
    )
    return ok('ID completed')
  },
}

/** Anybody may say 30 KiB before login: not all of it goes to the log. */
function shortened(client: ReadonlyMap<string, string | null>): Record<string, string | null> {
  const pairs = [...client].slice(0, LOGGED_PAIRS)
  return Object.fromEntries(pairs.map(([name, value]) => [name, value?.slice(0, LOGGED_VALUE) ?? null]))
}

function parseId(args: Parser): Map<string, string | null> {
  const pairs = new Map<string, string | null>()
  if (args.peek() !== '(') {
    if (args.keyword('a list or NIL') !== 'NIL') throw args.fail('a list or NIL')
    return pairs
  }
  let count = 0
  args.list(() => {
    const field = args.astring('a field name')
    args.sp()
    const value = args.nstring()
    if (++count > MAX_PAIRS) throw bad(`ID takes ${MAX_PAIRS} fields`)
    if (field.length > MAX_FIELD) throw bad(`A field name of ID has at most ${MAX_FIELD} octets`)
    if (value !== null && value.length > MAX_VALUE) throw bad(`A value of ID has at most ${MAX_VALUE} octets`)
    const name = field.toLowerCase()
    if (pairs.has(name)) throw bad('A field name of ID is there twice')
    pairs.set(name, value)
  }, true)
  return pairs
}
