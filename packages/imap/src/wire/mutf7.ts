// Modified UTF-7, the wire form of mailbox names: RFC 3501 §5.1.3. Pure.

/** Printable US-ASCII but "&", which stands for itself. */
const DIRECT = /[\x20-\x25\x27-\x7e]/

/** The wire form, printable US-ASCII. There is exactly one for each name. */
export function encodeMailboxName(name: string): string {
  let wire = ''
  for (let at = 0; at < name.length; ) {
    const char = name[at]!
    if (char === '&') {
      wire += '&-'
      at++
    } else if (DIRECT.test(char)) {
      wire += char
      at++
    } else {
      let last = at
      while (last < name.length && name[last] !== '&' && !DIRECT.test(name[last]!)) last++
      wire += `&${toBase64(name.slice(at, last))}-`
      at = last
    }
  }
  return wire
}

/**
 * The name behind a wire form; null where it is not one: raw 8-bit or control octets, a shift that doesn't end, one
 * that holds what could stand for itself, null or superfluous shifts, stray bits, a lone surrogate.
 */
export function decodeMailboxName(wire: string): string | null {
  let name = ''
  for (let at = 0; at < wire.length; ) {
    const char = wire[at]!
    if (char !== '&') {
      if (!DIRECT.test(char)) return null
      name += char
      at++
      continue
    }
    const close = wire.indexOf('-', at)
    if (close < 0) return null
    if (close === at + 1) name += '&'
    else {
      const shifted = fromBase64(wire.slice(at + 1, close))
      // "&U,BTFw-&ZeVnLIqe-" has a superfluous shift: the two belong into one.
      const another = wire[close + 1] === '&' && wire[close + 2] !== '-'
      if (shifted === null || another) return null
      name += shifted
    }
    at = close + 1
  }
  return name.isWellFormed() ? name : null
}

function toBase64(text: string): string {
  const bytes = Buffer.from(text, 'utf16le').swap16()
  return bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '')
}

function fromBase64(digits: string): string | null {
  if (!/^[A-Za-z0-9+,]+$/.test(digits)) return null
  const bytes = Buffer.from(digits.replaceAll(',', '/'), 'base64')
  if (bytes.length === 0 || bytes.length % 2 !== 0) return null
  const text = bytes.swap16().toString('utf16le')
  if (/[\x20-\x7e]/.test(text)) return null
  // One spelling each: this refuses bits left over after the last UTF-16 unit.
  return toBase64(text) === digits ? text : null
}
