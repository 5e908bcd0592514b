// The passwords that wait to be hashed. scrypt is dear on purpose, and libuv's four threads and 32 MiB a hash are shared
// with everything else: two at once, and whoever waits, waits fairly.
//
// A line is one address; of an address that many share, and of who is known at his, it is one account there. Next is who is
// known; then the line that is least under suspicion and whose address has least waiting, and of equal ones that whose turn
// was longest ago. Within a line it is first come, first served, which is a turn for each connection, since one has only
// one login under way. Lines under suspicion, and addresses that have many waiting, never take the last place; after one of
// them, the next waits a multiple of what that took, so that guesses cost a quarter of a core, and most logins find all of it.
// Where all is full, the last of the worst line goes.
//
// Behind a shared address somebody may invent names, each a line of its own. Where many of them wait the newest is next:
// whoever stood behind them all would wait for nothing but guesses.
import { setTimeout as sleeping } from 'node:timers/promises'
import { LoginDeferred } from '../errors.js'

export interface Place {
  line: string
  address: string
  /** Whether the account was logged in to from there lately. */
  known: boolean
  /** How many wrong passwords the line has tried lately; asked when it comes, and when it is next. */
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
/** After one under suspicion, so many times as long as it took. */
const REST = 3
/** An address of which more wait leaves a place to the others: a person's programs log in three or four at once. */
const MANY = 4

type Sleep = (milliseconds: number) => Promise<unknown>

interface Job {
  start(): void
  turnAway(why: 'busy' | 'left'): void
  place: Place
}

interface Line {
  name: string
  address: string
  jobs: Job[]
  running: number
  /** As it was when last asked: every arrival, and every free place, looks at all lines. */
  suspicion: number
  /** The number of the turn it had last. */
  turn: number
}

export function createHashingQueue(limits: HashingLimits = HASHING, sleep: Sleep = unreffed): HashingQueue {
  const lines = new Map<string, Line>()
  /** How many wait, by address. */
  const crowds = new Map<string, number>()
  let waiting = 0
  let running = 0
  const forRestricted = Math.max(1, limits.running - 1)
  let isResting = false
  let turns = 0

  function weight({ address, jobs, running: under, suspicion }: Line): number {
    return jobs[0]?.place.known ? 0 : suspicion + crowdOf(address) + under
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
  const isSuspect = ({ jobs, suspicion }: Line) => !jobs[0]?.place.known && suspicion >= SUSPECT
  /** A line of its own behind a shared address is one person. */
  const isMany = ({ name, address, jobs }: Line) =>
    !jobs[0]?.place.known && name === address && crowdOf(address) > MANY

  function mayStart(line: Line): boolean {
    return (!isSuspect(line) && !isMany(line)) || (!isResting && running < forRestricted)
  }

  function best(): Line | null {
    let found: { line: Line; weight: number } | null = null
    for (const line of lines.values()) {
      if (line.jobs.length === 0 || !mayStart(line)) continue
      const mine = weight(line)
      if (!found || mine < found.weight || (mine === found.weight && isNext(line, found.line))) {
        found = { line, weight: mine }
      }
    }
    return found?.line ?? null
  }

  /** Asks only the best for what it has done since: each one that did something is asked once. */
  function next(): Line | null {
    for (let line = best(); line; line = best()) {
      const before = line.suspicion
      line.suspicion = line.jobs[0]!.place.suspicion()
      if (line.suspicion <= before) return line
    }
    return null
  }

  function fill(): void {
    while (running < limits.running) {
      const line = next()
      if (!line) return
      line.jobs[0]!.start()
    }
  }

  function rest(milliseconds: number): void {
    isResting = true
    void sleep(milliseconds).then(() => {
      isResting = false
      fill()
    })
  }

  function lineOf({ line: name, address }: Place): Line {
    const line = lines.get(name) ?? { name, address, jobs: [], running: 0, suspicion: 0, turn: 0 }
    lines.set(name, line)
    return line
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
        const line = lineOf(place)
        line.suspicion = place.suspicion()
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
            const rests = isSuspect(line) ? REST : isMany(line) ? 1 : 0
            const begun = performance.now()
            running++
            line.running++
            line.turn = ++turns
            leave(job)
            task()
              .then(resolve, reject)
              .finally(() => {
                running--
                line.running--
                tidy(place.line)
                if (rests > 0) rest(rests * (performance.now() - begun))
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

const unreffed: Sleep = (milliseconds) => sleeping(milliseconds, null, { ref: false })
