// Line ends as SMTP has them: RFC 5321 §2.3.8. What is judged, signed and sent has these, and no others.
import { asBuffer } from '../bytes.js'

const [LF, CR] = [0x0a, 0x0d]
const CRLF = Buffer.from('\r\n')

/** With CRLF for each bare CR and bare LF; the same bytes where there are none. */
export function withCrlf(message: Uint8Array): Uint8Array {
  const bytes = asBuffer(message)
  const parts: Uint8Array[] = []
  let kept = 0
  for (const at of bareLineEnds(bytes)) {
    parts.push(bytes.subarray(kept, at), CRLF)
    kept = at + 1
  }
  return kept === 0 ? message : Buffer.concat([...parts, bytes.subarray(kept)])
}

/** The same of what comes in pieces. A CR at the end of one waits for the next, which tells whether it is bare. */
export async function* crlfLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const cr = CRLF.subarray(0, 1)
  let isAfterCr = false
  for await (const piece of pieces) {
    if (piece.length === 0) continue
    const bytes: Uint8Array = isAfterCr ? Buffer.concat([cr, piece]) : piece
    isAfterCr = bytes.at(-1) === CR
    yield withCrlf(isAfterCr ? bytes.subarray(0, -1) : bytes)
  }
  if (isAfterCr) yield CRLF
}

/** Found by leaps: a look at every octet of a large message takes long. */
function* bareLineEnds(bytes: Buffer): Generator<number> {
  let lf = bytes.indexOf(LF)
  let cr = bytes.indexOf(CR)
  while (lf >= 0 || cr >= 0) {
    if (cr < 0 || (lf >= 0 && lf < cr)) {
      yield lf
      lf = bytes.indexOf(LF, lf + 1)
    } else if (lf === cr + 1) {
      cr = bytes.indexOf(CR, lf + 1)
      lf = bytes.indexOf(LF, lf + 1)
    } else {
      yield cr
      cr = bytes.indexOf(CR, cr + 1)
    }
  }
}
