import t from 'tap'
import { createHashingQueue, type Place } from '../../src/guard/hashing-queue.js'

interface Task {
  name: string
  finish(): void
}

/** A queue whose tasks end when they are told to; `began` has them in the order in which they began. */
function bench(limits = { running: 2, waiting: 20, patience: 60_000 }) {
  /** Ends the rest after a guess. */
  const rests: (() => void)[] = []
  const queue = createHashingQueue(limits, () => new Promise<void>((resolve) => rests.push(resolve)))
  const began: Task[] = []
  const run = (
    line: string,
    more: Partial<Omit<Place, 'suspicion'>> & { suspicion?: number; name?: string } = {},
  ) => {
    const { name = line, signal = new AbortController().signal, address = line, known = false } = more
    const place: Place = { line, address, known, suspicion: () => more.suspicion ?? 0, signal }
    return queue
      .run(place, () => new Promise<string>((resolve) => began.push({ name, finish: () => resolve(name) })))
      .catch((error: { why?: string }) => error.why)
  }
  /** Ends the oldest task that runs, until none is left; the order in which all began. */
  const drain = async () => {
    for (let n = 0; n < began.length; n++) {
      began[n]!.finish()
      await new Promise(setImmediate)
      rests.shift()?.()
      await new Promise(setImmediate)
    }
    return began.map(({ name }) => name)
  }
  return { queue, began, rests, run, drain }
}

t.test('so many at once, the others in turn', async (t) => {
  const b = bench()
  for (const name of ['1', '2', '3', '4']) void b.run('a', { name })
  t.equal(b.began.length, 2)
  t.equal(b.queue.waiting, 2)
  t.same(await b.drain(), ['1', '2', '3', '4'])
  t.equal(b.queue.waiting, 0)
})

t.test('addresses take turns, whatever each has waiting', async (t) => {
  const b = bench({ running: 1, waiting: 20, patience: 60_000 })
  for (let n = 0; n < 6; n++) void b.run('a')
  for (let n = 0; n < 2; n++) void b.run('b')
  t.same((await b.drain()).slice(0, 4), ['a', 'b', 'b', 'a'])
})

t.test('a login from a fresh address is hashed next, though guessers fill the queue', async (t) => {
  const b = bench({ running: 2, waiting: 200, patience: 60_000 })
  const guessers = Array.from({ length: 50 }, (_, n) => n).flatMap((n) =>
    Array.from({ length: 4 }, () => b.run(`guesser${n}`, { suspicion: 5 })),
  )
  t.equal(b.began.length, 1, 'those under suspicion leave a place free')
  const fresh = b.run('fresh')
  t.equal(b.began.at(-1)!.name, 'fresh', 'at once')
  void b.run('fresh2')
  const order = await b.drain()
  t.ok(order.indexOf('fresh2') <= 3)
  t.equal(await fresh, 'fresh')
  t.ok(guessers.length > 0)
})

t.test(
  'many at once from one address wait behind one from another, before anybody is under suspicion',
  async (t) => {
    const b = bench()
    for (let n = 0; n < 15; n++) void b.run('office')
    void b.run('home')
    t.equal((await b.drain())[2], 'home')
  },
)

t.test(
  'the first guesses of many connections leave a place free, before anybody is under suspicion',
  async (t) => {
    const b = bench({ running: 2, waiting: 500, patience: 60_000 })
    for (let n = 0; n < 200; n++) void b.run(`guesser${n % 10}`)
    b.began[0]!.finish()
    b.began[1]!.finish()
    await new Promise(setImmediate)
    t.equal(b.began.length, 3, 'one after the other')
    void b.run('fresh')
    t.equal(b.began.at(-1)!.name, 'fresh', 'at once')
    t.equal((await b.drain()).length, 201)
  },
)

t.test('after a guess of who is under suspicion, the next waits, and nobody else', async (t) => {
  const b = bench({ running: 2, waiting: 20, patience: 60_000 })
  for (const name of ['g0', 'g1']) void b.run(name, { suspicion: 9 })
  b.began[0]!.finish()
  await new Promise(setImmediate)
  t.same(
    b.began.map(({ name }) => name),
    ['g0'],
  )
  void b.run('fresh')
  t.equal(b.began.at(-1)!.name, 'fresh')
  b.rests.shift()!()
  await new Promise(setImmediate)
  t.equal(b.began.length, 2, 'nor does it slow a login that is under way')
  b.began[1]!.finish()
  await new Promise(setImmediate)
  t.equal(b.began.at(-1)!.name, 'g1')
  await b.drain()
})

t.test('what a line has done while it waited counts', async (t) => {
  const b = bench({ running: 1, waiting: 20, patience: 60_000 })
  const more = { suspicion: 0 }
  void b.run('first')
  void b.run('guesser', more)
  void b.run('other')
  more.suspicion = 2
  t.same(await b.drain(), ['first', 'other', 'guesser'])
})

t.test('who is known goes first, and does not stand behind neighbours', async (t) => {
  const b = bench({ running: 1, waiting: 20, patience: 60_000 })
  for (let n = 0; n < 5; n++) void b.run('office', { name: `g${n}`, suspicion: 9 })
  void b.run('home')
  void b.run('office carol', { address: 'office', known: true })
  t.same((await b.drain()).slice(0, 3), ['g0', 'office carol', 'home'])
})

t.test('behind a shared address, a login does not wait for a hundred invented names', async (t) => {
  const b = bench({ running: 2, waiting: 200, patience: 60_000 })
  for (let n = 0; n < 100; n++) void b.run(`shared name${n}`, { address: 'shared' })
  void b.run('shared carol', { address: 'shared' })
  void b.run('elsewhere')
  const order = await b.drain()
  t.same(order.slice(2, 4).sort(), ['elsewhere', 'shared carol'])
  t.equal(order.length, 102)
})

t.test('where it is full, the last of the worst line goes, and the newcomer comes in', async (t) => {
  const b = bench({ running: 1, waiting: 4, patience: 60_000 })
  const results = Array.from({ length: 5 }, (_, n) => b.run('guesser', { name: `g${n}`, suspicion: 9 }))
  const fresh = b.run('fresh')
  t.equal(await results[4], 'busy')
  t.equal(b.queue.waiting, 4)
  t.same(await b.drain(), ['g0', 'fresh', 'g1', 'g2', 'g3'])
  t.equal(await fresh, 'fresh')
})

t.test('who leaves gives up the place, and is not hashed', async (t) => {
  const b = bench({ running: 1, waiting: 4, patience: 60_000 })
  void b.run('a')
  const leaving = new AbortController()
  const left = b.run('b', { signal: leaving.signal })
  void b.run('c')
  leaving.abort()
  t.equal(await left, 'left')
  t.equal(b.queue.waiting, 1)
  t.same(await b.drain(), ['a', 'c'])
  t.equal(await b.run('d', { signal: leaving.signal }), 'left', 'nor who has left before')
  t.same((await b.drain()).length, 2)
})

t.test('nobody waits longer than the patience', async (t) => {
  const b = bench({ running: 1, waiting: 4, patience: 1 })
  void b.run('a')
  t.equal(await b.run('b'), 'busy')
  t.same(await b.drain(), ['a'])
})

t.test('a task that fails frees its place', async (t) => {
  const queue = createHashingQueue({ running: 1, waiting: 4, patience: 60_000 })
  const place = {
    line: 'a',
    address: 'a',
    known: false,
    suspicion: () => 0,
    signal: new AbortController().signal,
  }
  await t.rejects(
    queue.run(place, () => Promise.reject(new Error('no'))),
    /no/,
  )
  t.equal(await queue.run(place, async () => 'yes'), 'yes')
})
