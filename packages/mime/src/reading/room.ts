// Where content of others is read, so that it stops nobody: docs/adr/0015.
import { weigh } from './parcel.js'
import { createReader, type Reader, type ReaderOptions } from './reader.js'
import { ReadingFailed, ReadingRoomFull, type Task } from './task.js'
import { createTurns } from './turns.js'

export interface ReadingRoomOptions extends Partial<ReaderOptions> {
  /** Threads at most. They start when they are needed. */
  threads?: number
  /** Octets that are read where they are: what they can cost is less than a thread's turn is worth. */
  inPlace?: number
  /** Tasks that wait at most; under one key, half of them. */
  maxWaiting?: number
  /** Milliseconds after which a thread without work ends. */
  idleMs?: number
}

export interface ReadingRoom {
  /**
   * Does the task in a thread, or at once where its arguments are small. `key`: whose content it is. Of two threads, one
   * key has one at a time. Errors: ReadingFailed, ReadingRoomFull; those of a stream among the arguments.
   */
  run<Args extends unknown[], Result>(key: number, task: Task<Args, Result>, ...args: Args): Promise<Result>
  /** Ends every thread; what waits is refused. */
  close(): Promise<void>
}

const DEFAULTS = {
  threads: 2,
  inPlace: 16 * 1024,
  heap: 256,
  maxWaiting: 1_000,
  idleMs: 30_000,
  deadline: (octets: number) => 5_000 + octets / 5_000,
} satisfies Required<ReadingRoomOptions>

interface Waiting {
  task: Task<never, unknown>
  args: readonly unknown[]
  octets: number
  resolve(value: unknown): void
  reject(error: unknown): void
}

export function createReadingRoom(options: ReadingRoomOptions = {}): ReadingRoom {
  const { threads, inPlace, maxWaiting, idleMs, ...readerOptions } = { ...DEFAULTS, ...options }
  const perKey = Math.max(1, threads - 1)
  const idle: { reader: Reader; since: number }[] = []
  const busy = new Set<Reader>()
  const running = new Map<number, number>()
  const turns = createTurns<Waiting>()
  let isClosed = false
  let sweeping: NodeJS.Timeout | undefined

  const count = (key: number, by: number) => {
    const now = (running.get(key) ?? 0) + by
    if (now === 0) running.delete(key)
    else running.set(key, now)
  }

  function startNext(): void {
    while (!isClosed && busy.size < threads) {
      const turn = turns.next((key) => (running.get(key) ?? 0) < perKey)
      if (!turn) return
      void perform(turn.key, turn.item)
    }
  }

  async function perform(key: number, { task, args, octets, resolve, reject }: Waiting): Promise<void> {
    const reader = takeReader()
    busy.add(reader)
    count(key, 1)
    await reader.perform(task, args, octets).then(resolve, reject)
    busy.delete(reader)
    count(key, -1)
    if (reader.isAlive && !isClosed) {
      idle.push({ reader, since: Date.now() })
      sweepLater()
    }
    startNext()
  }

  function takeReader(): Reader {
    for (let last = idle.pop(); last; last = idle.pop()) if (last.reader.isAlive) return last.reader
    return createReader(readerOptions)
  }

  function sweepLater(): void {
    sweeping ??= setTimeout(() => {
      sweeping = undefined
      const before = Date.now() - idleMs
      while (idle[0] && idle[0].since <= before) void idle.shift()!.reader.stop()
      if (idle.length > 0) sweepLater()
    }, idleMs).unref()
  }

  return {
    async run<Args extends unknown[], Result>(key: number, task: Task<Args, Result>, ...args: Args) {
      const octets = weigh(args)
      if (octets <= inPlace) {
        try {
          return await task.run(...args)
        } catch (cause) {
          throw new ReadingFailed('fault', cause instanceof Error ? cause.message : String(cause), { cause })
        }
      }
      if (isClosed) throw new ReadingRoomFull('the room is closed')
      if (turns.length >= maxWaiting || turns.of(key) >= maxWaiting / 2) {
        throw new ReadingRoomFull('too much is to be read')
      }
      return new Promise<Result>((resolve, reject) => {
        turns.add(key, { task, args, octets, resolve: resolve as (value: unknown) => void, reject })
        startNext()
      })
    },

    async close() {
      isClosed = true
      clearTimeout(sweeping)
      for (const { reject } of turns.clear()) reject(new ReadingRoomFull('the room is closed'))
      await Promise.all([...busy, ...idle.map(({ reader }) => reader)].map((reader) => reader.stop()))
      idle.length = 0
    },
  }
}
