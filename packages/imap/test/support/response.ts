/** A value in a response: a string, a number or other atom, NIL, or a list. */
export type Value = { string: string } | { atom: string } | null | Value[]

/**
 * Takes a parenthesized value apart as strictly as RFC 3501 §9 has it: one space between the elements of a list, none
 * between lists that follow each other (addresses, bodies) where there is none. Throws on anything else.
 */
export function parseValue(text: string): Value {
  let at = 0
  const fail = () => new Error(`not a value at ${at}: ${text.slice(Math.max(0, at - 20), at + 20)}`)

  function value(): Value {
    if (text[at] === '(') return list()
    if (text[at] === '"') return { string: quoted() }
    const literal = /^\{(\d+)\}\r\n/.exec(text.slice(at, at + 20))
    if (literal) {
      at += literal[0].length
      const octets = text.slice(at, at + Number(literal[1]))
      if (octets.length !== Number(literal[1]) || octets.includes('\0')) throw fail()
      at += octets.length
      return { string: octets }
    }
    const atom = /^[^\x00-\x20\x7f-\xff(){%*"\\\]]+/.exec(text.slice(at, at + 300))?.[0]
    if (!atom) throw fail()
    at += atom.length
    return atom === 'NIL' ? null : { atom }
  }
  function list(): Value[] {
    const values: Value[] = []
    at++
    while (text[at] !== ')') {
      values.push(value())
      if (text[at] === ' ') at++
      else if (text[at] !== ')' && text[at] !== '(') throw fail()
    }
    at++
    return values
  }
  function quoted(): string {
    const match = /^"((?:[^"\\\r\n\0\x80-\xff]|\\["\\])*)"/.exec(text.slice(at))
    if (!match) throw fail()
    at += match[0].length
    return match[1]!.replace(/\\(.)/g, '$1')
  }

  const whole = value()
  if (at !== text.length) throw fail()
  return whole
}
