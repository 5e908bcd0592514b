// The beginnings of the bodies that a text is made of: the same ones whether the message lies there or streams by.
import { asBuffer, createByteStore } from './bytes.js'
import type { BodyObserver } from './parse.js'
import { presentedType } from './part.js'
import type { SummaryPart } from './types.js'

/** The first bytes of a body, still encoded. */
export interface Excerpt {
  bytes: Uint8Array
  /** The body is longer. */
  isCut: boolean
}

export type Excerpts = ReadonlyMap<SummaryPart, Excerpt>

export interface Selection {
  /** Bytes there are for bodies of a kind, used up in the order of the parts. */
  pools: Record<string, number>
  /** The kind of a leaf of this type, or null if its body is not wanted. */
  poolOf(type: string, part: SummaryPart): string | null
  /** Whether the parts of encapsulated messages count. */
  isInsideMessages: boolean
}

interface Taking {
  /** Bytes of this body that may be taken. */
  max: number
  /** Counts it, once its size is known. */
  spend(size: number): void
}

function createPools({ pools, poolOf }: Selection): (part: SummaryPart) => Taking | null {
  const left = { ...pools }
  return (part) => {
    const pool = poolOf(presentedType(part), part)
    const max = pool === null ? 0 : (left[pool] ?? 0)
    if (pool === null || max === 0) return null
    return {
      max,
      spend(size) {
        left[pool] = Math.max(0, max - size)
      },
    }
  }
}

/** The excerpts of a message of which all bytes are at hand. They share memory with `bytes`. */
export function excerptsIn(bytes: Uint8Array, root: SummaryPart, selection: Selection): Excerpts {
  const excerpts = new Map<SummaryPart, Excerpt>()
  const take = createPools(selection)
  const visit = (part: SummaryPart) => {
    for (const child of part.children) visit(child)
    if (part.message && selection.isInsideMessages) visit(part.message)
    if (part.children.length > 0 || part.message) return
    const size = part.bodyEnd - part.bodyStart
    const taking = take(part)
    if (!taking) return
    taking.spend(size)
    const isCut = size > taking.max
    const end = isCut ? part.bodyStart + taking.max : part.bodyEnd
    if (size > 0) excerpts.set(part, { bytes: asBuffer(bytes).subarray(part.bodyStart, end), isCut })
  }
  visit(root)
  return excerpts
}

/** Collects the same excerpts from a message as it is parsed. */
export function createExcerptCollector(selection: Selection): { observe: BodyObserver; excerpts: Excerpts } {
  const excerpts = new Map<SummaryPart, Excerpt>()
  const take = createPools(selection)
  const observe: BodyObserver = (part, isEncapsulated) => {
    const taking = isEncapsulated && !selection.isInsideMessages ? null : take(part)
    if (!taking) return null
    const store = createByteStore()
    return {
      write(buf, start, end) {
        store.append(buf, start, Math.min(end, start + taking.max - store.length))
      },
      end() {
        const size = part.bodyEnd - part.bodyStart
        taking.spend(size)
        if (size > 0) excerpts.set(part, { bytes: Buffer.from(store.view()), isCut: size > taking.max })
      },
      // It had parts: nothing was taken.
      discard() {},
    }
  }
  return { observe, excerpts }
}
