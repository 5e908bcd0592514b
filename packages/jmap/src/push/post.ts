// Requests to URLs that clients gave: RFC 8620 §8.6. The address that was found fit is the one that is connected to,
// and no redirect is followed.
import { type LookupAddress, lookup } from 'node:dns'
import { Agent, request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { PushMessage } from './message.js'

export interface PosterOptions {
  /** Whether an address may be connected to. */
  mayReach(address: string): boolean
  /** Who signs servers' certificates, in PEM; other than the usual for tests alone. */
  ca?: string
}

export interface PushAnswer {
  status: number
  /** Retry-After, as it came. */
  retryAfter: string | undefined
}

export interface PostOptions {
  /** Over a connection of its own: one that was kept may be closed by now, and nothing says whether it was taken. */
  isOnce?: boolean
}

export interface Poster {
  /** Throws where no answer came within the time. */
  post(url: string, message: PushMessage, options?: PostOptions): Promise<PushAnswer>
  /** Ends what is open. */
  close(): void
}

/** From looking the name up to the head of the answer; less than a lease. */
const LIMIT_MS = 20_000
/** Octets of an answer that are read; nothing in them counts. */
const MAX_ANSWER = 16_384

export function createPoster({ mayReach, ca }: PosterOptions): Poster {
  const options = {
    timeout: 60_000,
    maxFreeSockets: 32,
    lookup: lookupWithin(mayReach),
    ...(ca === undefined ? {} : { ca }),
  }
  const [kept, fresh] = [new Agent({ ...options, keepAlive: true }), new Agent(options)]
  return {
    post: (url, { headers, body }, { isOnce = false } = {}) =>
      new Promise((resolve, reject) => {
        const target = new URL(url)
        // What is an address already is not looked up.
        const host = target.hostname.replace(/^\[|\]$/g, '')
        if (isIP(host) !== 0 && !mayReach(host)) throw unreachable(host)
        const signal = AbortSignal.timeout(LIMIT_MS)
        const agent = isOnce ? fresh : kept
        const sent = request(target, { method: 'POST', agent, headers, signal }, (response) => {
          resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'] })
          let octets = 0
          response.on('data', (bytes: Buffer) => {
            octets += bytes.length
            if (octets > MAX_ANSWER) response.destroy()
          })
          response.on('error', () => {})
        })
        sent.on('error', reject)
        sent.end(body)
      }),
    close() {
      kept.destroy()
      fresh.destroy()
    },
  }
}

/** Gives only addresses that may be reached, and fails where there is none. */
function lookupWithin(mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      const fit = error ? [] : found.filter(({ address }) => mayReach(address))
      const [first] = fit
      if (error || !first) callback(error ?? unreachable(hostname), [])
      else if (options.all) callback(null, fit)
      else callback(null, first.address, first.family)
    })
  }
}

function unreachable(host: string): Error {
  return new Error(`${host} is not an address that pushes may go to`)
}
