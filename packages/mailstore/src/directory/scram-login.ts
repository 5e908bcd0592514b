// SCRAM with the credentials of the directory. A name that doesn't exist gets a salt too, always the same one, and fails
// like a wrong password.
import { createHmac, randomBytes } from 'node:crypto'
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
  find(address: string): Promise<{ keys: ScramKeys; principal(): Promise<Principal | null> } | null>
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
      const [known, secret] = await Promise.all([find(first.username), deps.secret()])
      const keys = known?.keys ?? nobodysKeys(secret, first.username)
      const challenge = serverFirst(first, keys, randomBytes(NONCE_BYTES).toString('base64'))
      state = { name: 'asked', first, challenge, keys, principal: known?.principal ?? (async () => null) }
      return { type: 'challenge', message: challenge }
    },

    async final(message) {
      if (state.name !== 'asked') return failed('other-error')
      const { first, challenge, keys } = state
      const verified = verifyClientFinal(message, first, challenge, keys)
      if (typeof verified === 'string') return failed(verified, first.username)
      const principal = await state.principal()
      if (!principal) return failed('invalid-proof', first.username)
      state = { name: 'over' }
      const { authorizationId } = first
      return { type: 'success', message: verified.serverFinal, principal, authorizationId }
    },
  }

  async function find(username: string) {
    const address = normalizeAddress(username)
    return address === null ? null : deps.find(address)
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
