// In whose name a message speaks: RFC 5322 §3.6.2 (From, Sender) and §3.6.6 (Resent-).
import { asAddresses } from '../structured/address.js'
import type { Header } from '../types.js'
import { senderAddresses } from './mailboxes.js'

/** A field that says who wrote or sends a message. */
export interface Claim {
  /** As spelled. */
  name: string
  /** Every address that a reader could see in it. */
  addresses: string[]
  /** Whether all readers see the same. */
  isClear: boolean
}

export interface Claims {
  /** Of whoever sends it: From and Sender, or those of the topmost Resent block where it names somebody. */
  senders: Claim[]
  /** The topmost Resent block. */
  block: Header[]
  /** Of a message that is redirected: what stands below that block. Null where it is none. */
  original: { authors: Claim[]; start: number | null } | null
  /** Names, in lower case, of fields that are missing, or stand more than once though they must not (RFC 5322 §3.6). */
  missing: string[]
  repeated: string[]
}

const AUTHORS = ['from', 'sender']
/** Those of which a reader shows or follows one, and another reader another. Lists that are joined do no harm. */
const ONCE = [...AUTHORS, 'reply-to', 'subject', 'date', 'message-id']
/** What stands above a Resent block that was put on top: traces, and what a submission server adds. */
const ABOVE = new Set(['return-path', 'received', 'delivered-to', 'x-original-to', 'date', 'message-id'])

/** Of the fields as they leave. */
export function claimsOf(headers: readonly Header[]): Claims {
  const block = topResentBlock(headers)
  const isResent = block.some(({ name }) => name.toLowerCase() === 'resent-from')
  const rest = headers.filter((field) => !block.includes(field))
  const count = (wanted: string) => rest.filter(({ name }) => name.toLowerCase() === wanted).length
  const authors = rest.filter(({ name }) => AUTHORS.includes(withoutResent(name))).map(claimOf)
  const resenders = block.filter(({ name }) => AUTHORS.includes(withoutResent(name))).map(claimOf)
  return {
    block,
    senders: isResent ? resenders : [...resenders, ...authors],
    original: isResent ? { authors, start: startBelow(headers, block) } : null,
    missing: count('from') === 0 ? ['from'] : [],
    repeated: ONCE.filter((name) => count(name) > 1),
  }
}

/** The first run of Resent- fields, up to one that stands in it already: there an older block begins. */
function topResentBlock(headers: readonly Header[]): Header[] {
  const isResent = ({ name }: Header) => /^resent-/i.test(name)
  const names = new Set<string>()
  const block: Header[] = []
  for (const field of headers.slice(Math.max(0, headers.findIndex(isResent)))) {
    const name = field.name.toLowerCase()
    if (!isResent(field) || names.has(name)) break
    names.add(name)
    block.push(field)
  }
  return block
}

/** Where what was redirected begins, if the block was put above it; else null. */
function startBelow(headers: readonly Header[], block: readonly Header[]): number | null {
  const above = headers.slice(0, headers.indexOf(block[0]!))
  return above.every(({ name }) => ABOVE.has(name.toLowerCase())) ? block.at(-1)!.end : null
}

function withoutResent(name: string): string {
  return name.toLowerCase().replace(/^resent-/, '')
}

function claimOf({ name, raw }: Header): Claim {
  const sure = senderAddresses(raw)
  return { name, addresses: sure ?? asAddresses(raw).map(({ email }) => email), isClear: sure !== null }
}
