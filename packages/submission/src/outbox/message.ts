// What is sent of what was submitted: RFC 8621 §7.5, RFC 6409 §8. Its header is held; its body is read again, a piece
// at a time, whenever it is wanted.
import { type Account, formatId, MailstoreError, type Submission } from '@tandem/mailstore'
import {
  type Claims,
  createMessageParser,
  crlfLines,
  firstHeader,
  type Header,
  leavingHeader,
  MAX_LINE,
  type Part,
  parseMessage,
  writeFields,
} from '@tandem/mime'
import { formatDate, prepend } from '../headers.js'

/** Its lines end in CRLF, as SMTP has them, whatever they ended in where it is stored (RFC 5321 §2.3.8). */
export interface Message {
  /** With the blank line, where there is one. */
  header: Uint8Array
  /** The fields of the header. */
  headers: Header[]
  body: Body
}

interface Body {
  /** Octets. */
  size: number
  is8Bit: boolean
  /** A header field beyond ASCII in a part, or in a message within. */
  hasUtf8Header: boolean
  /** Longer than RFC 5321 §4.5.3.1.6 has it. */
  hasLongLine: boolean
  /** Its parts, by octets of the message as it came. */
  root: Part
  /** From the beginning each time. Errors: blobNotFound, unavailable. */
  read(): AsyncIterable<Uint8Array>
}

/**
 * Removed from what is sent: RFC 8621 §7.5 wants Bcc removed, RFC 5321 §4.4 no Return-Path in a message that
 * sets out.
 */
const UNSENT_FIELDS = ['bcc', 'resent-bcc', 'return-path']
const LF = 0x0a
/** Octets. What is no larger is read once, and held. */
const SMALL = 512 * 1024

export interface Leaving {
  message: Message
  /** In whose name it speaks; null where its header is more than anybody could have judged. */
  claims: Claims | null
  /** What was submitted, from its beginning, in lines that end in CRLF. */
  read(): AsyncIterable<Uint8Array>
}

/** Errors: blobNotFound, unavailable. */
export async function readMessage(
  account: Account,
  submission: Submission,
  hostname: string,
): Promise<Leaving> {
  const { digest, size } = submission
  const [blob] = await account.blobs.openSlices([{ digest, start: 0, end: size <= SMALL ? size : 0 }])
  if (!blob) throw new MailstoreError('blobNotFound', `submission ${submission.id} has lost its message`)
  const submitted = await messageOf(() => blob.stream())
  const { header, headers } = submitted
  const leaving = leavingHeader(header, { headers, headerEnd: header.length })
  const read = () => crlfLines(blob.stream())
  if (!leaving) return { message: submitted, claims: null, read }
  const { claims } = leaving
  const fields = leaving.fields.filter(({ name }) => !UNSENT_FIELDS.includes(name.toLowerCase()))
  // Of what is redirected nothing is touched (RFC 5322 §3.6.6).
  const lines = claims.original ? '' : missingLines(fields, submission, hostname)
  const message = withHeader(submitted, prepend(lines, writeFields(fields)))
  return { message, claims, read }
}

/** `read` gives the bytes from the beginning each time. */
export async function messageOf(read: () => AsyncIterable<Uint8Array>): Promise<Message> {
  const parser = createMessageParser()
  let at = 0
  let lastHigh = -1
  let lastLong = -1
  let lineStart = 0
  for await (const piece of crlfLines(read())) {
    parser.write(piece)
    const high = lastHighOctet(piece)
    if (high >= 0) lastHigh = at + high
    for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, lf + 1)) {
      // With its CRLF.
      if (at + lf + 1 - lineStart > MAX_LINE + 2) lastLong = at + lf
      lineStart = at + lf + 1
    }
    at += piece.length
  }
  if (at - lineStart > MAX_LINE) lastLong = at
  const { root, headers, size } = parser.end()
  const { bodyStart } = root
  const pieces: Uint8Array[] = []
  for await (const piece of slice(read, 0, bodyStart)) pieces.push(piece)
  return {
    header: Buffer.concat(pieces),
    headers,
    body: {
      size: size - bodyStart,
      is8Bit: lastHigh >= bodyStart,
      hasUtf8Header: partsOf(root).some(hasUtf8Header),
      hasLongLine: lastLong >= bodyStart,
      root,
      read: () => slice(read, bodyStart, size),
    },
  }
}

/** The same message under another header. */
export function withHeader({ body }: Message, header: Uint8Array): Message {
  return { header, headers: parseMessage(header, { maxDepth: 0 }).headers, body }
}

/** Octets. */
export function sizeOf({ header, body }: Message): number {
  return header.length + body.size
}

export async function* contentOf({ header, body }: Message): AsyncGenerator<Uint8Array> {
  if (header.length > 0) yield header
  yield* body.read()
}

/** Of a small one. */
export async function wholeOf(message: Message): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of contentOf(message)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Small ones in one piece, which is stored in fewer steps. */
export async function storable(message: Message): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  return sizeOf(message) <= SMALL ? await wholeOf(message) : contentOf(message)
}

/**
 * RFC 6409 §8.2, §8.3: the submission listener adds them; an email that a client stored may have neither. Each attempt
 * writes the same, so that a message that is sent twice is known by its id.
 */
function missingLines(headers: Header[], { id, createdAt }: Submission, hostname: string): string {
  const has = (name: string) => firstHeader(headers, name) !== null
  return (
    (has('date') ? '' : `Date: ${formatDate(createdAt)}\r\n`) +
    (has('message-id') ? '' : `Message-ID: <${formatId('submission', id)}@${hostname}>\r\n`)
  )
}

/** Octets of the message, in its pieces, from `start` to before `end`. */
async function* slice(
  read: () => AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = 0
  if (start < end) {
    for await (const piece of crlfLines(read())) {
      const wanted = piece.subarray(Math.max(start - at, 0), end - at)
      at += piece.length
      if (wanted.length > 0) yield wanted
      if (at >= end) return
    }
  }
}

/** Where it is; -1 where there is none. A plain loop: a function for each octet of 50 MB takes long. */
function lastHighOctet(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at >= 0; at--) if (bytes[at]! > 127) return at
  return -1
}

/** The parts in a part, and the message that it encapsulates. */
function partsOf({ children, message }: Part): Part[] {
  return message === null ? children : [...children, message]
}

function hasUtf8Header(part: Part): boolean {
  return (
    part.headers.some(({ name, raw }) => /[^\x00-\x7f]/.test(name + raw)) || partsOf(part).some(hasUtf8Header)
  )
}
