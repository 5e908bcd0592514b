// EmailBodyValue: RFC 8621 §4.1.4, and its truncation in §4.2.
import { partText, presentedType, type SummaryPart } from '@tandem/mime'

export interface EmailBodyValue {
  value: string
  isEncodingProblem: boolean
  isTruncated: boolean
}

/** Of a body that is beyond the bounds of reading. */
const UNREADABLE: EmailBodyValue = { value: '', isEncodingProblem: true, isTruncated: true }

/**
 * `body`: the encoded octets of the part alone; null where they can't be read. `maxBytes`: octets of UTF-8, 0 for all.
 */
export function renderBodyValue(
  body: Uint8Array | null,
  part: SummaryPart,
  maxBytes: number,
): EmailBodyValue {
  if (body === null) return UNREADABLE
  const { text, isEncodingProblem } = partText(part, body)
  const whole = text.replaceAll('\r\n', '\n')
  const value = truncate(whole, maxBytes, presentedType(part) === 'text/html')
  return { value, isEncodingProblem, isTruncated: value.length < whole.length }
}

/** At most `maxBytes` octets of UTF-8, cut between code points, and not inside a tag of HTML. 0: all. */
export function truncate(text: string, maxBytes: number, isHtml: boolean): string {
  // No UTF-16 unit takes more than three octets.
  if (maxBytes === 0 || text.length * 3 <= maxBytes) return text
  const bytes = Buffer.from(text.slice(0, maxBytes))
  if (bytes.length <= maxBytes && text.length <= maxBytes) return text
  let end = Math.min(maxBytes, bytes.length)
  // 10xxxxxx continues a code point.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  const cut = bytes.toString('utf8', 0, end)
  return isHtml ? cut.slice(0, endOutsideTag(cut)) : cut
}

function endOutsideTag(html: string): number {
  const open = html.lastIndexOf('<')
  const isTag = open > html.lastIndexOf('>') && /^(?:[a-zA-Z/!?]|$)/.test(html.slice(open + 1, open + 2))
  return isTag ? open : html.length
}
