// The form of a message that the next host takes. Nothing of the body is held: it is looked through, and changed while
// it is read.
import { type Header, MAX_LINE, type Part, senderAddresses, writeFields } from '@tandem/mime'
import { type Message, withHeader } from '../message.js'
import { wireForm } from '../wire-form.js'
import { childrenOf, type Edit, type LeafFacts, type Obstacle, planFor, type Takes } from './plan.js'

const LF = 0x0a

/** The same message where the host takes it as it is. Errors: those of reading the body. */
export async function formFor(message: Message, takes: Takes): Promise<Message | Obstacle> {
  const { body, header } = message
  const isEightBit = body.is8Bit && !takes.eightBit
  const isUtf8 = !takes.utf8 && (body.hasUtf8Header || header.some((octet) => octet > 127))
  if (!isEightBit && !isUtf8 && !body.hasLongLine) return message
  const facts = isEightBit || body.hasLongLine ? await factsOf(message) : new Map<Part, LeafFacts>()
  const plan = planFor(body.root, message.headers, facts, takes)
  if (typeof plan === 'string') return plan
  const formed = withHeader(message, writeFields(plan.header))
  // It was judged in the form that it came in.
  if (sendersIn(formed.headers) !== sendersIn(message.headers)) return 'utf8'
  const edits = plan.edits.sort((a, b) => a.start - b.start)
  const read = () => edited(body, edits, takes)
  let size = 0
  for await (const piece of read()) size += piece.length
  const is8Bit = body.is8Bit && takes.eightBit
  return { ...formed, body: { ...body, size, is8Bit, hasUtf8Header: takes.utf8 && body.hasUtf8Header, read } }
}

function sendersIn(headers: readonly Header[]): string {
  const fields = headers.filter(({ name }) => /^(?:resent-)?(?:from|sender)$/i.test(name))
  return JSON.stringify(fields.map(({ raw }) => senderAddresses(raw)?.map(wireForm)))
}

/** One pass: what the octets of each part without parts are like. */
async function factsOf({ body }: Message): Promise<Map<Part, LeafFacts>> {
  const facts = new Map<Part, LeafFacts>()
  const leaves = leavesOf(body.root)
  let at = body.root.bodyStart
  let next = 0
  let counter = countOctets()
  for await (const piece of body.read()) {
    for (let leaf = leaves[next]; leaf; leaf = leaves[next]) {
      counter.write(piece.subarray(Math.max(0, leaf.bodyStart - at), Math.max(0, leaf.bodyEnd - at)))
      facts.set(leaf, counter.facts)
      // It goes on in the next piece, or begins there.
      if (leaf.bodyEnd > at + piece.length) break
      counter = countOctets()
      next++
    }
    at += piece.length
  }
  return facts
}

function countOctets() {
  const facts: LeafFacts = { octets: 0, high: 0, hasLongLine: false, isUtf8: true }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 0
  return {
    facts,
    write(bytes: Uint8Array) {
      facts.octets += bytes.length
      for (const octet of bytes) {
        if (octet > 127) facts.high++
        line = octet === LF ? 0 : line + 1
        // The CR counts until its LF comes.
        if (line > MAX_LINE + 1) facts.hasLongLine = true
      }
      try {
        if (facts.isUtf8) decoder.decode(bytes, { stream: true })
      } catch {
        facts.isUtf8 = false
      }
    },
  }
}

function leavesOf(part: Part): Part[] {
  const children = childrenOf(part)
  return children.length === 0 ? [part] : children.flatMap(leavesOf)
}

async function* edited(
  body: Message['body'],
  edits: readonly Edit[],
  takes: Takes,
): AsyncGenerator<Uint8Array> {
  let at = body.root.bodyStart
  let next = 0
  let encoder = encoderOf(edits[next])
  for await (const piece of body.read()) {
    for (let from = 0; from < piece.length; ) {
      const edit = edits[next]
      const isWithin = edit !== undefined && at >= edit.start
      const until = edit === undefined ? Number.POSITIVE_INFINITY : isWithin ? edit.end : edit.start
      const part = piece.subarray(from, from + Math.min(piece.length - from, until - at))
      from += part.length
      at += part.length
      if (!isWithin) {
        if (part.length > 0) yield takes.eightBit ? part : withoutHigh(part)
      } else if (encoder && part.length > 0) yield encoder.write(part)
      if (isWithin && at >= edit.end) {
        yield encoder ? encoder.end() : (edit.by as Uint8Array)
        encoder = encoderOf(edits[++next])
      }
    }
  }
  // What is replaced at the very end.
  for (const edit of edits.slice(next)) yield typeof edit.by === 'function' ? encoderOf(edit)!.end() : edit.by
}

const encoderOf = (edit: Edit | undefined) => (typeof edit?.by === 'function' ? edit.by() : null)

/** Between the parts, where nobody reads. */
function withoutHigh(bytes: Uint8Array): Uint8Array {
  return bytes.some((octet) => octet > 127) ? bytes.map((octet) => (octet > 127 ? 0x3f : octet)) : bytes
}
