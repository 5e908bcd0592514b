// SCRAM with the credentials of the directory. A name that doesn't exist gets a salt too, always the same one, and fails
// like a wrong password.
import { createHmac, randomBytes } from 'node:crypto'
import type { Passage } from '../guard/guard.js'
import { normalizeAddress } from './address.js'
import { SCRAM_ITERATIONS, type ScramKeys } from './password.js'
import {
  type ClientFirst,
  readClientFirst,
  type ScramChannel,
  type ScramError,
  serverFirst,
  verifyClientFinal,
} from './scram.js'
import type { Principal, ScramLogin } from './types.js'

/** Octets of the server's part of the nonce. */
const NONCE_BYTES = 18

export interface ScramDeps {
  /** The keys behind a login, and how to find whom they belong to; null where there is none. */
  find(
    address: string,
    passage: Passage | null,
  ): Promise<{ keys: ScramKeys; principal(): Promise<Principal | null> } | null>
  /** Asks the guard before anything is looked up; null where there is none. Errors: loginDeferred. */
  begin(username: string): Promise<Passage | null>
  /** Known to this installation alone, and the same for all its processes. */
  secret(): Promise<Uint8Array>
}

/**
 * waiting   nothing came yet
 * asked     the server-first-message was given
 * over      a server-final-message was given, or something was wrong
 */
type State =
  | { name: 'waiting' }
  | {
      name: 'asked'
      first: ClientFirst
      challenge: string
      keys: ScramKeys
      principal(): Promise<Principal | null>
      passage: Passage | null
    }
  | { name: 'over' }

export function createScramLogin(channel: ScramChannel, deps: ScramDeps): ScramLogin {
  let state: State = { name: 'waiting' }

  const failed = (error: ScramError, name: string | null = null) => {
    state = { name: 'over' }
    return { type: 'failed', error, name } as const
  }

  return {
    async first(message) {
      if (state.name !== 'waiting') return failed('other-error')
      const first = readClientFirst(message, channel)
      if (typeof first === 'string') return failed(first)
      const passage = await deps.begin(first.username)
      if (passage && !passage.isOpen()) throw await passage.refusal()
      const [known, secret] = await Promise.all([find(first.username, passage), deps.secret()])
      const keys = known?.keys ?? nobodysKeys(secret, first.username)
      const challenge = serverFirst(first, keys, randomBytes(NONCE_BYTES).toString('base64'))
      state = {
        name: 'asked',
        first,
        challenge,
        keys,
        principal: known?.principal ?? (async () => null),
        passage,
      }
      return { type: 'challenge', message: challenge }
    },

    async final(message) {
      if (state.name !== 'asked') return failed('other-error')
      const { first, challenge, keys, passage } = state
      // Of many exchanges that were begun at once, each proof is a guess.
      if (passage && !passage.isOpen()) throw await passage.refusal()
      const verified = verifyClientFinal(message, first, challenge, keys)
      const principal = typeof verified === 'string' ? null : await state.principal()
      if (typeof verified === 'string' || !principal) {
        const error = typeof verified === 'string' ? verified : 'invalid-proof'
        state = { name: 'over' }
        // Proofs of one password differ each time: each wrong one counts.
        if (error === 'invalid-proof') await passage?.failed(null)
        return failed(error, first.username)
      }
      state = { name: 'over' }
      passage?.succeeded()
      const { authorizationId } = first
      return { type: 'success', message: verified.serverFinal, principal, authorizationId }
    },
  }

  async function find(username: string, passage: Passage | null) {
    const address = normalizeAddress(username)
    return address === null ? null : deps.find(address, passage)
  }
}

/**
 * What a name without a login is asked: the salt that it would have (all spellings of it the same), and keys that no
 * password gives.
 */
function nobodysKeys(secret: Uint8Array, username: string): ScramKeys {
  const address = normalizeAddress(username) ?? username
  const salt = createHmac('sha256', secret).update(address).digest().subarray(0, 16)
  return { salt, iterations: SCRAM_ITERATIONS, storedKey: randomBytes(32), serverKey: randomBytes(32) }
}
