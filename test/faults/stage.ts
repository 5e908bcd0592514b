// What the writers of a round share: whom to ask, when to stop, and who counts.
import { Lost, Refused } from './answers.js'
import type { Server, Servers } from './servers.js'

/** Failures in a row, outages aside, that are too many. */
const PATIENCE = 100

export interface Figures {
  acknowledged: number
  refused: number
  unanswered: number
  happened: number
  /** By kind of kill: ms to the first change acknowledged to a client that it had hit. */
  recovery: Map<string, number[]>
}

export interface Stage {
  readonly isStopped: boolean
  figures: Figures
  /** Odd during a kill and what follows, even in calm; it only rises. */
  readonly epoch: number
  /** A server to connect to. */
  server(): Promise<Server>
  /** Counts an acknowledged change. */
  acknowledged(): void
  /** Resolves after so many more of them. */
  progress(count: number): Promise<void>
  /** Runs what kills and what follows; those who lose their connection meanwhile wait for the end of `blackout`. */
  kill(blackout: () => Promise<void>): Promise<void>
  /** Repeats the step until the round is over; whatever cuts it off is expected. */
  loop(step: () => Promise<void>, disconnect: () => void): Promise<void>
  begin(kind: string): void
  stop(): void
}

export function createStage(servers: Servers, pick: <T>(choices: readonly T[]) => T): Stage {
  const figures: Figures = { acknowledged: 0, refused: 0, unanswered: 0, happened: 0, recovery: new Map() }
  let isStopped = false
  let blackout: Promise<void> | null = null
  let killedAt: number | null = null
  let epoch = 0
  let kind = ''
  let waiting: { at: number; resolve: () => void }[] = []

  const stage: Stage = {
    figures,
    get isStopped() {
      return isStopped
    },
    get epoch() {
      return epoch
    },
    async server() {
      await blackout
      if (servers.alive.length === 0) throw new Error('there is no server')
      return pick(servers.alive)
    },
    acknowledged() {
      figures.acknowledged++
      for (const { at, resolve } of waiting) if (figures.acknowledged >= at) resolve()
      waiting = waiting.filter(({ at }) => figures.acknowledged < at)
    },
    progress: (count) =>
      new Promise((resolve) => {
        waiting.push({ at: figures.acknowledged + count, resolve })
      }),
    async kill(work) {
      killedAt = performance.now()
      epoch++
      blackout = work()
      await blackout
      blackout = null
      epoch++
    },
    async loop(step, disconnect) {
      let isHit = false
      for (let failures = 0; !isStopped; ) {
        try {
          await step()
          failures = 0
          if (isHit && killedAt !== null) {
            const times = figures.recovery.get(kind) ?? []
            figures.recovery.set(kind, [...times, performance.now() - killedAt])
            killedAt = null
          }
          isHit = false
        } catch (error) {
          const isExpected = error instanceof Lost || (error instanceof Refused && error.isTemporary)
          if (!isExpected || ++failures > PATIENCE) throw error
          isHit ||= killedAt !== null
          disconnect()
          await blackout
        }
      }
    },
    begin(nextKind) {
      kind = nextKind
      isStopped = false
      killedAt = null
    },
    stop() {
      isStopped = true
    },
  }
  return stage
}
