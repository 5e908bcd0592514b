// I-JSON (RFC 7493), which all of JMAP is (RFC 8620 §1.5): JSON in UTF-8, no name twice in one object, no
// lone surrogates. Nesting is bounded, so that no later walk over the value can exhaust the stack.
import { isUtf8 } from 'node:buffer'
import { isObject } from './json.js'
import { createJsonMeter, SHAPE } from './json-meter.js'

/** The bytes are no I-JSON; the message says why. */
export class NotIJson extends Error {
  override readonly name = 'NotIJson'
}

/** The value behind the bytes; `names`: how many names a JsonMeter counted in them already. Errors: NotIJson. */
export function parseIJson(bytes: Buffer, names: number = countNames(bytes)): unknown {
  if (!isUtf8(bytes)) throw new NotIJson('the request is not valid UTF-8')
  const text = bytes.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new NotIJson(`the request is not JSON: ${(error as Error).message.slice(0, 200)}`)
  }
  // The parser keeps one of two.
  if (checkedNames(value) !== names) {
    throw new NotIJson(`an object has the name "${repeatedName(text)?.slice(0, 100)}" twice`)
  }
  return value
}

function countNames(bytes: Buffer): number {
  const meter = createJsonMeter({
    ...SHAPE,
    values: Number.POSITIVE_INFINITY,
    names: Number.POSITIVE_INFINITY,
  })
  if (meter.add(bytes) !== null) throw new NotIJson(`the request nests deeper than ${SHAPE.depth} levels`)
  return meter.names
}

/** How many names the value's objects have. Errors: NotIJson for half of a surrogate pair. */
function checkedNames(value: unknown): number {
  let names = 0
  const left = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next === 'string') checkText(next)
    else if (Array.isArray(next)) for (const item of next) left.push(item)
    else if (isObject(next)) {
      for (const name of Object.keys(next)) {
        checkText(name)
        names++
        left.push(next[name])
      }
    }
  }
  return names
}

/** Only an escape can make one: the bytes are valid UTF-8. */
function checkText(text: string): void {
  if (!text.isWellFormed()) throw new NotIJson('a string holds half of a surrogate pair')
}

// A plain loop: V8's backtracking stack gives out where a pattern takes a long string whole.
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** The first name that an object of this JSON has twice: a string behind a brace or an object's comma is a name. */
function repeatedName(text: string): string | null {
  const open: (Set<string> | null)[] = []
  let names: Set<string> | null = null
  let isName = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      if (isName && names) {
        const name: string = JSON.parse(text.slice(at, end + 1))
        if (names.has(name)) return name
        names.add(name)
      }
      isName = false
      at = end
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(names)
      isName = code === OPEN_OBJECT
      names = isName ? new Set() : null
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) names = open.pop() ?? null
    else if (code === COMMA) isName = names !== null
  }
  return null
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at++
  }
  return text.length
}
