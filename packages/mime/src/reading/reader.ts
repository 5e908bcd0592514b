// One thread as the room sees it. It is idle, or has one job; it is gone after its job went beyond a bound.
import { Worker } from 'node:worker_threads'
import { computedMs } from './cpu.js'
import type { FromThread, ToThread } from './messages.js'
import { isStream, packArguments } from './parcel.js'
import { ReadingFailed, type Task } from './task.js'

export interface ReaderOptions {
  /** Milliseconds that the thread may compute for that many octets. */
  deadline(octets: number): number
  /** MiB of a thread's heap; octets outside of it, which no task multiplies, are not counted. */
  heap: number
}

export interface Reader {
  /** False once the thread is gone. */
  readonly isAlive: boolean
  /** One at a time. Errors: ReadingFailed; those of the stream. */
  perform(task: Task<never, unknown>, args: readonly unknown[], octets: number): Promise<unknown>
  stop(): Promise<void>
}

interface Job {
  octets: number
  /** What the thread had computed when it began. */
  before: number
  pieces: AsyncIterator<Uint8Array> | null
  /** Why the stream broke off. */
  broken?: unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

export function createReader({ deadline, heap }: ReaderOptions): Reader {
  const worker = new Worker(new URL('./thread.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: Math.min(16, heap) },
    // Whoever embeds it keeps its flags to itself: some are refused in a thread.
    execArgv: [],
  })
  let isAlive = true
  let thread: string | null = null
  let job: Job | null = null
  let timer: NodeJS.Timeout | undefined
  worker.unref()

  const say = (message: ToThread, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer)

  /** Ends the job; the process may end while there is none. */
  function settle(end: (job: Job) => void): void {
    if (!job) return
    const ended = job
    job = null
    clearTimeout(timer)
    worker.unref()
    void ended.pieces?.return?.().catch(() => {})
    end(ended)
  }

  /** Computing takes at least its time: so nothing is asked of the system before the deadline could have passed. */
  function watch(wait: number): void {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        if (!job) return
        const left = deadline(job.octets) - (computedMs(worker, thread) - job.before)
        if (left > 0) return watch(left)
        const { octets } = job
        settle(({ reject }) => reject(new ReadingFailed('time', `${octets} octets took too long to read`)))
        isAlive = false
        void worker.terminate()
      },
      Math.max(wait, 10),
    ).unref()
  }

  async function sendPiece(current: Job): Promise<void> {
    try {
      const { value, done } = await current.pieces!.next()
      if (current !== job) return
      if (done) return say({ type: 'piece', bytes: null })
      current.octets += value.length
      const bytes = new Uint8Array(value)
      say({ type: 'piece', bytes }, [bytes.buffer])
    } catch (error) {
      if (current !== job) return
      // The job ends when the thread has heard of it, and is free.
      current.broken = error
      say({ type: 'broken' })
    }
  }

  worker.on('message', (message: FromThread) => {
    switch (message.type) {
      case 'ready':
        thread = message.thread
        return
      case 'more':
        if (job) void sendPiece(job)
        return
      case 'done':
        return settle(({ resolve }) => resolve(message.value))
      case 'failed': {
        const cause = new Error(message.message)
        if (message.stack !== undefined) cause.stack = message.stack
        const failed = new ReadingFailed('fault', message.message, { cause })
        return settle(({ broken, reject }) => reject(broken ?? failed))
      }
      default:
        message satisfies never
    }
  })
  const die = (reason: ReadingFailed['reason'], message: string, options?: ErrorOptions) => {
    isAlive = false
    settle(({ reject }) => reject(new ReadingFailed(reason, message, options)))
  }
  worker.on('error', (error: NodeJS.ErrnoException) => {
    const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    die(isMemory ? 'memory' : 'fault', error.message, { cause: error })
  })
  worker.on('exit', () => die('fault', 'the thread ended'))

  return {
    get isAlive() {
      return isAlive
    },
    perform(task, args, octets) {
      return new Promise((resolve, reject) => {
        const stream = args.find(isStream)
        job = {
          octets: Number.isFinite(octets) ? octets : 0,
          before: thread === null ? 0 : computedMs(worker, thread),
          pieces: stream ? stream[Symbol.asyncIterator]() : null,
          resolve,
          reject,
        }
        worker.ref()
        watch(deadline(job.octets))
        const { value, transfer } = packArguments(args)
        try {
          say({ type: 'task', url: task.url, name: task.name, args: value as unknown[] }, transfer)
        } catch (error) {
          // Something among them can't be cloned.
          settle(() => reject(error))
        }
      })
    },
    async stop() {
      isAlive = false
      await worker.terminate()
    },
  }
}
