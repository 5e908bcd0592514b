// What changes in the parts of a message so that a host can take it: RFC 6152 §3, RFC 5321 §4.5.3.1.6, RFC 6531 §3.2.
import { type Part, writeFields } from '@tandem/mime'
import { isBeyondAscii } from '../wire-form.js'
import { asciiFields } from './ascii-header.js'
import { base64, type Encoder, quotedPrintable, rewrappedBase64 } from './encoders.js'

/** What the next host takes. */
export interface Takes {
  /** SMTPUTF8: headers beyond ASCII. */
  utf8: boolean
  /** 8BITMIME: bodies beyond ASCII. */
  eightBit: boolean
}

/** Why there is no form of the message that a host takes. `utf8`: an address; `signed`: its signature would break. */
export type Obstacle = 'utf8' | 'signed' | 'encoding'

/** Octets from `start` to before `end` that are replaced, or encoded. */
export interface Edit {
  start: number
  end: number
  by: Uint8Array | (() => Encoder)
}

/** What the octets of a part without parts of its own are like. */
export interface LeafFacts {
  octets: number
  high: number
  hasLongLine: boolean
  isUtf8: boolean
}

export interface Plan {
  edits: Edit[]
  /** Of the message itself. */
  header: Fields
}

type Fields = { name: string; raw: string }[]

/** `header`: of the message, as it leaves; that of `root` is as it came. */
export function planFor(
  root: Part,
  header: Fields,
  facts: ReadonlyMap<Part, LeafFacts>,
  takes: Takes,
): Plan | Obstacle {
  const plan: Plan = { edits: [], header }
  const visit = (part: Part, isOpaque: boolean): Obstacle | null => {
    const body = bodyPlan(part, facts.get(part), takes, isOpaque)
    if (typeof body === 'string') return body
    const before = part === root ? header : part.headers
    const renamed = body.encoding === null || isOpaque ? before : withEncoding(before, body.encoding)
    const fields = takes.utf8 || isOpaque ? renamed : asciiFields(renamed, part)
    if (!fields) return 'utf8'
    if (part === root) plan.header = body.encoder ? asMime(fields, facts.get(part)!) : fields
    else if (fields !== before && fields.some((field, at) => field !== before[at])) {
      plan.edits.push({ start: part.headerStart, end: part.headerEnd, by: writeFields(fields) })
    }
    if (body.encoder) plan.edits.push({ start: part.bodyStart, end: part.bodyEnd, by: body.encoder })
    // RFC 1847 §2.1: nothing within is altered on the way.
    const isSealed = isOpaque || /^multipart\/(?:signed|encrypted)$/.test(part.type)
    for (const child of childrenOf(part)) {
      const obstacle = visit(child, isSealed)
      if (obstacle) return obstacle
    }
    return null
  }
  return visit(root, false) ?? plan
}

/** The parts in a part, and the message that it encapsulates. */
export function childrenOf({ children, message }: Part): Part[] {
  return message === null ? children : [...children, message]
}

interface BodyPlan {
  /** Null: as it is. */
  encoder: (() => Encoder) | null
  encoding: string | null
}

const PLAIN = /^(?:7bit|8bit|binary)$/
const AS_IT_IS: BodyPlan = { encoder: null, encoding: null }

function bodyPlan(
  { type, encoding, headers }: Part,
  facts: LeafFacts | undefined,
  { utf8, eightBit }: Takes,
  isOpaque: boolean,
): BodyPlan | Obstacle {
  const label = !eightBit && /^(?:8bit|binary)$/.test(encoding) ? '7bit' : null
  if (isOpaque) {
    const isBeyond = !utf8 && headers.some(({ name, raw }) => isBeyondAscii(name + raw))
    return isBeyond || (!eightBit && facts && facts.high > 0) ? 'signed' : AS_IT_IS
  }
  const isHigh = facts !== undefined && facts.high > 0 && !eightBit
  if (!facts || !(isHigh || facts.hasLongLine)) return { encoder: null, encoding: label }
  if (encoding === 'quoted-printable') return { encoder: () => quotedPrintable(true), encoding: null }
  if (encoding === 'base64') return { encoder: rewrappedBase64, encoding: null }
  const isBound = /^message\/(?:rfc822|global|partial|external-body)$|^multipart\//.test(type)
  if (isBound || !PLAIN.test(encoding)) return isHigh ? 'encoding' : AS_IT_IS
  const isText = /^(?:text|message)\//.test(type) && facts.high <= facts.octets / 3
  return isText
    ? { encoder: () => quotedPrintable(), encoding: 'quoted-printable' }
    : { encoder: base64, encoding: 'base64' }
}

function withEncoding(fields: Fields, encoding: string): Fields {
  const rest = fields.filter(({ name }) => name.toLowerCase() !== 'content-transfer-encoding')
  return [...rest, { name: 'Content-Transfer-Encoding', raw: ` ${encoding}` }]
}

/** RFC 2045 §4: without these two, nobody looks for an encoding. */
function asMime(fields: Fields, { isUtf8, high }: LeafFacts): Fields {
  const has = (wanted: string) => fields.some(({ name }) => name.toLowerCase() === wanted)
  const charset = high === 0 ? 'us-ascii' : isUtf8 ? 'utf-8' : 'unknown-8bit'
  return [
    ...(has('mime-version') ? [] : [{ name: 'MIME-Version', raw: ' 1.0' }]),
    ...(has('content-type') ? [] : [{ name: 'Content-Type', raw: ` text/plain; charset=${charset}` }]),
    ...fields,
  ]
}
