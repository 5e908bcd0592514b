// Passwords that were judged lately, under an HMAC with a key of this process: hashing one takes tens of milliseconds of a
// core on purpose, and clients send theirs with every request or connection. Each stands for one version of the
// credential: a changed password, or a deleted account, ends it at once.
import { createHmac, randomBytes } from 'node:crypto'
import type { Principal } from '../directory/types.js'

/** A right password is remembered for so long after it was hashed. */
const LIFETIME_MS = 10 * 60_000
const MAX_RIGHT = 10_000
const MAX_WRONG = 50_000

export interface Remembered {
  /** What a name and a password are remembered by. */
  keyOf(name: string, password: string): string
  /** Whether `right` has to be asked, with the version. */
  mayBeRight(key: string): boolean
  right(key: string, version: string | null): Principal | null
  keep(key: string, version: string, principal: Principal): void
  /** A phone with an old password comes every minute: it is told so without hashing it again. */
  isWrong(key: string, version: string | null): boolean
  keepWrong(key: string, version: string | null): void
}

export function createRemembered(now: () => number): Remembered {
  const secret = randomBytes(32)
  const rights = new Map<string, { version: string; principal: Principal; at: number }>()
  const wrongs = new Map<string, string | null>()

  return {
    keyOf: (name, password) => createHmac('sha256', secret).update(`${name}\0${password}`).digest('base64'),

    mayBeRight: (key) => rights.has(key),

    right(key, version) {
      const known = rights.get(key)
      if (!known) return null
      if (known.version === version && now() - known.at <= LIFETIME_MS) return known.principal
      rights.delete(key)
      return null
    },

    keep(key, version, principal) {
      bounded(rights, MAX_RIGHT).set(key, { version, principal, at: now() })
    },

    isWrong: (key, version) => wrongs.get(key) === version,

    keepWrong(key, version) {
      bounded(wrongs, MAX_WRONG).set(key, version)
    },
  }
}

/** With room for one more: the oldest goes. */
function bounded<V>(map: Map<string, V>, max: number): Map<string, V> {
  if (map.size >= max) map.delete(map.keys().next().value!)
  return map
}
