// Content-Transfer-Encodings: RFC 2045 §6.
import { encode, wrap } from 'nodemailer/lib/qp'

export type TransferEncoding = '7bit' | '8bit' | 'quoted-printable' | 'base64'

/** Characters of a line that is sent as it is, and octets of one that may be at all (RFC 5322 §2.1.1). */
const LINE = 76
const MAX_LINE = 998
/** Characters of a text that is encoded as quoted-printable: its encoder is slow, and blocks. */
const MAX_QUOTED = 200_000

/** Text with CRLF line ends, encoded so that it comes back as it is. */
export function encodeText(text: string): { encoding: TransferEncoding; body: Uint8Array } {
  const encoding = encodingOfText(text)
  const bytes = Buffer.from(text)
  if (encoding === 'base64') return { encoding, body: Buffer.from(base64Lines(bytes)) }
  if (encoding === 'quoted-printable') return { encoding, body: Buffer.from(wrap(encode(bytes), LINE)) }
  return { encoding, body: bytes }
}

function encodingOfText(text: string): TransferEncoding {
  // A space at the end of a line is lost on some ways.
  const isPlain = /^[\t\x20-\x7e\r\n]*$/.test(text) && !/[\t ](?:\r\n|$)/.test(text)
  const hasBareEnd = /\r(?!\n)|(?<!\r)\n/.test(text)
  if (isPlain && !hasBareEnd && text.split('\r\n').every((line) => line.length <= LINE)) return '7bit'
  if (hasBareEnd || text.length > MAX_QUOTED) return 'base64'
  return Buffer.byteLength(text) - text.length > text.length / 3 ? 'base64' : 'quoted-printable'
}

/** 57 octets are a line of 76 characters. */
const OCTETS_PER_LINE = 57

function base64Lines(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{76}/g, '$&\r\n')
}

/** Base64 in lines, as the bytes stream in. */
export async function* encodeBase64(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  for await (const piece of source) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece)
    const whole = bytes.length - (bytes.length % OCTETS_PER_LINE)
    if (whole > 0) yield Buffer.from(base64Lines(bytes.subarray(0, whole)))
    rest = bytes.subarray(whole)
  }
  yield Buffer.from(Buffer.from(rest).toString('base64'))
}

const NUL = 0
const LF = 10
const CR = 13

/**
 * How bytes may be sent as they are: what RFC 2046 §5.2.1 asks of a message. Base64 where they may not: bare line
 * ends, NUL, lines too long.
 */
export async function plainEncoding(source: AsyncIterable<Uint8Array>): Promise<TransferEncoding> {
  let is8bit = false
  let length = 0
  let last = 0
  for await (const piece of source) {
    for (const octet of piece) {
      if ((octet === LF) !== (last === CR) || octet === NUL) return 'base64'
      length = octet === LF ? 0 : length + 1
      // The CR counts until its LF comes.
      if (length > MAX_LINE + 1) return 'base64'
      if (octet > 127) is8bit = true
      last = octet
    }
  }
  if (last === CR) return 'base64'
  return is8bit ? '8bit' : '7bit'
}
