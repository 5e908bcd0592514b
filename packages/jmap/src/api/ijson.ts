// I-JSON (RFC 7493), which all of JMAP is (RFC 8620 §1.5): JSON in UTF-8, no name twice in one object, no
// lone surrogates. Nesting is bounded, so that no later walk over the value can exhaust the stack.

/** The bytes are no I-JSON; the message says why. */
export class NotIJson extends Error {
  override readonly name = 'NotIJson'
}

/** Far beyond what a filter or a body structure nests. */
const MAX_DEPTH = 100

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value behind the bytes. Errors: NotIJson. */
export function parseIJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new NotIJson('the request is not valid UTF-8')
  }
  checkDepth(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new NotIJson(`the request is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
  checkNames(text)
  return value
}

// The two walks below are plain loops: a regular expression for strings takes quadratic time on one that
// never ends, and V8's backtracking stack on a long one.
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Before the parser sees the text; where it isn't JSON this only has to end. */
function checkDepth(text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) depth++
    else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--
    if (depth > MAX_DEPTH) throw new NotIJson(`the request nests deeper than ${MAX_DEPTH} levels`)
  }
}

/** On text that is known to be JSON: a string in an object before any colon is a name. */
function checkNames(text: string): void {
  const open: (Set<string> | null)[] = []
  let names: Set<string> | null = null
  let isName = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      const string = decode(text, at, end)
      at = end
      if (!isName || !names) continue
      if (names.has(string)) throw new NotIJson(`an object has the name "${string.slice(0, 100)}" twice`)
      names.add(string)
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(names)
      isName = code === OPEN_OBJECT
      names = isName ? new Set() : null
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      names = open.pop() ?? null
      isName = false
    } else if (code === COMMA) isName = names !== null
    else if (code === COLON) isName = false
  }
}

/** Where the string that begins at `start` has its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at++
  }
  return text.length
}

function decode(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  if (!raw.includes('\\')) return raw
  const string: string = JSON.parse(text.slice(start, end + 1))
  // Only an escape can make one: the text itself was valid UTF-8.
  if (!string.isWellFormed()) throw new NotIJson('a string holds half of a surrogate pair')
  return string
}
