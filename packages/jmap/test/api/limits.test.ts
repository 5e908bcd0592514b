import t from 'tap'
import { countValues, createBudget, createGate, weigh } from '../../src/api/limits.js'

t.test('a gate lets so many in per key, and one more for each that left', async (t) => {
  const gate = createGate(2)
  const leave = gate.enter(1)!
  t.ok(gate.enter(1))
  t.equal(gate.enter(1), null)
  t.ok(gate.enter(2), 'another key has places of its own')
  leave()
  leave()
  t.ok(gate.enter(1))
  t.equal(gate.enter(1), null, 'to leave twice makes no second place')
})

t.test('a budget refuses what is more than is left, but never the first', async (t) => {
  const budget = createBudget(10)
  t.equal(budget.take(11), true)
  t.equal(budget.take(1), false)
  const other = createBudget(10)
  t.strictSame([other.take(6), other.take(5), other.take(4), other.take(1)], [true, false, true, false])
})

t.test('a value weighs about what its JSON has octets', async (t) => {
  for (const value of ['abc', 12345, null, [], ['a', 'b'], { name: ['x', { y: true }] }]) {
    const octets = JSON.stringify(value).length
    const weight = weigh(value, 1_000)
    t.ok(weight >= octets * 0.6 && weight <= octets + 10, `${weight} for ${octets}`)
  }
  let echo: unknown = 'x'.repeat(10)
  for (let i = 0; i < 60; i++) echo = [echo, echo]
  t.ok(weigh(echo, 10_000) > 10_000, 'what doubles sixty times is found out at once')
})

t.test('values are counted, and not far beyond the limit', async (t) => {
  const cases: [value: unknown, count: number][] = [
    ['abc', 1],
    [null, 1],
    [[], 1],
    [{ a: [1, 2], b: { c: null } }, 6],
  ]
  for (const [value, count] of cases) t.equal(countValues(value, 100), count, JSON.stringify(value))
  let echo: unknown = {}
  for (let i = 0; i < 60; i++) echo = [echo, echo]
  const most = countValues(echo, 10_000)
  t.ok(most > 10_000 && most < 20_000, 'what doubles sixty times is found out at once')
})

t.test('who waits gets the place of who leaves, in order; the line has an end', async (t) => {
  const gate = createGate(1)
  const leave = gate.enter(1)!
  const order: number[] = []
  const waiting = [0, 1, 2, 3].map(async (who) => {
    const out = (await gate.wait(1))!
    order.push(who)
    out()
  })
  t.equal(await gate.wait(1), null, 'the line is full')
  t.ok(await gate.wait(2), 'another key has places of its own')
  leave()
  await Promise.all(waiting)
  t.strictSame(order, [0, 1, 2, 3])
  t.ok(gate.enter(1), 'and then there is room again')
  t.equal(gate.enter(1), null)
})
