// Addresses of an envelope, here and elsewhere, as Postfix takes them: more than RFC 5321 §4.1.2 has. Dots stand anywhere
// in a local part (docomo.ne.jp gave such addresses away), `%` and `!` are letters like others, names of hosts have
// underscores, and only the path as a whole has a limit. Pure.
import { domainToASCII } from 'node:url'

/** RFC 6531 §3.3 lets in what is beyond US-ASCII. */
const BARE = /^(?:[\w!#$%&'*+/=?^`{|}~.-]|[^\x00-\x7f\p{C}\p{Z}])+$/u
/** No angle brackets: what sends the mail takes them for the end of a path. */
const QUOTED = /^"(?:[^"\\<>\p{C}]|\\[ -;=?-~])*"$/u
const LITERAL = /^\[[\w.:-]{1,60}\]$/
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i
/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const MAX_PATH = 254
/** RFC 5321 §4.1.1.3 and appendix C: taken and passed over. */
const SOURCE_ROUTE = /^@[^\s,:@<>]+(?:,@[^\s,:@<>]+)*:/

/** `local@domain` without a source route and without a dot behind the domain; null where it is no address. */
export function mailboxPath(text: string): string | null {
  const address = text.replace(SOURCE_ROUTE, '')
  const at = address.lastIndexOf('@')
  const local = address.slice(0, Math.max(0, at))
  const domain = address.slice(at + 1).replace(/(?<=[^.])\.$/, '')
  if (Buffer.byteLength(address) > MAX_PATH || !(BARE.test(local) || QUOTED.test(local))) return null
  const isName = !/[\s\p{C}<>]/u.test(domain) && NAME.test(domainToASCII(domain))
  return isName || LITERAL.test(domain) ? `${local}@${domain}` : null
}
