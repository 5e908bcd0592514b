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

/** Takes a body piece by piece, in lines that end in CRLF; gives each piece in its canonical form. */
export interface BodyCanonicalizer {
  write(piece: Uint8Array): Uint8Array
  /** What is left. */
  end(): Uint8Array
}

/** No white space at the ends of lines, one space within, no empty lines at the end. */
export function relaxedBody(): BodyCanonicalizer {
  let hasContent = false
  let lineEnds = 0
  let isSpaced = false
  return {
    write(piece) {
      const out = Buffer.allocUnsafe(piece.length + 2 * lineEnds + 1)
      let length = 0
      for (const octet of piece) {
        if (octet === SP || octet === TAB) {
          isSpaced = true
        } else if (octet === LF) {
          lineEnds++
          isSpaced = false
        } else if (octet !== CR) {
          for (; lineEnds > 0; lineEnds--) {
            out[length++] = CR
            out[length++] = LF
          }
          if (isSpaced) out[length++] = SP
          isSpaced = false
          out[length++] = octet
          hasContent = true
        }
      }
      return out.subarray(0, length)
    },
    end: () => Buffer.from(hasContent ? '\r\n' : ''),
  }
}
