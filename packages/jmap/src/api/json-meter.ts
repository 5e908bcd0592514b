// Counts what JSON holds while its bytes come in, so that a request that is too much is refused before it is parsed,
// and often before all of it is here. It does not judge whether the bytes are JSON.

/** What a request may hold beside its octets: each value costs as much as some hundred octets of text. */
export const SHAPE = {
  /** Arrays and objects in each other. */
  depth: 1_000,
  /** Of every kind, in all. */
  values: 100_000,
  /** In one object. */
  names: 10_000,
} as const

export type Excess = keyof typeof SHAPE
export type Shape = Readonly<Record<Excess, number>>

export interface JsonMeter {
  /** Names in all objects so far. */
  readonly names: number
  /** Counts more bytes; which limit they go beyond, or null. */
  add(bytes: Uint8Array): Excess | null
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

export function createJsonMeter(shape: Shape = SHAPE): JsonMeter {
  let isInString = false
  let isEscaped = false
  let depth = 0
  /** Behind the brace or bracket that opened something. */
  let isFirst = false
  let values = 1
  let allNames = 0
  /** By depth: names of the object that is open there. */
  const names = new Uint32Array(shape.depth + 1)

  function add(bytes: Uint8Array): Excess | null {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) isInString = false
        continue
      }
      if (byte <= SPACE) continue
      if (isFirst) {
        isFirst = false
        if (byte !== CLOSE_OBJECT && byte !== CLOSE_ARRAY) values++
      }
      if (byte === QUOTE) isInString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > shape.depth) return 'depth'
        names[depth] = 0
        isFirst = true
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth > 0) depth--
      } else if (byte === COMMA) values++
      else if (byte === COLON) {
        allNames++
        if (++names[depth]! > shape.names) return 'names'
      }
      if (values > shape.values) return 'values'
    }
    return null
  }

  return {
    add,
    get names() {
      return allNames
    },
  }
}
