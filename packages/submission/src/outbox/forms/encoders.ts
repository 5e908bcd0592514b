// Transfer encodings of what streams by: RFC 2045 §6.7, §6.8. Pieces come in any size, and lines end in CRLF.

export interface Encoder {
  write(piece: Uint8Array): Uint8Array
  /** What is left. */
  end(): Uint8Array
}

const [TAB, LF, CR, SP, EQUALS] = [0x09, 0x0a, 0x0d, 0x20, 0x3d]
/** Characters of a line, without the `=` that continues it. */
const LINE = 75
const HEX = Buffer.from('0123456789ABCDEF')

/** `isQuoted`: it is quoted-printable already, and only its lines or octets are none that can be sent. */
export function quotedPrintable(isQuoted = false): Encoder {
  let out = Buffer.alloc(0)
  let length = 0
  let column = 0
  let space = 0
  let isAfterCr = false
  let isEscape = 0

  const raw = (octet: number) => {
    out[length++] = octet
    column++
  }
  const room = (width: number) => {
    if (column + width <= LINE) return
    raw(EQUALS)
    newLine()
  }
  const newLine = () => {
    out[length++] = CR
    out[length++] = LF
    column = 0
  }
  const escaped = (octet: number) => {
    room(3)
    raw(EQUALS)
    raw(HEX[octet >> 4]!)
    raw(HEX[octet & 15]!)
  }
  const literal = (octet: number) => {
    room(1)
    raw(octet)
  }
  const flushSpace = (isLast: boolean) => {
    if (space === 0) return
    if (isLast) escaped(space)
    else literal(space)
    space = 0
  }
  const take = (octet: number) => {
    if (isAfterCr) {
      isAfterCr = false
      if (octet === LF) {
        flushSpace(true)
        isEscape = 0
        return newLine()
      }
      flushSpace(false)
      escaped(CR)
    }
    if (octet === CR) {
      isAfterCr = true
      return
    }
    flushSpace(false)
    if (octet === SP || octet === TAB) {
      space = octet
    } else if (isQuoted && octet === EQUALS) {
      // With the two digits that follow it.
      room(3)
      raw(octet)
      isEscape = 2
      return
    } else if (octet > SP && octet < 0x7f && octet !== EQUALS) {
      if (isEscape > 0) raw(octet)
      else literal(octet)
    } else {
      escaped(octet)
    }
    if (isEscape > 0) isEscape--
  }
  const given = () => Buffer.from(out.subarray(0, length))

  return {
    write(piece) {
      out = Buffer.allocUnsafe(4 * piece.length + 32)
      length = 0
      for (const octet of piece) take(octet)
      return given()
    },
    end() {
      out = Buffer.allocUnsafe(32)
      length = 0
      flushSpace(true)
      if (isAfterCr) escaped(CR)
      return given()
    },
  }
}

/** Octets of a line of 76 characters. */
const GROUP = 57

export function base64(): Encoder {
  let rest = Buffer.alloc(0)
  let isBegun = false
  const lines = (bytes: Buffer) => {
    if (bytes.length === 0) return Buffer.alloc(0)
    const text = bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')
    const before = isBegun ? '\r\n' : ''
    isBegun = true
    return Buffer.from(before + text)
  }
  return {
    write(piece) {
      const bytes = Buffer.concat([rest, piece])
      const whole = bytes.length - (bytes.length % GROUP)
      rest = bytes.subarray(whole)
      return lines(bytes.subarray(0, whole))
    },
    end: () => lines(rest),
  }
}

/** Base64 in lines of 76 characters, of whatever lines it came in. */
export function rewrappedBase64(): Encoder {
  let column = 0
  return {
    write(piece) {
      const text = Buffer.from(piece)
        .toString('latin1')
        .replace(/[^A-Za-z0-9+/=]+/g, '')
      const first = text.slice(0, 76 - column)
      const more = text.slice(first.length).match(/.{1,76}/g) ?? []
      column = (more.at(-1)?.length ?? column + first.length) % 76
      // A full line ends when more comes.
      const lines = [first, ...more].join('\r\n')
      return Buffer.from(column === 0 && lines !== '' ? `${lines}\r\n` : lines)
    },
    end: () => Buffer.alloc(0),
  }
}
