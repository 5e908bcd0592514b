// DKIM signatures: RFC 6376, with SHA-256 and 2048 bits of RSA (RFC 8301), or Ed25519 (RFC 8463). Our own: the one
// of nodemailer knows RSA alone.
import { createHash, createPrivateKey, sign as signBytes } from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { DomainKey } from '@tandem/mailstore'
import { relaxedBody, relaxedField } from './canonical.js'

/** RFC 6376 §5.4.1: fields that show, and those that say how the content is read. */
const SIGNED = [
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'subject', 'date', 'message-id', 'in-reply-to', 'references'],
  ...['mime-version', 'content-type', 'content-transfer-encoding', 'content-disposition'],
  ...['resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-date', 'resent-message-id'],
  ...['list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'list-post', 'list-help'],
]
/** Named once more than they occur, so that none can be added on the way (RFC 6376 §5.4, §8.15). */
const SEALED = new Set(['from', 'reply-to', 'to', 'cc', 'subject', 'date', 'message-id', 'content-type'])

/** A header field: its name, and the bytes behind the colon as a latin1 string. */
export interface Field {
  name: string
  raw: string
}

export interface SignOptions {
  /** What the signature answers for, `d=`. */
  domain: string
  keys: readonly Pick<DomainKey, 'selector' | 'algorithm' | 'privateKey'>[]
  now: Date
}

/** A signature by each key, to be put before the message. Its lines end in CRLF: what is signed goes over the wire. */
export async function signaturesOf(
  { headers, body }: { headers: readonly Field[]; body: AsyncIterable<Uint8Array> },
  { domain, keys, now }: SignOptions,
): Promise<string> {
  const bodyHash = await hashBody(body)
  const names = signedNames(headers)
  const lines = keys.map(({ selector, algorithm, privateKey }) => {
    const tags = [
      ...['v=1', `a=${algorithm}-sha256`, 'c=relaxed/relaxed', `d=${domainToASCII(domain)}`, `s=${selector}`],
      ...[`t=${Math.floor(now.getTime() / 1000)}`, `h=${names.join(':\r\n\t ')}`, `bh=${bodyHash}`, 'b='],
    ]
    const raw = ` ${tags.join(';\r\n\t')}`
    const signature = signatureOf(signedText(headers, names, raw), algorithm, privateKey)
    // Folded, for 344 digits of a 2048 bit key are too much for one line (RFC 5322 §2.1.1).
    return `DKIM-Signature:${raw}${signature.replace(/.{72}(?=.)/g, '$&\r\n\t ')}\r\n`
  })
  return lines.join('')
}

/** Base64. */
async function hashBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  const canonical = relaxedBody()
  for await (const piece of body) hash.update(canonical.write(piece))
  return hash.update(canonical.end()).digest('base64')
}

/** RFC 6376 §3.7: the fields in the order of their names, repeated ones from the bottom, then the signature's own. */
export function signedText(
  headers: readonly Field[],
  names: readonly string[],
  signatureField: string,
): string {
  const below = new Map<string, number>()
  const lines = names.flatMap((name) => {
    const mine = headers.filter((header) => header.name.trim().toLowerCase() === name)
    const used = below.get(name) ?? 0
    below.set(name, used + 1)
    const field = mine.at(-1 - used)
    // One that isn't there is signed as such: as nothing (§5.4.2).
    return field ? [`${relaxedField(name, field.raw)}\r\n`] : []
  })
  return lines.join('') + relaxedField('dkim-signature', signatureField)
}

function signedNames(headers: readonly Field[]): string[] {
  return SIGNED.flatMap((name) => {
    const count = headers.filter((header) => header.name.trim().toLowerCase() === name).length
    return Array<string>(count + (SEALED.has(name) ? 1 : 0)).fill(name)
  })
}

/** Base64. `text` is latin1. */
export function signatureOf(text: string, algorithm: DomainKey['algorithm'], privateKey: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  const bytes = Buffer.from(text, 'latin1')
  if (algorithm === 'rsa') return signBytes('sha256', bytes, key).toString('base64')
  // RFC 8463 §3: the hash is what is signed.
  return signBytes(null, createHash('sha256').update(bytes).digest(), key).toString('base64')
}
