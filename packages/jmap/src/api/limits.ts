import { isObject, type JsonObject } from './json.js'

/** What the session advertises (RFC 8620 §2) and the server holds to. Sizes in octets. */
export interface Limits {
  /** One blob. */
  maxSizeUpload: number
  /** Uploads of one principal at a time. */
  maxConcurrentUpload: number
  /** One API request. */
  maxSizeRequest: number
  /** API requests of one principal at a time. */
  maxConcurrentRequests: number
  maxCallsInRequest: number
  /** Ids that one /get asks for; also the size of a page of /changes, so that its ids fit in one /get. */
  maxObjectsInGet: number
  /** Objects that one /set creates, updates and destroys, or one import brings. */
  maxObjectsInSet: number
}

export const DEFAULT_LIMITS: Omit<Limits, 'maxSizeUpload'> = {
  maxConcurrentUpload: 4,
  maxSizeRequest: 10_000_000,
  maxConcurrentRequests: 8,
  maxCallsInRequest: 64,
  maxObjectsInGet: 500,
  maxObjectsInSet: 500,
}

/** Base64 and its line ends make 100 octets about 137; the rest is for the texts. */
const ATTACHMENT_SHARE = 0.7

/** Octets of all attachments of one email that Email/set makes (RFC 8621 §1.3.1). */
export function attachmentsLimit({ maxSizeUpload }: Limits): number {
  return Math.floor(maxSizeUpload * ATTACHMENT_SHARE)
}

/** RFC 8620 §6: what one principal's uploads may take that nothing refers to; beyond it the oldest go. */
export const UPLOAD_QUOTA = { octets: 1024 ** 3, uploads: 1_000 }

/** Ids in one answer of a /query; RFC 8620 §5.5 lets the server clamp. */
export const MAX_QUERY_RESULTS = 5_000

/** Lets `max` in per key; the rest is turned away, or waits in a line that has an end. */
export interface Gate {
  /** The way out, to be called once; null where `max` are inside. */
  enter(key: number): (() => void) | null
  /** The same, once there is a place; null where the line is full. */
  wait(key: number): Promise<(() => void) | null>
}

/** Gates that several processes may share: one a limit, by its name. */
export type SharedGates = (
  name: string,
  max: number,
) => { enter(key: number): ReturnType<Gate['enter']> | Promise<ReturnType<Gate['enter']>> }

/** How many wait for each place. */
const LINE = 4

export function createGate(max: number): Gate {
  const inside = new Map<number, number>()
  const waiting = new Map<number, (() => void)[]>()

  function enter(key: number): (() => void) | null {
    const count = inside.get(key) ?? 0
    if (count >= max) return null
    inside.set(key, count + 1)
    return wayOut(key)
  }

  function wayOut(key: number): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const next = waiting.get(key)?.shift()
      // The place goes to who waits.
      if (next) return next()
      waiting.delete(key)
      const now = inside.get(key)! - 1
      if (now === 0) inside.delete(key)
      else inside.set(key, now)
    }
  }

  return {
    enter,
    async wait(key) {
      const leave = enter(key)
      const line = waiting.get(key) ?? []
      if (leave || line.length >= max * LINE) return leave
      waiting.set(key, line)
      await new Promise<void>((resolve) => line.push(resolve))
      return wayOut(key)
    },
  }
}

/** What one request may still cost, counted in octets; a method takes before it works. */
export interface Budget {
  /** False where that is more than is left. The first taker is never refused. */
  take(octets: number): boolean
}

export function createBudget(octets: number): Budget {
  let taken = 0
  return {
    take(more) {
      if (taken > 0 && taken + more > octets) return false
      taken += more
      return true
    },
  }
}

/**
 * About how many octets a value is as JSON; more than `max` where it is more than that, found out in time
 * proportional to `max`.
 */
export function weigh(value: unknown, max: number): number {
  let weight = 0
  const stack: unknown[] = [value]
  while (stack.length > 0 && weight <= max) {
    const next = stack.pop()
    if (typeof next === 'string') weight += next.length + 2
    else if (Array.isArray(next)) {
      weight += 2
      if (next.length > max) return next.length
      for (const item of next) stack.push(item)
    } else if (isObject(next)) {
      weight += 2
      for (const [name, item] of Object.entries(next as JsonObject)) {
        weight += name.length + 4
        stack.push(item)
      }
    } else weight += 5
  }
  return weight
}

/** How many values there are in a value, itself among them; more than `max` where there are more. */
export function countValues(value: unknown, max: number): number {
  let count = 0
  const left: unknown[] = [value]
  while (left.length > 0 && count <= max) {
    const next = left.pop()
    count++
    if (typeof next !== 'object' || next === null) continue
    const items = Object.values(next)
    if (items.length > max) return items.length
    for (const item of items) left.push(item)
  }
  return count
}
