import { MethodError } from '../errors.js'
import type { JsonObject } from './json.js'
import type { Budget } from './limits.js'

/** A list of a response that is made while it is sent, so that a large one is never in memory at once. */
export class DeferredList {
  constructor(
    /** About how many octets it is. */
    readonly octets: number,
    /** Its items, a few at a time. */
    readonly pieces: () => AsyncIterable<readonly unknown[]>,
  ) {}
}

export async function allOf<T>(pieces: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = []
  for await (const piece of pieces) items.push(...piece)
  return items
}

/** Octets of a list that is made to be referred to. */
const MAX_REFERRED = 16 * 1024 * 1024

/**
 * Makes the deferred list of that name in a response now, or all of them, because a later call refers to it.
 * Errors: requestTooLarge.
 */
export async function makeLists(
  response: JsonObject,
  wanted: string | undefined,
  octets: Budget,
): Promise<void> {
  for (const [name, value] of Object.entries(response)) {
    if (!(value instanceof DeferredList) || (wanted !== undefined && name !== wanted)) continue
    if (value.octets > MAX_REFERRED || !octets.take(value.octets)) {
      throw new MethodError(
        'requestTooLarge',
        'what is referred to is too much to be held; ask for less of it',
      )
    }
    response[name] = await allOf(value.pieces())
  }
}
