// A verifier that shares no code with the signer: RFC 6376 §6.1.3, by text.
import { createHash, createPublicKey, verify as verifyBytes } from 'node:crypto'

export interface Verdict {
  domain: string
  selector: string
  /** `pass`, or which of the two hashes is wrong. */
  result: 'pass' | 'body' | 'header'
}

/** Judges every DKIM-Signature. `message` is latin1; `record` gives the TXT record of a selector. */
export function verifyDkim(message: string, record: (name: string) => string): Verdict[] {
  const end = message.indexOf('\r\n\r\n')
  const fields = message.slice(0, end).split(/\r\n(?![ \t])/)
  const body = message.slice(end + 4)
  return fields
    .filter((field) => /^dkim-signature:/i.test(field))
    .map((field) => judge(field, fields, body, record))
}

function judge(field: string, fields: string[], body: string, record: (name: string) => string): Verdict {
  const tags = tagsOf(field.slice(field.indexOf(':') + 1))
  const verdict = { domain: tags.d!, selector: tags.s! }
  const canonical = body
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
  let end = canonical.length
  while (canonical.endsWith('\r\n', end)) end -= 2
  const kept = canonical.slice(0, end)
  const hash = createHash('sha256').update(kept === '' ? '' : `${kept}\r\n`, 'latin1')
  if (hash.digest('base64') !== tags.bh) return { ...verdict, result: 'body' }

  const rest = [...fields]
  const signed = tags.h!.split(':').flatMap((name) => {
    const at = rest.findLastIndex((each) => nameOf(each) === name.toLowerCase())
    return at < 0 ? [] : [relax(rest.splice(at, 1)[0]!)]
  })
  const text = [...signed, relax(field.replace(/(\bb=)[\s\S]*$/, '$1'))].join('\r\n')
  const key = tagsOf(record(`${tags.s}._domainkey.${tags.d}`))
  const bytes = Buffer.from(text, 'latin1')
  const signature = Buffer.from(tags.b!, 'base64')
  const good =
    key.k === 'ed25519'
      ? verifyBytes(null, createHash('sha256').update(bytes).digest(), edKey(key.p!), signature)
      : verifyBytes('sha256', bytes, spki(key.p!), signature)
  return { ...verdict, result: good ? 'pass' : 'header' }
}

function tagsOf(text: string): Record<string, string> {
  const pairs = text.split(';').map((tag) => tag.replace(/\s/g, '').match(/^(\w+)=(.*)$/))
  return Object.fromEntries(pairs.filter((pair) => pair !== null).map((pair) => [pair[1]!, pair[2]!]))
}

function relax(field: string): string {
  const colon = field.indexOf(':')
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
  return `${nameOf(field)}:${value.replace(/^ | $/g, '')}`
}

const nameOf = (field: string) => field.slice(0, field.indexOf(':')).trimEnd().toLowerCase()

const spki = (p: string) => createPublicKey({ key: Buffer.from(p, 'base64'), format: 'der', type: 'spki' })
const edKey = (p: string) => {
  const x = Buffer.from(p, 'base64').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
