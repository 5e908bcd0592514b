// HTTP Basic (RFC 7617), over TLS or from this machine only.
import { createHmac, randomBytes } from 'node:crypto'
import { type Directory, isLoopback, type Principal, type PushTickets } from '@tandem/mailstore'
import type { FastifyRequest } from 'fastify'
import { ProblemError } from './api/problem.js'
import type { Clock } from './clock.js'
import { createThrottle } from './throttle.js'

/** A verified password is remembered so long after its last use, and so long after it was verified. */
const IDLE_MS = 60_000
const LIFETIME_MS = 10 * 60_000
const MAX_ENTRIES = 10_000
/** Octets of a password; a longer one is wrong. */
const MAX_PASSWORD = 1_024

/** Who sent a request. */
export interface Login {
  principal: Principal
  /** The credential it was by: `Directory.credentialVersion`. */
  version: string
  /** Whether the login still stands: its password is what it was, and its account is there. */
  isValid(): Promise<boolean>
}

interface Entry extends Login {
  verifiedAt: number
  usedAt: number
}

export interface Authenticator {
  /** Errors: ProblemError 403 without TLS from elsewhere, 401, 429. */
  login(request: FastifyRequest): Promise<Login>
  /** By a ticket, in a password's place. Errors: ProblemError 403, 401. */
  ticketLogin(request: FastifyRequest, ticket: string): Promise<Login>
}

/**
 * To verify a password takes tens of milliseconds of a core, on purpose, and a client sends it with every request:
 * so the verified ones are remembered, under an HMAC with a key of this process. At each use the login's
 * credentialVersion is compared, so a changed password or a deleted account ends at once.
 */
export function createAuthenticator(options: {
  directory: Pick<Directory, 'authenticate' | 'credentialVersion'>
  tickets: Pick<PushTickets, 'open'>
  clock: Clock
  /** Whether a password may be sent by this request's connection. */
  isSecure?: (request: FastifyRequest) => boolean
}): Authenticator {
  const { directory, tickets, clock, isSecure = isTlsOrLocal } = options
  const key = randomBytes(32)
  const entries = new Map<string, Entry>()
  const throttle = createThrottle(clock)

  async function remembered(hash: string, name: string): Promise<Entry | null> {
    const entry = entries.get(hash)
    if (!entry) return null
    const now = clock.now()
    const isFresh = now - entry.usedAt <= IDLE_MS && now - entry.verifiedAt <= LIFETIME_MS
    if (!isFresh || (await directory.credentialVersion(name)) !== entry.version) {
      if (entries.get(hash) === entry) entries.delete(hash)
      return null
    }
    entry.usedAt = now
    // To the end of the map, which is thereby in order of use.
    entries.delete(hash)
    entries.set(hash, entry)
    return entry
  }

  async function verify(hash: string, name: string, password: string): Promise<Entry | null> {
    // Read before the password is verified: a change in between makes the entry stale, never wrongly fresh.
    const version = await directory.credentialVersion(name)
    const principal = await directory.authenticate(name, password)
    if (!principal || version === null) return null
    const now = clock.now()
    const entry: Entry = {
      principal,
      version,
      verifiedAt: now,
      usedAt: now,
      isValid: async () => (await directory.credentialVersion(name)) === version,
    }
    entries.set(hash, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES) break
      entries.delete(oldest)
    }
    return entry
  }

  /** Requests of one client come together, and one attempt answers all that are waiting for it. */
  const attempts = new Map<string, Promise<{ entry: Entry | null } | null>>()
  async function shared(
    attempt: string,
    begin: () => Promise<{ entry: Entry | null } | null>,
  ): Promise<{ entry: Entry | null } | null> {
    const running = attempts.get(attempt) ?? begin().finally(() => attempts.delete(attempt))
    attempts.set(attempt, running)
    return running
  }

  /** Before a secret is looked at: one that came in the clear is not to be confirmed. */
  function requireSecure(request: FastifyRequest): void {
    if (isSecure(request)) return
    throw new ProblemError({ status: 403, detail: 'passwords are taken over TLS only' })
  }

  return {
    async ticketLogin(request, ticket) {
      requireSecure(request)
      const found = await tickets.open(ticket)
      if (!found) throw unauthorized('the ticket has ended, or is none')
      const { principal, credential: version } = found
      const isValid = async () =>
        (await directory.credentialVersion(principal.login?.name ?? principal.name)) === version
      return { principal, version, isValid }
    },

    async login(request) {
      requireSecure(request)
      const credentials = parseBasic(request.headers.authorization)
      if (!credentials) throw unauthorized('a name and a password are needed')
      const { name, password } = credentials
      const hash = createHmac('sha256', key).update(`${name}\0${password}`).digest('base64')
      const known = await remembered(hash, name)
      if (known) return known
      const result = await shared(`${request.ip} ${hash}`, () =>
        throttle.run(request.ip, async () => {
          const entry = await verify(hash, name, password)
          return { ok: entry !== null, value: { entry } }
        }),
      )
      if (!result)
        throw new ProblemError({ status: 429, detail: 'too many logins from this address; try later' })
      if (!result.entry) throw unauthorized('the name or the password is wrong')
      return result.entry
    },
  }
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError({ status: 401, detail })
}

/** The answer to a 401 must name a scheme (RFC 9110 §15.5.2). */
export const CHALLENGE = 'Basic realm="Tandem", charset="UTF-8"'

/** RFC 7617 §2. Null for another scheme, and for what can't be a name and password. */
export function parseBasic(header: string | undefined): { name: string; password: string } | null {
  const match = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')
  if (!match) return null
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(match[1]!, 'base64'))
  } catch {
    return null
  }
  const colon = text.indexOf(':')
  if (colon < 1) return null
  const name = text.slice(0, colon)
  const password = text.slice(colon + 1)
  if (text.includes('\0') || Buffer.byteLength(password) > MAX_PASSWORD || name.length > 320) return null
  return { name, password }
}

/** Fastify knows X-Forwarded-* where it trusts the proxy, and only there. */
function isTlsOrLocal(request: FastifyRequest): boolean {
  return request.protocol === 'https' || isLoopback(request.ip)
}
