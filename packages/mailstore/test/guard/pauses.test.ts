import t from 'tap'
import { createPauses } from '../../src/guard/pauses.js'

t.test('each wrong answer comes later, and what is old is forgotten', async (t) => {
  let now = 0
  const pauses = createPauses(() => now)
  const next = (line: string) => pauses.next(line)
  t.same(
    Array.from({ length: 8 }, () => next('a')),
    [250, 500, 1000, 2000, 4000, 8000, 8000, 8000],
  )
  t.equal(next('b'), 250, 'each for itself')
  now += 10 * 60_000
  t.equal(next('a'), 250)
})

t.test('a pause ends when its client leaves, and so many wait at most', async (t) => {
  const leaving = new AbortController()
  let asleep = 0
  const pauses = createPauses(Date.now, (_ms, signal) => {
    asleep++
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  const all = Array.from({ length: 12_000 }, () => pauses.wait(1_000, leaving.signal))
  t.equal(asleep, 10_000)
  leaving.abort()
  await Promise.all(all)
  const real = createPauses(Date.now)
  const client = new AbortController()
  const pause = real.wait(3_600_000, client.signal)
  client.abort()
  await pause
})
