// Keeps a server running: looks whether it is there, and starts it again where it is not, after a pause that grows.
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two looks; between two starts, from the first to the longest. */
const LOOK = 250
const PAUSE = [250, 15_000] as const

export interface KeeperHooks {
  /** It is gone. */
  onDown(): void
  /** Before each attempt to start it. */
  beforeStart?(): Promise<void>
  /** An attempt failed; the next one comes after so many milliseconds. */
  onFailure(error: unknown, nextInMs: number): void
  onUp(): void
}

export interface Kept {
  isRunning(): Promise<boolean>
  start(): Promise<void>
}

/** Gives the way to stop, which waits for an attempt that runs. `wait`: what pauses; tests bring their own. */
export function keepRunning(
  { isRunning, start }: Kept,
  hooks: KeeperHooks,
  wait: (ms: number, signal: AbortSignal) => Promise<unknown> = (ms, signal) =>
    sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await wait(LOOK, signal)
      if (signal.aborted || (await isRunning())) continue
      hooks.onDown()
      await startAgain()
    }
  }

  async function startAgain(): Promise<void> {
    for (let pause: number = PAUSE[0]; !signal.aborted; pause = Math.min(pause * 2, PAUSE[1])) {
      try {
        await hooks.beforeStart?.()
        await start()
        return hooks.onUp()
      } catch (error) {
        hooks.onFailure(error, pause)
        await wait(pause, signal)
      }
    }
  }

  const kept = keep()
  return async () => {
    stopping.abort()
    await kept
  }
}
