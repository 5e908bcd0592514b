// The places of a principal over all workers, for limits that the whole server advertises. The primary process lends
// them; a worker keeps what it was lent for a while, so that a client's next request needs no message. Where all are
// lent and one more is asked for, the primary calls the idle ones back. So one worker alone can use every place, and
// all of them together never more.
import type { FromWorker, PlaceKey, ToWorker } from './messages.js'

/** How long workers may take to give idle places back, in ms; one that is late has none. */
const RECALL_LIMIT = 1_000

interface Ask<W> {
  worker: W
  id: number
}

interface Lending<W> {
  place: PlaceKey
  max: number
  /** Places lent, by worker; none is zero. */
  lent: Map<W, number>
  /** Whom idle places are called back from, and for whom; asks that come meanwhile have the next round. */
  round: { waitsFor: Set<W>; asks: Ask<W>[]; timer: NodeJS.Timeout } | null
  asks: Ask<W>[]
}

/** In the primary process. `W`: a worker. */
export interface Lender<W> {
  hear(worker: W, message: FromWorker): void
  /** What a worker held that has ended is free. */
  ended(worker: W): void
}

export function createLender<W>(tell: (worker: W, message: ToWorker) => void): Lender<W> {
  const lendings = new Map<string, Lending<W>>()

  function ask(worker: W, place: PlaceKey, max: number, id: number): void {
    const name = nameOf(place)
    const fresh: Lending<W> = { place, max, lent: new Map(), round: null, asks: [] }
    const lending = lendings.get(name) ?? fresh
    lendings.set(name, lending)
    lending.asks.push({ worker, id })
    if (!lending.round) serve(lending)
  }

  /** Gives what is free; for the rest, a round. */
  function serve(lending: Lending<W>): void {
    while (lending.asks.length > 0 && free(lending) > 0) grant(lending, lending.asks.shift()!)
    if (lending.asks.length > 0) {
      const waitsFor = new Set(lending.lent.keys())
      const timer = setTimeout(() => endRound(lending), RECALL_LIMIT)
      lending.round = { waitsFor, asks: lending.asks.splice(0), timer }
      for (const worker of waitsFor) tell(worker, { type: 'recallPlaces', place: lending.place })
    } else if (lending.lent.size === 0) lendings.delete(nameOf(lending.place))
  }

  function endRound(lending: Lending<W>): void {
    const { asks, timer } = lending.round!
    clearTimeout(timer)
    lending.round = null
    for (const each of asks) {
      if (free(lending) > 0) grant(lending, each)
      else tell(each.worker, { type: 'place', id: each.id, isGiven: false })
    }
    serve(lending)
  }

  function grant(lending: Lending<W>, { worker, id }: Ask<W>): void {
    lending.lent.set(worker, (lending.lent.get(worker) ?? 0) + 1)
    tell(worker, { type: 'place', id, isGiven: true })
  }

  /** `isAnswer`: of a round. */
  function takeBack(lending: Lending<W>, worker: W, count: number, isAnswer: boolean): void {
    const left = (lending.lent.get(worker) ?? 0) - count
    if (left > 0) lending.lent.set(worker, left)
    else lending.lent.delete(worker)
    const { round } = lending
    if (round === null) serve(lending)
    else if (isAnswer && round.waitsFor.delete(worker) && round.waitsFor.size === 0) endRound(lending)
  }

  return {
    hear(worker, message) {
      if (message.type === 'askPlace') ask(worker, message.place, message.max, message.id)
      if (message.type !== 'placesBack') return
      const lending = lendings.get(nameOf(message.place))
      if (lending) takeBack(lending, worker, message.count, message.isAnswer)
    },
    ended(worker) {
      const isLeft = (each: Ask<W>) => each.worker !== worker
      for (const lending of [...lendings.values()]) {
        lending.asks = lending.asks.filter(isLeft)
        if (lending.round) lending.round.asks = lending.round.asks.filter(isLeft)
        takeBack(lending, worker, lending.lent.get(worker) ?? 0, true)
      }
    },
  }
}

function free<W>({ max, lent }: Lending<W>): number {
  return max - [...lent.values()].reduce((sum, count) => sum + count, 0)
}

interface Borrowed {
  place: PlaceKey
  /** Lent to this worker, and those of them in use. */
  lent: number
  inside: number
  /** Whether one was taken since the last sweep. */
  wasUsed: boolean
}

/** How often places are given back that nobody used, in ms. */
const SWEEP = 5_000

/** In a worker. */
export interface Borrower {
  /** Lets `max` in per key, over all workers: the way out, to be called once; null where `max` are inside. */
  gate(name: string, max: number): { enter(key: number): Promise<(() => void) | null> }
  hear(message: ToWorker): void
  /** Gives back what was not used since the last call. */
  sweep(): void
}

export function createBorrower(tell: (message: FromWorker) => void): Borrower {
  const held = new Map<string, Borrowed>()
  const asked = new Map<number, (isGiven: boolean) => void>()
  let lastId = 0

  function giveBack(borrowed: Borrowed, isAnswer: boolean): void {
    const count = borrowed.lent - borrowed.inside
    borrowed.lent = borrowed.inside
    if (borrowed.lent === 0) held.delete(nameOf(borrowed.place))
    if (count > 0 || isAnswer) tell({ type: 'placesBack', place: borrowed.place, count, isAnswer })
  }

  function use(place: PlaceKey): () => void {
    const borrowed = held.get(nameOf(place))!
    borrowed.inside++
    borrowed.wasUsed = true
    let left = false
    return () => {
      if (!left) borrowed.inside--
      left = true
    }
  }

  return {
    gate: (gate, max) => ({
      async enter(key) {
        const place = { gate, key }
        const borrowed = held.get(nameOf(place))
        if (borrowed && borrowed.inside < borrowed.lent) return use(place)
        const id = ++lastId
        return new Promise((resolve) => {
          // Used in the turn in which it comes, so that no call to give back comes between.
          asked.set(id, (isGiven) => {
            if (!isGiven) return resolve(null)
            const now = held.get(nameOf(place)) ?? { place, lent: 0, inside: 0, wasUsed: true }
            held.set(nameOf(place), now)
            now.lent++
            resolve(use(place))
          })
          tell({ type: 'askPlace', place, max, id })
        })
      },
    }),
    hear(message) {
      if (message.type === 'place') {
        asked.get(message.id)?.(message.isGiven)
        asked.delete(message.id)
      } else if (message.type === 'recallPlaces') {
        const { place } = message
        giveBack(held.get(nameOf(place)) ?? { place, lent: 0, inside: 0, wasUsed: false }, true)
      }
    },
    sweep() {
      for (const borrowed of [...held.values()]) {
        if (!borrowed.wasUsed) giveBack(borrowed, false)
        borrowed.wasUsed = false
      }
    },
  }
}

/** Sweeps as long as the process has something else to do. */
export function keepSwept(borrower: Borrower): void {
  setInterval(() => borrower.sweep(), SWEEP).unref()
}

const nameOf = ({ gate, key }: PlaceKey) => `${gate} ${key}`
