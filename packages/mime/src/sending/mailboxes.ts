// Reads a From or Sender field as strictly as it is written by mail programs: what two readers could take for different
// addresses is not read at all. For mail that is shown, `asAddresses` reads as much as it can.
import { isUtf8 } from 'node:buffer'
import { decodeHeader, unfold } from '../headers/text.js'
import { asAddresses } from '../structured/address.js'

/** Not beginning with a dot, which Python stumbles over. */
const WORD = /[^\s"(),.:;<>@[\\\]][^\s"(),:;<>@[\\\]]*/y
/** Without nesting or quoted pairs, and without anything that could be an address. */
const COMMENT = /\([^"()<>@\\]*\)/y
const QUOTED = /"(?:[^"\\]|\\.)*"/y
/** Only quotes that are needless, as `"joe"@x.test`. */
const ADDRESS =
  /(?:[^\s"(),:;<>@[\\\]]+|"[^\s"(),:;<>@[\\\].]+(?:\.[^\s"(),:;<>@[\\\].]+)*")@[^\s"(),:;<>@[\\\]]+/y
const SPACE = /[ \t]+/y
/** Control characters, and what some readers end a line at. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/u
const ENCODED_WORD = /=\?[^?\s]+\?[bq]\?[^?]*\?=/gi
const IN_ADDRESS = /[^\s"(),:;<>@[\\\]]/

/**
 * The addresses of such a field, also those that a reader would see that decodes before it parses (RFC 2047 §6.2 has it
 * the other way round). Null where it has none, or where readers may differ. `raw` is latin1, as a header's.
 */
export function senderAddresses(raw: string): string[] | null {
  const bytes = Buffer.from(raw, 'latin1')
  if (!isUtf8(bytes)) return null
  const text = unfold(bytes.toString('utf8'))
  if (CONTROLS.test(text.replaceAll('\t', ' '))) return null
  const seen = listIn(text)
  if (!seen || seen.length === 0 || !isSame(seen, asAddresses(raw))) return null
  const decoded = decodedFirst(text)
  return decoded === null ? null : [...new Set([...seen, ...decoded])]
}

function isSame(seen: readonly string[], read: readonly { email: string }[]): boolean {
  return seen.length === read.length && seen.every((address, at) => address === read[at]!.email)
}

/** A cursor over the text; each step gives what it matched, or null. */
function cursorOver(text: string) {
  let at = 0
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? null
    if (found !== null) at += found.length
    return found
  }
  return {
    take,
    space: () => void take(SPACE),
    is(char: string): boolean {
      if (text[at] !== char) return false
      at++
      return true
    },
    isAtEnd: () => at === text.length,
    tries<T>(read: () => T | null): T | null {
      const before = at
      const found = read()
      if (found === null) at = before
      return found
    },
  }
}

type Cursor = ReturnType<typeof cursorOver>

/** RFC 5322 §3.4, and groups for RFC 6854. An empty element is an author without an address to some. */
function listIn(text: string): string[] | null {
  const cursor = cursorOver(text)
  const addresses: string[] = []
  do {
    const item = cursor.tries(() => mailbox(cursor)) ?? group(cursor)
    if (item === null) return null
    addresses.push(...item)
    cursor.space()
  } while (cursor.is(','))
  return cursor.isAtEnd() ? addresses : null
}

function group(cursor: Cursor): string[] | null {
  if (!phrase(cursor) || !cursor.is(':')) return null
  const members: string[] = []
  for (;;) {
    cursor.space()
    if (cursor.is(';')) return members
    const member = mailbox(cursor)
    if (!member) return null
    members.push(...member)
    cursor.space()
    if (!cursor.is(',')) return cursor.is(';') ? members : null
  }
}

/** `address` or `phrase <address>`, and comments after it. */
function mailbox(cursor: Cursor): string[] | null {
  const address = cursor.tries(() => bare(cursor)) ?? bracketed(cursor)
  if (address === null) return null
  do cursor.space()
  while (cursor.take(COMMENT) !== null)
  return [address.replace(/^"(.*)"@/, '$1@')]
}

function bare(cursor: Cursor): string | null {
  do cursor.space()
  while (cursor.take(COMMENT) !== null)
  return cursor.take(ADDRESS)
}

function bracketed(cursor: Cursor): string | null {
  cursor.space()
  if (!cursor.is('<') && !(phrase(cursor) && cursor.is('<'))) return null
  const address = cursor.take(ADDRESS)
  return address !== null && cursor.is('>') ? address : null
}

/** One word, quoted string or comment at least; what a quoted pair could hide is in none of them. */
function phrase(cursor: Cursor): boolean {
  for (let isEmpty = true; ; isEmpty = false) {
    cursor.space()
    const quoted = cursor.take(QUOTED)
    if (quoted?.includes('\\') && /[<>@]/.test(quoted)) return false
    if (quoted === null && cursor.take(WORD) === null && cursor.take(COMMENT) === null) return !isEmpty
  }
}

/** The addresses that are there once encoded words are decoded; null where brackets or line ends are in these. */
function decodedFirst(text: string): string[] | null {
  const words = text.match(ENCODED_WORD)
  if (!words) return text.includes('=?') ? null : []
  const decoded = new Map(words.map((word) => [word, decodeHeader(word)]))
  // One that stays as it is another reader may know.
  if (words.some((word) => /[<>]|=\?/.test(decoded.get(word)!) || /[\0\r\n]/.test(bytesOf(word)))) return null
  const shown = text.replace(/\?=\s+(?==\?)/g, '?=').replace(ENCODED_WORD, (word) => decoded.get(word)!)
  return shown.includes('=?') ? null : addressesLike(shown)
}

/** What an encoded word holds, before control characters are taken out of it. */
function bytesOf(word: string): string {
  const [, , encoding = '', held = ''] = word.split('?')
  return encoding.toLowerCase() === 'b'
    ? Buffer.from(held, 'base64').toString('latin1')
    : held.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Whatever stands around an `@` and has a dot behind it; also with white space between, as RFC 5322 §4.4 has it. */
function addressesLike(text: string): string[] {
  const found: string[] = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const local = run(text, at, -1)
    const domain = run(text, at, 1)
    if (local !== '' && domain.includes('.')) found.push(`${local}@${domain}`)
  }
  return found
}

/** The characters of an address beside the one at `from`, in this direction. */
function run(text: string, from: number, step: 1 | -1): string {
  let near = from + step
  while (/\s/.test(text[near] ?? '')) near += step
  let far = near
  while (IN_ADDRESS.test(text[far] ?? '')) far += step
  return step > 0 ? text.slice(near, far) : text.slice(far + 1, near + 1)
}
