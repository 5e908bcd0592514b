// The relaxed canonicalisations of RFC 6376 §3.4.2 and §3.4.4, over bytes.

const [TAB, LF, CR, SP] = [0x09, 0x0a, 0x0d, 0x20]

/** A header field as `name:value`, without a line end. `raw`: what stands behind the colon, as a latin1 string. */
export function relaxedField(name: string, raw: string): string {
  const value = raw
    .replace(/\r?\n/g, '')
    .replace(/[ \t]+/g, ' ')
    // No trim(): octet 0xA0 is white space to JavaScript, and not to RFC 6376.
    .replace(/^ | $/g, '')
  return `${name.trim().toLowerCase()}:${value}`
}

/** A body of CRLF lines: no white space at their ends, one space within, no empty lines at the end. */
export function relaxedBody(body: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(body.length + 2)
  let length = 0
  let lineEnds = 0
  let isSpaced = false
  for (let at = 0; at < body.length; at++) {
    const octet = body[at]!
    if (octet === SP || octet === TAB) {
      isSpaced = true
    } else if (octet === CR && body[at + 1] === LF) {
      at++
      lineEnds++
      isSpaced = false
    } else {
      for (; lineEnds > 0; lineEnds--) {
        out[length++] = CR
        out[length++] = LF
      }
      if (isSpaced) out[length++] = SP
      isSpaced = false
      out[length++] = octet
    }
  }
  if (length > 0) {
    out[length++] = CR
    out[length++] = LF
  }
  return out.subarray(0, length)
}

/** With CRLF for each bare CR and bare LF (RFC 5321 §2.3.8); the same bytes where there are none. */
export function withCrlf(message: Uint8Array): Uint8Array {
  let bare = 0
  for (let at = 0; at < message.length; at++) if (isBare(message, at)) bare++
  if (bare === 0) return message
  const out = Buffer.allocUnsafe(message.length + bare)
  let length = 0
  for (let at = 0; at < message.length; at++) {
    if (isBare(message, at)) {
      out[length++] = CR
      out[length++] = LF
    } else out[length++] = message[at]!
  }
  return out
}

function isBare(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === LF) return bytes[at - 1] !== CR
  return bytes[at] === CR && bytes[at + 1] !== LF
}
