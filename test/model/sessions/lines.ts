// Commands and answers of IMAP as text: how they are sent, and how a script shows them.
import type { Belief } from '@tandem/imap/testing'

export interface Result {
  status: 'OK' | 'NO' | 'BAD'
  /** What follows the status: `[CODE] text`. */
  text: string
  /** Without `* ` and CRLF, literals as they came, as UTF-8. */
  untagged: string[]
}

export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** As Client.run takes them; what is not ASCII goes as UTF-8. */
export function partsOf(command: string, literals: readonly Buffer[]): (string | Buffer)[] {
  const texts = Buffer.from(command).toString('latin1').split('{}')
  const last = texts.length === 1 ? literals.length : texts.length - 1
  if (literals.length !== last) throw new Error(`${literals.length} literals for ${command}`)
  return texts.flatMap((text, index) => {
    const literal = literals[index]
    return [...(text === '' ? [] : [text]), ...(literal ? [literal] : [])]
  })
}

/** Known UIDs, and message sequence match data of all of them: RFC 7162 §3.2.5.1, §3.2.5.2. Empty where none is known. */
export function describeKnown({ messages }: Belief): string {
  const uids = messages.map(({ uid }) => uid)
  // A message whose UID was never told is not the last that was known.
  const unknown = uids.indexOf(0)
  const known = uids.slice(0, unknown < 0 ? uids.length : unknown)
  return known.length === 0 ? '' : ` ${uids.filter(Boolean)} (1:${known.length} ${known})`
}

export const utf8 = (octets: string): string => Buffer.from(octets, 'latin1').toString()

/** What SELECT says that is in no story. */
const DULL = /^(FLAGS |\d+ RECENT$|OK \[(PERMANENTFLAGS|UNSEEN|UIDNEXT|MAILBOXID) )/

export const describe = ({ status, text, untagged }: Result): string =>
  [...untagged.filter((each) => !DULL.test(each)), `${status} ${text}`]
    .map((each) => each.replace(/^(OK \[[^\]]*\]).*/, '$1'))
    .join(' | ')
