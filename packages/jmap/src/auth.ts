// HTTP Basic (RFC 7617), over TLS or from this machine only.
import {
  type Directory,
  isLoopback,
  LoginDeferred,
  loginVersion,
  type Principal,
  type PushTickets,
} from '@tandem/mailstore'
import type { FastifyRequest } from 'fastify'
import { ProblemError } from './api/problem.js'

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

export interface Authenticator {
  /** Errors: ProblemError 403 without TLS from elsewhere, 401, 429 where guesses came before, 503 where too many wait. */
  login(request: FastifyRequest): Promise<Login>
  /** By a ticket, in a password's place. Errors: ProblemError 403, 401. */
  ticketLogin(request: FastifyRequest, ticket: string): Promise<Login>
}

/** A client sends its password with every request: the directory remembers those that were right lately. */
export function createAuthenticator(options: {
  directory: Pick<Directory, 'authenticate' | 'credentialVersion'>
  tickets: Pick<PushTickets, 'open'>
  /** Whether a password may be sent by this request's connection. */
  isSecure?: (request: FastifyRequest) => boolean
}): Authenticator {
  const { directory, tickets, isSecure = isTlsOrLocal } = options

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
      const principal = await whileThere(request, (signal) =>
        directory.authenticate(name, password, { address: request.ip, protocol: 'jmap', signal }),
      ).catch((error: unknown) => {
        throw error instanceof LoginDeferred ? putOff(error) : error
      })
      if (!principal) throw unauthorized('the name or the password is wrong')
      const version = loginVersion(principal)
      const isValid = async () => (await directory.credentialVersion(name)) === version
      return { principal, version, isValid }
    },
  }
}

/** Does what ends when the client leaves. */
async function whileThere<T>({ raw }: FastifyRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  raw.socket.once('close', leave)
  // A connection has many requests.
  return work(leaving.signal).finally(() => raw.socket.off('close', leave))
}

/** RFC 6585 §4, RFC 9110 §15.6.4: no verdict; the password may be right. */
function putOff({ why, retryAfter }: LoginDeferred): ProblemError {
  const [status, detail] =
    why === 'banned'
      ? [429, 'too many wrong passwords came from here, or for this name']
      : [503, 'too many logins at once']
  return new ProblemError({ status, detail: `${detail}; try again in ${retryAfter} seconds`, retryAfter })
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
