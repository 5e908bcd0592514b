// Reads the address-list of RFC 5322 §3.4 and §4.4 into a flat list, which all forms of addresses are made of.
import { plainValue } from '../headers/text.js'
import { type Token, tokenize } from './address-tokens.js'

export type AddressItem =
  | { kind: 'start'; phrase: Token[] }
  | { kind: 'end' }
  | {
      kind: 'address'
      phrase: Token[]
      /** The first comment after the address. */
      comment: string | null
      route: string | null
      local: string
      domain: string | null
    }

const dotAtom = /^[^\s"(),;:<>@[\]\\.]+(?:\.[^\s"(),;:<>@[\]\\.]+)*$/
const isSpecial = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'special' && token.text === text
// RFC 5322 §4.4: white space may surround the dots of an address.
const isJoined = (left: Token, right: Token): boolean =>
  !right.isApart || right.text.startsWith('.') || left.text.endsWith('.')

/** One part of an address as RFC 5322 writes it: quoted only where it must be. */
function join(tokens: Token[]): string {
  let out = ''
  for (const [i, token] of tokens.entries()) {
    if (i > 0 && !isJoined(tokens[i - 1]!, token)) out += ' '
    const isBare = token.kind !== 'quoted' || dotAtom.test(token.text)
    out += isBare ? token.text : `"${token.text.replace(/["\\]/g, '\\$&')}"`
  }
  return out
}

/** Of these, a bracket or quote that lost its other end is left at an end of an address. */
const openers = '[("'
const closers = '])}"\'`'
/** Those that a local part may begin with (RFC 5322 §3.2.3): stray only where their other end is. */
const legalOpeners = "{'`"

function addressOf(spec: Token[]): { local: string; domain: string | null } {
  const at = spec.findLastIndex((token) => isSpecial(token, '@'))
  if (at < 0) return { local: join(spec), domain: null }
  const domain = join(spec.slice(at + 1))
  const local = join(spec.slice(0, at))
  let end = domain.length
  while (!domain.startsWith('[') && end > 0 && closers.includes(domain[end - 1]!)) end--
  const stray = end < domain.length ? openers + legalOpeners : openers
  let start = 0
  while (spec[0]!.kind === 'atom' && start < local.length && stray.includes(local[start]!)) start++
  return { local: local.slice(start), domain: domain.slice(0, end) }
}

/** Far more than an address has. */
const tokensPerItem = 50

/** How to read an address list. */
export interface ListOptions {
  /** Stops after so many items; the end of a group is one more. Default: never. */
  max?: number
  /** The charset of octets that are no UTF-8: see `declaredCharset`. */
  declared?: string | null
}

/** Parses an address list. Best effort: never throws, drops what holds no word at all. */
export function parseAddressList(
  raw: string,
  { max = Number.POSITIVE_INFINITY, declared }: ListOptions,
): AddressItem[] {
  const tokens = tokenize(plainValue(raw, declared), max * tokensPerItem)
  const items: AddressItem[] = []
  let words: Token[] = []
  let angle: Token[] | null = null
  let after: Token[] = []
  let comment: string | null = null
  let isGroup = false
  let hasAt = false

  const finish = () => {
    // `<>` alone is nobody.
    const isBare = angle === null || (angle.length === 0 && hasAt)
    if (!isBare && words.length + angle!.length > 0) items.push(bracketed(words, angle!, comment))
    else if (isBare && words.length > 0) items.push(bare(words, comment))
    words = []
    angle = null
    after = []
    comment = null
    hasAt = false
  }

  for (let i = 0; i < tokens.length && items.length < max; i++) {
    const token = tokens[i]!
    if (token.kind === 'comment') {
      // A comment before the address is nobody's name: RFC 8621 §4.1.2.3 wants one that follows the addr-spec.
      if (angle || words.length > 0) comment ??= token.text
    } else if (isSpecial(token, ',')) finish()
    else if (isSpecial(token, ';')) {
      finish()
      if (isGroup) items.push({ kind: 'end' })
      isGroup = false
    } else if (isSpecial(token, '<')) {
      // A second bracket without a comma between begins another address.
      const name = angle ? after : words
      if (angle) finish()
      words = name
      const end = angleEnd(tokens, i)
      angle = tokens.slice(i + 1, end).filter((inner) => inner.kind !== 'comment')
      if (!isSpecial(tokens[end], '>')) angle = angle.slice(0, endOfAddress(angle))
      i = isSpecial(tokens[end], '>') ? end : end - 1
      comment = null
    } else if (isSpecial(token, '>')) {
      // The end of a bracket that nothing opened. What follows it is apart.
      const next = tokens[i + 1]
      if (next) next.isApart = true
    } else if (isSpecial(token, ':') && !isGroup && !angle && !hasAt) {
      items.push({ kind: 'start', phrase: words })
      words = []
      comment = null
      isGroup = true
    } else if (angle) after.push(token)
    else {
      words.push(token)
      // The comment before it stood within the address or the name: `pete(his account)@silly.test`.
      comment = null
      hasAt ||= isSpecial(token, '@')
    }
  }
  if (items.length < max) finish()
  // An unclosed group ends with its list.
  if (isGroup) items.push({ kind: 'end' })
  return items
}

// The index of the `>`; without one before the next `<`, of the comma or semicolon that ends the address.
function angleEnd(tokens: Token[], open: number): number {
  let separator = -1
  for (let i = open + 1; i < tokens.length; i++) {
    const token = tokens[i]!
    if (isSpecial(token, '>')) return i
    if (isSpecial(token, '<')) return separator < 0 ? i : separator
    if (separator < 0 && (isSpecial(token, ',') || isSpecial(token, ';'))) separator = i
  }
  return separator < 0 ? tokens.length : separator
}

/** White space ends the address in a bracket that nothing closes. */
function endOfAddress(spec: Token[]): number {
  const at = spec.findIndex((token) => isSpecial(token, '@'))
  const apart = spec.findIndex((token, i) => at >= 0 && i > at + 1 && !isJoined(spec[i - 1]!, token))
  return apart < 0 ? spec.length : apart
}

function bracketed(phrase: Token[], angle: Token[], comment: string | null): AddressItem {
  // RFC 5322 §4.4 obs-route: `@a,@b:user@host`
  const colon = isSpecial(angle[0], '@') ? angle.findIndex((token) => isSpecial(token, ':')) : -1
  const route = colon > 0 ? join(angle.slice(0, colon)) : null
  return { kind: 'address', phrase, comment, route, ...addressOf(angle.slice(colon + 1)) }
}

function bare(words: Token[], comment: string | null): AddressItem {
  const at = words.findIndex((token) => isSpecial(token, '@'))
  if (at < 0) return { kind: 'address', phrase: [], comment, route: null, ...addressOf(words) }
  // Without brackets, the words that touch the `@` are the address and those before are the name.
  let first = Math.max(0, at - 1)
  while (first > 0 && isJoined(words[first - 1]!, words[first]!)) first--
  let last = Math.min(words.length - 1, at + 1)
  while (last + 1 < words.length && isJoined(words[last]!, words[last + 1]!)) last++
  const phrase = words.slice(0, first)
  return { kind: 'address', phrase, comment, route: null, ...addressOf(words.slice(first, last + 1)) }
}
