// The passwords that wait to be hashed. scrypt is dear on purpose, and libuv's four threads and 32 MiB a hash are shared
// with everything else: two at once, and whoever waits, waits fairly.
//
// A line is one address; of an address that many share, and of who is known at his, it is one account there. Next is who is
// known; then the line that is least under suspicion and whose address has least waiting, and of equal ones that whose turn
// was longest ago. Within a line it is first come, first served, which is a turn for each connection, since one has only
// one login under way. Lines under suspicion never hold the last place. Where all is full, the last of the worst line goes.
//
// Behind a shared address somebody may invent names, each a line of its own. Where many of them wait the newest is next:
// whoever stood behind them all would wait for nothing but guesses.
import { LoginDeferred } from '../errors.js'

export interface Place {
  line: string
  address: string
  /** Whether the account was logged in to from there lately. */
  known: boolean
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
/** So many that wait behind one address are a crowd. */
const CROWD = 20
/** From so many wrong passwords on, a line is under suspicion. */
const SUSPECT = 3

interface Job {
  start(): void
  turnAway(why: 'busy' | 'left'): void
  place: Place
}

interface Line {
  address: string
  jobs: Job[]
  running: number
  /** The number of the turn it had last. */
  turn: number
}

export function createHashingQueue(limits: HashingLimits = HASHING): HashingQueue {
  const lines = new Map<string, Line>()
  /** How many wait, by address. */
  const crowds = new Map<string, number>()
  let waiting = 0
  let running = 0
  let suspects = 0
  let turns = 0

  function weight({ address, jobs, running: under }: Line): number {
    const [first] = jobs
    if (first?.place.known) return 0
    return (first?.place.suspicion() ?? 0) + crowdOf(address) + under
  }
  const crowdOf = (address: string) => crowds.get(address) ?? 0

  function count(address: string, by: 1 | -1): void {
    waiting += by
    const crowd = crowdOf(address) + by
    if (crowd > 0) crowds.set(address, crowd)
    else crowds.delete(address)
  }

  /** Of two lines of equal weight, the one found later. */
  function isNext(line: Line, before: Line): boolean {
    if (line.address === before.address && crowdOf(line.address) > CROWD) return true
    return line.turn < before.turn
  }
  const isSuspect = (job: Job) => job.place.suspicion() >= SUSPECT

  function next(): Job | null {
    let best: { line: Line; weight: number } | null = null
    for (const line of lines.values()) {
      const [first] = line.jobs
      if (!first || (suspects >= Math.max(1, limits.running - 1) && isSuspect(first))) continue
      const mine = weight(line)
      if (!best || mine < best.weight || (mine === best.weight && isNext(line, best.line))) {
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
    count(line!.address, -1)
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
        const { address } = place
        const line = lines.get(place.line) ?? { address, jobs: [], running: 0, turn: 0 }
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
        count(address, 1)
        if (waiting > limits.waiting) worst().turnAway('busy')
        fill()
      })
    },
  }
}

/** Seconds. */
const RETRY_AFTER = 30
