// The passwords that wait to be hashed. scrypt is dear on purpose, and libuv's four threads and 32 MiB a hash are shared
// with everything else: two at once, and whoever waits, waits fairly.
//
// A line is one address (or, of an address that many share, one account there). Next is the line that is least under
// suspicion and has least under way, and of equal ones the one whose turn was longest ago; within a line, first come first
// served, which is a turn for each connection, since one has only one login under way. Lines under suspicion never hold
// the last place. Where all is full, the last of the worst line goes.
import { LoginDeferred } from '../errors.js'

export interface Place {
  line: string
  /** How many wrong passwords the line has tried lately; asked whenever a place is free. */
  suspicion(): number
  /** Aborted: it gives up its place, unless it is being hashed. */
  signal: AbortSignal
}

export interface HashingQueue {
  /** Errors: LoginDeferred where it is turned away, waits too long, or its client is gone; what `task` throws. */
  run<T>(place: Place, task: () => Promise<T>): Promise<T>
  readonly waiting: number
}

export interface HashingLimits {
  /** Hashed at once. */
  running: number
  /** Logins that wait: at two of 50 to 100 ms at once, some 20 seconds of work. */
  waiting: number
  /** Milliseconds that one waits at most. */
  patience: number
}

export const HASHING: HashingLimits = { running: 2, waiting: 500, patience: 20_000 }
/** From so many wrong passwords on, a line is under suspicion. */
const SUSPECT = 3

interface Job {
  start(): void
  turnAway(why: 'busy' | 'left'): void
  place: Place
}

interface Line {
  jobs: Job[]
  running: number
  /** The number of the turn it had last. */
  turn: number
}

export function createHashingQueue(limits: HashingLimits = HASHING): HashingQueue {
  const lines = new Map<string, Line>()
  let waiting = 0
  let running = 0
  let suspects = 0
  let turns = 0

  const weight = ({ jobs, running: under }: Line) => (jobs[0]?.place.suspicion() ?? 0) + jobs.length + under
  const isSuspect = (job: Job) => job.place.suspicion() >= SUSPECT

  function next(): Job | null {
    let best: { line: Line; weight: number } | null = null
    for (const line of lines.values()) {
      const [first] = line.jobs
      if (!first || (suspects >= Math.max(1, limits.running - 1) && isSuspect(first))) continue
      const mine = weight(line)
      if (!best || mine < best.weight || (mine === best.weight && line.turn < best.line.turn)) {
        best = { line, weight: mine }
      }
    }
    return best?.line.jobs[0] ?? null
  }

  function fill(): void {
    while (running < limits.running) {
      const job = next()
      if (!job) return
      job.start()
    }
  }

  function leave(job: Job): void {
    const line = lines.get(job.place.line)
    const at = line?.jobs.indexOf(job) ?? -1
    if (at < 0) return
    line!.jobs.splice(at, 1)
    waiting--
    tidy(job.place.line)
  }

  function tidy(name: string): void {
    const line = lines.get(name)
    if (line?.jobs.length === 0 && line.running === 0) lines.delete(name)
  }

  /** Somebody has to go: the last of the worst line. */
  function worst(): Job {
    const all = [...lines.values()].filter(({ jobs }) => jobs.length > 0)
    return all.reduce((a, b) => (weight(b) > weight(a) ? b : a)).jobs.at(-1)!
  }

  return {
    get waiting() {
      return waiting
    },

    run(place, task) {
      return new Promise((resolve, reject) => {
        if (place.signal.aborted) return reject(new LoginDeferred('left', 0))
        const line = lines.get(place.line) ?? { jobs: [], running: 0, turn: 0 }
        lines.set(place.line, line)
        const timer = setTimeout(() => job.turnAway('busy'), limits.patience)
        const onLeft = () => job.turnAway('left')
        const settled = () => {
          clearTimeout(timer)
          place.signal.removeEventListener('abort', onLeft)
        }
        const job: Job = {
          place,
          start() {
            settled()
            const suspect = isSuspect(job) ? 1 : 0
            running++
            suspects += suspect
            line.running++
            line.turn = ++turns
            leave(job)
            task()
              .then(resolve, reject)
              .finally(() => {
                running--
                suspects -= suspect
                line.running--
                tidy(place.line)
                fill()
              })
          },
          turnAway(why) {
            settled()
            leave(job)
            reject(new LoginDeferred(why, why === 'busy' ? RETRY_AFTER : 0))
          },
        }
        place.signal.addEventListener('abort', onLeft)
        line.jobs.push(job)
        waiting++
        if (waiting > limits.waiting) worst().turnAway('busy')
        fill()
      })
    },
  }
}

/** Seconds. */
const RETRY_AFTER = 30
