import t from 'tap'
import { createLoginGuard } from '../../src/submission/login-guard.js'

function guardWithClock() {
  const slept: number[] = []
  const time = { now: 0 }
  const clock = {
    now: () => time.now,
    async sleep(ms: number) {
      slept.push(ms)
    },
  }
  return { guard: createLoginGuard(clock), slept, time }
}

const never = new AbortController().signal

t.test('each failure of an address is told later, up to half a minute', async (t) => {
  const { guard, slept } = guardWithClock()
  for (let count = 0; count < 7; count++) await guard.failed('192.0.2.1', never)
  t.strictSame(slept, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})

t.test('addresses count for themselves; success and a quarter of an hour forget', async (t) => {
  const { guard, slept, time } = guardWithClock()
  await guard.failed('192.0.2.1', never)
  await guard.failed('192.0.2.2', never)
  guard.succeeded('192.0.2.1')
  await guard.failed('192.0.2.1', never)
  await guard.failed('192.0.2.1', never)
  time.now += 15 * 60_000
  await guard.failed('192.0.2.1', never)
  t.strictSame(slept, [1000, 1000, 1000, 2000, 1000])
})
