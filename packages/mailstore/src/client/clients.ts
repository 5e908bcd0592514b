/**
 * Who uses which program. A process keeps what it saw in memory, and writes it once a minute: one statement for many
 * principals, whatever they do, under no lock but that of the rows, which are written in one order.
 */
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { Logger } from '../types.js'
import { listUses, writeUses } from './rows.js'
import type { ClientSighting, Clients } from './types.js'

/** Milliseconds from the first sighting that is not written until it is. */
const FLUSH_AFTER = 60_000
/** Sightings held, of some hundred octets each; a program that is new beyond them is noted the next time. */
const MAX_HELD = 10_000
/** Sightings that one statement writes. */
const BATCH = 1_000
/** Milliseconds that closing waits for a database that does not answer. */
const CLOSE_WITHIN = 3_000
/** Characters of what a program says of itself. */
const MAX_LENGTH = 200

/** A sighting that is not written: `first` and `last` in milliseconds. */
export interface HeldSighting extends ClientSighting {
  client: string
  credentialId: number
  first: number
  last: number
}

export interface ClientBook extends Clients {
  /** Writes what is left; what can't be written is lost. */
  close(): Promise<void>
}

export function createClients(
  sql: Sql,
  log: Logger,
  { now = Date.now, maxHeld = MAX_HELD }: { now?: () => number; maxHeld?: number } = {},
): ClientBook {
  const held = new Map<string, HeldSighting>()
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()

  async function writeHeld(): Promise<void> {
    const sightings = [...held].map(([key, sighting]) => ({ key, ...sighting })).sort(byKey)
    for (let at = 0; at < sightings.length; at += BATCH) {
      const batch = sightings.slice(at, at + BATCH)
      await reaching(() => writeUses(sql, batch))
      // Whoever was seen again meanwhile stays.
      for (const { key, last } of batch) if (held.get(key)?.last === last) held.delete(key)
    }
  }

  function flush(): Promise<void> {
    running = running.catch(() => {}).then(writeHeld)
    return running
  }

  function arm(): void {
    timer ??= setTimeout(async () => {
      timer = null
      await flush().catch((error: unknown) => {
        log.warn({ err: error }, 'which clients were seen cannot be written now')
      })
      if (held.size > 0) arm()
    }, FLUSH_AFTER).unref()
  }

  return {
    saw({ client, credentialId = 0, accountId, principalId, protocol }) {
      const text = oneLine(client ?? '')
      const key = `${accountId} ${principalId} ${protocol} ${credentialId} ${text}`
      const at = now()
      const known = held.get(key)
      if (known) known.last = Math.max(known.last + 1, at)
      else if (held.size < maxHeld) {
        const who = { accountId, principalId, protocol, credentialId }
        held.set(key, { ...who, client: text, first: at, last: at })
      }
      arm()
    },
    flush,
    list: (filter = {}) => listUses(sql, filter),
    async close() {
      if (timer) clearTimeout(timer)
      const last = flush().catch((error: unknown) =>
        log.warn({ err: error }, 'which clients were seen is not written'),
      )
      await Promise.race([last, new Promise((resolve) => setTimeout(resolve, CLOSE_WITHIN).unref())])
    },
  }
}

/** Every process writes in this order, so that two never wait for each other. */
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)

function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return [...line].slice(0, MAX_LENGTH).join('')
}
