import t from 'tap'
import { parseRetryAfter, retryDelay } from '../../src/push/retry.js'

t.test('a push that failed waits longer each time, and as long as the server asks for', async (t) => {
  const middle = () => 0.5
  const first = 30_000
  t.same(
    [0, 1, 2, 9, 10, 1_000].map((attempts) => retryDelay(first, attempts, null, middle)),
    [30_000, 60_000, 120_000, 15_360_000, 21_600_000, 21_600_000],
  )
  t.equal(
    retryDelay(first, 0, null, () => 0),
    24_000,
  )
  t.equal(
    retryDelay(first, 0, null, () => 1),
    36_000,
  )
  t.equal(retryDelay(first, 0, 90_000, middle), 90_000)
  t.equal(retryDelay(first, 2, 90_000, middle), 120_000, 'never sooner than its own')
  t.equal(retryDelay(first, 0, 1e12, middle), 86_400_000, 'a day at most')
})

t.test('RFC 9110 §10.2.3: Retry-After is seconds or a date', async (t) => {
  const now = Date.UTC(2026, 10, 20, 8, 0, 0)
  for (const [value, expected] of [
    [undefined, null],
    ['120', 120_000],
    ['0', 0],
    ['Fri, 20 Nov 2026 08:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 07:00:00 GMT', 0],
    ['soon', null],
  ] as const) {
    t.equal(parseRetryAfter(value, now), expected, String(value))
  }
})
