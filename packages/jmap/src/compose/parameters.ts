// Parameters of Content-Type and Content-Disposition: RFC 2045 §5.1, RFC 2231.

export type Parameter = readonly [name: string, value: string]

/** RFC 2045 §5.1. */
export const TOKEN = /^[\w!#$%&'*+.^`{|}~-]+$/
/** Of a value in one piece. */
const MAX_PIECE = 60

/** `value; name=…`, a parameter to a line where there is more than fits in one. */
export function writeParameterized(value: string, parameters: readonly Parameter[]): string {
  const words = [value, ...parameters.flatMap(([name, text]) => writeParameter(name, text))]
  const line = ` ${words.join('; ')}`
  return line.length <= 60 ? line : ` ${words.join(';\r\n ')}`
}

function writeParameter(name: string, value: string): string[] {
  if (TOKEN.test(value) && value.length <= MAX_PIECE) return [`${name}=${value}`]
  if (/^[\x20-\x7e]*$/.test(value) && value.length <= MAX_PIECE) {
    return [`${name}="${value.replace(/["\\]/g, '\\$&')}"`]
  }
  // RFC 2231 §4.1: the charset stands in the first piece alone.
  const pieces = split(`utf-8''`, value)
  if (pieces.length === 1) return [`${name}*=${pieces[0]}`]
  return pieces.map((piece, index) => `${name}*${index}*=${piece}`)
}

/** Percent-encoded, cut between characters. */
function split(prefix: string, value: string): string[] {
  const pieces = [prefix]
  for (const character of value) {
    const encoded = encode(character)
    if (pieces.at(-1)!.length + encoded.length > MAX_PIECE) pieces.push('')
    pieces[pieces.length - 1] += encoded
  }
  return pieces
}

/** What isn't an attribute-char of RFC 2231 §7; encodeURIComponent leaves four of those. */
function encode(character: string): string {
  return encodeURIComponent(character).replace(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
