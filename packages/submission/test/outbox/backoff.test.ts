import t from 'tap'
import { hasExpired, retryDelay, tellsOfDelay } from '../../src/outbox/backoff.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const DELAYS: [attempts: number, minutes: number][] = [
  [1, 1],
  [2, 5],
  [3, 15],
  [4, 30],
  [5, 60],
  [6, 120],
  [7, 240],
  [8, 240],
  [1000, 240],
]

for (const [attempts, minutes] of DELAYS) {
  t.test(`after ${attempts} attempts: about ${minutes} minutes`, async (t) => {
    t.equal(
      retryDelay(attempts, () => 0.5),
      minutes * MINUTE,
    )
    t.equal(
      retryDelay(attempts, () => 0),
      minutes * MINUTE * 0.8,
    )
    t.ok(retryDelay(attempts, () => 0.999) < minutes * MINUTE * 1.2)
  })
}

t.test('given up after five days and ten attempts', async (t) => {
  const since = new Date(0)
  t.equal(hasExpired(since, 40, 5 * DAY), true)
  t.equal(hasExpired(since, 40, 5 * DAY - 1), false)
  t.equal(hasExpired(since, 9, 100 * DAY), false)
  t.equal(hasExpired(since, 10, 100 * DAY), true)
})

t.test('a delay is told once, some hours after the first attempt', async (t) => {
  const times = Array.from({ length: 60 }, (_, i) => i + 1).filter(tellsOfDelay)
  t.equal(times.length, 1)
  let waited = 0
  for (let attempts = 1; attempts < times[0]!; attempts++) waited += retryDelay(attempts, () => 0.5)
  t.ok(waited > 3 * 60 * MINUTE && waited < 6 * 60 * MINUTE, `${waited / MINUTE} minutes`)
})
