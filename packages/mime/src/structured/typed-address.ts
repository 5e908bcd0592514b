// What somebody typed into an address field, and is no address yet: a draft keeps it (RFC 8621 §4.6). It stands in the
// place of an address as encoded words (RFC 2047), which an address cannot hold (§5 (3)): so no reader takes its commas
// and brackets for those of the list, and it reads back as it was typed.
import { decodeWords } from '../headers/words.js'
import { parseAddressList } from './address-list.js'

/** An addr-spec, or what may become one; other readers would make several addresses of less. */
const ADDRESS =
  /^(?:[^\s"(),:;<>@[\\\]]*|"(?:[^"\\]|\\.)*")(?:@(?:[^\s"(),:;<>@[\\\]]*|\[[^\s"(),;<>@[\\\]]*\]))?$/
/** What some reader may take for one; `=?` alone is a part of an address as any. */
const ENCODED_WORD = /=\?[^?]*\?[^?]*\?.*\?=/
/** UTF-16 units; a line of a header is not folded within an address. */
const MAX_ADDRESS = 500

/** Whether it can stand between the angle brackets of an address as it is, and is read as that. */
export function isPlainAddress(text: string): boolean {
  if (text === '' || text.length > MAX_ADDRESS || ENCODED_WORD.test(text) || !ADDRESS.test(text)) return false
  const [item, ...more] = parseAddressList(Buffer.from(`<${text}>`).toString('latin1'), {})
  if (item?.kind !== 'address' || item.route !== null || more.length > 0) return false
  return text === (item.domain === null ? item.local : `${item.local}@${item.domain}`)
}

/** The text that was typed, where `local` without a domain stands for such; never one that could be an address. */
export function typedText(local: string): string | null {
  const text = decodeWords(local)
  return text === local || isPlainAddress(text) ? null : text
}
