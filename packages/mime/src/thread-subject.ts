import { baseSubject } from './base-subject.js'
import { normalForm } from './normal-form.js'

/** Characters of the words before a colon: `Automatische Antwort:`. */
const maxPrefix = 24
/** Of these a tag has no more, its brackets included. Each step looks at so many, so that all steps are linear. */
const maxTag = 64

const prefixWords = /^[\p{L}\p{M}\p{N}.'’/&+#_-]+(?: [\p{L}\p{M}\p{N}.'’/&+#_-]+){0,2}$/u
/** How often: `Re[2]:`, `AW (3):`, `Re^2:`. */
const count = / ?(?:\[\d{1,3}\]|\(\d{1,3}\)|[\^*]\d{1,3})$/
/** `[list]`, and what gateways and filters put there: `***spam***`, `{disarmed}`, `external - `. */
const frontTag =
  /^(?:(?:\[[^[\]]+\]|\{[^{}]+\}|\([^()]+\)|<[^<>]+>|【[^【】]+】|\*{1,8} ?[^* ][^*]{0,23}\*{1,8})|[-–—|] |(?:ext|extern[ae]?l?|spam|caution|warning) ?(?:[|>]|[-–—] ))/
/** A longer word with nothing behind its colon is what the message is about: `Lunch:`. A shorter one answers to nothing. */
const maxBareReply = 4
const forward = /^\[fwd?: ?/

/** A tag behind: `[#4711]`, `(ABC-123)`, `[ref:_00D:ref]`, `[external]`. */
const backTag = /(?:\[\[([^[\]]+)\]\]|\[([^[\]]+)\]|\{([^{}]+)\}|\(([^()]+)\)|【([^【】]+)】)$/
const ticketWord = '(?:ticket|case|request|incident|issue|vorgang|anfrage|ref|sr)'
const ticket = new RegExp(
  `#[ \\w-]{0,20}\\d|^\\p{L}{1,10}-\\d+$|\\bref:|\\b${ticketWord}\\b[ .:_-]{0,3}[\\w-]{0,20}\\d|^(?:ext|external|secure|encrypted|spam|fwd|sec[=:].*)$`,
  'u',
)
/** The same without brackets: ` - Ticket #4711`. */
const bareTicket = new RegExp(
  `(?: [-–—|]| ) ?(?:${ticketWord}\\b[ .:_-]{0,3}#?|(?<=[-–—|] )#)[\\w-]{0,20}\\d$`,
  'u',
)

/**
 * What two subjects of one thread have in common (RFC 8621 §3): lower case, without white space, and without what
 * programs add in any language. In front that is one to three words and a colon (`AW:`, `Automatic reply:`, `回复：`) and
 * tags in brackets, again and again; behind it is tickets. More than that goes by it (`Lunch: tomorrow`), which does no
 * harm: the messages must have an id in common as well. Where nothing else would be left, a tag stays, as RFC 5256 §2.1
 * has it, and a word of more than four letters (`Lunch:`, but not `AW:`). Subjects with one `baseSubject` have one `threadSubject`. Takes a decoded subject.
 */
export function threadSubject(subject: string): string {
  const text = normalForm(baseSubject(subject), 'NFKC')
    .toLowerCase()
    .replace(/\p{Cf}+/gu, '')
    .replace(/[^\S ]\s*| \s+/g, ' ')
    .trim()
  let start = 0
  let end = text.length
  for (let isStill = false; !isStill; ) {
    const [from, to] = [start, end]
    const wrapped = text[end - 1] === ']' ? forward.exec(text.slice(start, start + 8)) : null
    if (wrapped) {
      start += wrapped[0].length
      end--
    }
    start = frontEnd(text, start, end)
    end = backStart(text, start, end)
    isStill = start === from && end === to
  }
  return text.slice(start, end).replaceAll(' ', '')
}

/** Where the text goes on behind what stands in front of it. */
function frontEnd(text: string, start: number, end: number): number {
  const at = afterSpaces(text, start, end)
  const near = text.slice(at, Math.min(end, at + maxTag))
  const prefix = prefixLength(near)
  const next = afterSpaces(text, at + (prefix || (frontTag.exec(near)?.[0].length ?? 0)), end)
  return next < end || (prefix > 0 && prefix <= maxBareReply + 1) ? next : at
}

function prefixLength(text: string): number {
  const colon = text.indexOf(':')
  // `http://…` is no prefix, nor is the first half of `std::string`.
  if (colon < 1 || text.startsWith('//', colon + 1) || text[colon + 1] === ':') return 0
  const words = text.slice(0, colon).trimEnd().replace(count, '')
  return words.length <= maxPrefix && prefixWords.test(words) && /\p{L}/u.test(words) ? colon + 1 : 0
}

/** Where what stands behind the text begins. */
function backStart(text: string, start: number, end: number): number {
  const from = Math.max(start, end - maxTag)
  const near = text.slice(from, end).trimEnd()
  const tag = backTag.exec(near)
  const inner = tag?.slice(1).find((text) => text !== undefined) ?? ''
  const found = tag ? (ticket.test(inner.trim()) ? tag : null) : bareTicket.exec(near)
  const left = near.slice(0, found?.index ?? near.length).trimEnd()
  return from + left.length > start ? from + left.length : end
}

function afterSpaces(text: string, at: number, end: number): number {
  let next = at
  while (next < end && text[next] === ' ') next++
  return next
}
