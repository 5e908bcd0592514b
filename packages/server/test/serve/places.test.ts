import { createRandom } from '@tandem/mailstore/testing'
import t from 'tap'
import type { FromWorker, ToWorker } from '../../src/serve/messages.js'
import { type Borrower, createBorrower, createLender } from '../../src/serve/places.js'

const MAX = 4

/** Workers and their primary process, whose messages wait until they are delivered, in order for each line. */
function fleet(names: readonly string[]) {
  const down = new Map(names.map((name) => [name, [] as ToWorker[]]))
  const up = new Map(names.map((name) => [name, [] as FromWorker[]]))
  let messages = 0
  const lender = createLender<string>((name, message) => {
    messages++
    down.get(name)?.push(message)
  })
  const borrowers = new Map<string, Borrower>()
  for (const name of names) {
    const borrower = createBorrower((message) => {
      messages++
      up.get(name)?.push(message)
    })
    borrowers.set(name, borrower)
  }
  /** One message of that line; false where there was none. */
  const deliver = (name: string, way: 'up' | 'down'): boolean => {
    const message = (way === 'up' ? up : down).get(name)?.shift()
    if (message === undefined) return false
    if (way === 'up') lender.hear(name, message as FromWorker)
    else borrowers.get(name)!.hear(message as ToWorker)
    return true
  }
  const settle = async () => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (names.some((name) => deliver(name, 'up') || deliver(name, 'down')))
  }
  return {
    settle,
    deliver,
    borrower: (name: string) => borrowers.get(name)!,
    async enter(name: string, key = 1) {
      const entering = borrowers.get(name)!.gate('requests', MAX).enter(key)
      await settle()
      return entering
    },
    kill(name: string) {
      up.delete(name)
      down.delete(name)
      lender.ended(name)
    },
    get messages() {
      return messages
    },
  }
}

t.test('one worker alone can use every place, and all together have no more', async (t) => {
  const { enter } = fleet(['a', 'b'])
  const out = [await enter('a'), await enter('a'), await enter('a'), await enter('a')]
  t.ok(out.every((leave) => leave !== null))
  t.equal(await enter('a'), null)
  t.equal(await enter('b'), null)
  t.ok(await enter('b', 2), 'another key has places of its own')
  out[0]!()
  out[0]!()
  const leave = await enter('b')
  t.ok(leave, 'the place that is free in the one is called back for the other')
  t.equal(await enter('a'), null)
  t.equal(await enter('b'), null, 'to leave twice makes no second place')
})

t.test('who had a place has one again without a message', async (t) => {
  const all = fleet(['a', 'b'])
  ;(await all.enter('a'))!()
  const before = all.messages
  for (let i = 0; i < 100; i++) (await all.enter('a'))!()
  t.equal(all.messages, before)
})

t.test('what nobody used between two sweeps is given back', async (t) => {
  const all = fleet(['a', 'b'])
  const out = [await all.enter('a'), await all.enter('a'), await all.enter('a'), await all.enter('a')]
  for (const leave of out.slice(1)) leave!()
  all.borrower('a').sweep()
  all.borrower('a').sweep()
  await all.settle()
  const before = all.messages
  t.ok(await all.enter('b'))
  t.equal(all.messages, before + 2, 'an answer, and nothing to call back')
})

t.test('a worker that ends leaves its places, and nobody waits for it', async (t) => {
  const all = fleet(['a', 'b', 'c'])
  for (let i = 0; i < MAX; i++) t.ok(await all.enter('a'))
  const entering = all.borrower('b').gate('requests', MAX).enter(1)
  t.ok(all.deliver('b', 'up'))
  all.kill('a')
  await all.settle()
  t.ok(await entering)
  for (let i = 1; i < MAX; i++) t.ok(await all.enter('c'))
  t.equal(await all.enter('c'), null)
})

t.test('a worker that does not answer is taken for full, after a while', async (t) => {
  const all = fleet(['a', 'b'])
  for (let i = 0; i < MAX; i++) await all.enter('a')
  const entering = all.borrower('b').gate('requests', MAX).enter(1)
  t.ok(all.deliver('b', 'up'))
  const answer = await new Promise((resolve) => {
    const look = setInterval(() => all.deliver('b', 'down'), 20)
    void entering.then((leave) => {
      clearInterval(look)
      resolve(leave)
    })
  })
  t.equal(answer, null)
})

t.test(
  'in any order of messages and ends, never more are inside, and none is refused for nothing',
  async (t) => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = createRandom(seed)
      const names = ['a', 'b', 'c']
      const all = fleet(names)
      const inside: { name: string; leave: () => void }[] = []
      const alive = new Set(names)
      let entering = 0
      let most = 0
      for (let step = 0; step < 300; step++) {
        const name = random.pick([...alive])
        const choice = random.below(10)
        if (choice < 3) {
          entering++
          // Whoever is inside or on the way there, from its beginning on.
          const asked = { most: inside.length + entering }
          void all
            .borrower(name)
            .gate('requests', MAX)
            .enter(1)
            .then((leave) => {
              entering--
              if (!alive.has(name)) return
              if (leave) inside.push({ name, leave })
              else if (asked.most <= MAX && most <= MAX)
                t.fail(`seed ${seed}: refused with ${asked.most} in all`)
            })
        } else if (choice < 5 && inside.length > 0) {
          inside.splice(random.below(inside.length), 1)[0]!.leave()
        } else if (choice === 5 && random.chance(0.3)) all.borrower(name).sweep()
        else if (choice === 6 && alive.size > 1 && random.chance(0.05)) {
          alive.delete(name)
          all.kill(name)
          for (let at = inside.length - 1; at >= 0; at--) if (inside[at]!.name === name) inside.splice(at, 1)
        } else all.deliver(name, random.chance(0.5) ? 'up' : 'down')
        await Promise.resolve()
        await Promise.resolve()
        most = Math.max(most, inside.length + entering)
        if (inside.length > MAX) t.fail(`seed ${seed}: ${inside.length} are inside`)
      }
      await all.settle()
      if (inside.length > MAX) t.fail(`seed ${seed}: ${inside.length} are inside`)
      for (const { leave } of inside.splice(0)) leave()
      const last = [...alive][0]!
      for (let i = 0; i < MAX; i++) t.ok(await all.enter(last), `seed ${seed}: no place is lost`)
      t.equal(await all.enter(last), null)
    }
  },
)
