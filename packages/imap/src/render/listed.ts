// LIST and LSUB responses, and mailbox names as a session spells them. Pure.
import { encodeAString, encodeUtf8AString } from '../wire/encode.js'
import { DELIMITER } from '../wire/mailbox-pattern.js'
import { encodeMailboxName } from '../wire/mutf7.js'

/** Modified UTF-7 (RFC 3501 §5.1.3), or UTF-8 where the client enabled that (RFC 9051 §5.1). */
export function renderMailboxName(path: string, utf8: boolean): string {
  return utf8 ? encodeUtf8AString(path) : encodeAString(encodeMailboxName(path))
}

export interface Listed {
  attributes: readonly string[]
  path: string
  /** Extended data items, tag and value (RFC 5258 §6, mbox-list-extended-item). */
  extended?: readonly string[]
}

/** RFC 3501 §9, mailbox-list; RFC 5258 §6. */
export function renderListed(response: 'LIST' | 'LSUB', listed: Listed, utf8: boolean): string {
  const { attributes, path, extended = [] } = listed
  const name = renderMailboxName(path, utf8)
  const items = extended.length > 0 ? ` (${extended.join(' ')})` : ''
  return `* ${response} (${attributes.join(' ')}) "${DELIMITER}" ${name}${items}\r\n`
}
