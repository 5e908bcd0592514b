// LISTEN over a connection of its own, made anew whenever it is lost: the driver's own way may stay silent for good
// (see renewed.ts).
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from './connect.js'

/** Milliseconds between two attempts, from the first to the longest. */
const PAUSE = [50, 1_000] as const

export interface Listening {
  unlisten(): Promise<void>
}

export interface ListenHooks {
  onNotify(payload: string): void
  onLoss(): void
}

/** `open` makes a pool of one connection with these hooks. Throws where the first attempt to listen fails. */
export async function keepListening(
  open: (hooks: ListenHooks) => Sql,
  channel: string,
  onNotify: (payload: string) => void,
  onListening: () => void,
): Promise<Listening> {
  const stopping = new AbortController()
  let current: Sql | undefined

  /** Resolves once it listens, with a promise of the loss of its connection. */
  async function listenOnce(): Promise<{ loss: Promise<void> }> {
    let lose = () => {}
    const loss = new Promise<void>((resolve) => {
      lose = resolve
    })
    const sql = open({ onNotify, onLoss: () => lose() })
    current = sql
    try {
      await sql.unsafe(`listen "${channel.replaceAll('"', '""')}"`)
    } catch (error) {
      await sql.end({ timeout: 0 })
      throw error
    }
    const end = () => sql.end({ timeout: 0 })
    if (stopping.signal.aborted) await end()
    else onListening()
    return { loss: loss.then(end) }
  }

  async function again(first: { loss: Promise<void> }): Promise<void> {
    for (let listening: typeof first | null = first, pause: number = PAUSE[0]; ; ) {
      await listening?.loss
      if (stopping.signal.aborted) return
      listening = await listenOnce().catch(() => null)
      if (listening) pause = PAUSE[0]
      else await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {})
      pause = Math.min(pause * 2, PAUSE[1])
    }
  }

  const first = await listenOnce()
  again(first).catch(() => {})
  return {
    async unlisten() {
      stopping.abort()
      await current?.end({ timeout: 0 })
    },
  }
}
