import t from 'tap'
import { createThrottle } from '../src/throttle.js'
import { createFakeClock } from './fake-clock.js'

const wrong = async () => ({ ok: false, value: 'wrong' })
const right = async () => ({ ok: true, value: 'right' })

t.test('attempts are served one after another; each failure doubles the wait, up to a bound', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  const began = clock.now()
  const times: number[] = []
  const attempts = Array.from({ length: 9 }, () =>
    throttle.run('192.0.2.1', async () => {
      times.push(clock.now() - began)
      return wrong()
    }),
  )
  await clock.advance(60_000)
  await Promise.all(attempts)
  t.strictSame(
    times.map((time, index) => time - (times[index - 1] ?? 0)),
    [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000],
  )
})

t.test('another address does not wait, and neither does one that never failed', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  await throttle.run('192.0.2.1', wrong)
  t.equal(await throttle.run('192.0.2.2', right), 'right')
  t.equal(await throttle.run('192.0.2.2', right), 'right')
  t.equal(clock.pending(), 0)
})

t.test('hosts of one IPv6 /64 wait together', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  await throttle.run('2001:db8:1:2::1', wrong)
  let served = false
  const attempt = throttle.run('2001:db8:1:2:ffff::9', right).then(() => {
    served = true
  })
  t.equal(await throttle.run('2001:db8:1:3::1', right), 'right')
  t.equal(await throttle.run('::ffff:192.0.2.1', right), 'right')
  t.equal(served, false)
  await clock.advance(250)
  await attempt
})

t.test('a success does not end the waiting: who guesses may own an account', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  await throttle.run('192.0.2.1', wrong)
  const success = throttle.run('192.0.2.1', right)
  await clock.advance(250)
  t.equal(await success, 'right')
  const next = throttle.run('192.0.2.1', wrong)
  await next
  const last = throttle.run('192.0.2.1', right)
  await clock.advance(499)
  t.equal(clock.pending(), 1)
  await clock.advance(1)
  t.equal(await last, 'right')
})

t.test('failures are forgotten after a quarter of an hour', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  await throttle.run('192.0.2.1', wrong)
  await clock.advance(15 * 60_000)
  t.equal(await throttle.run('192.0.2.1', right), 'right')
})

t.test('a crowd is turned away', async (t) => {
  const clock = createFakeClock()
  const throttle = createThrottle(clock)
  const attempts = Array.from({ length: 25 }, () => throttle.run('192.0.2.1', right))
  const results = await Promise.all(attempts)
  t.strictSame(
    [results.filter((value) => value === 'right').length, results.filter((v) => v === null).length],
    [20, 5],
  )
})

t.test('an attempt that throws does not block the next', async (t) => {
  const throttle = createThrottle(createFakeClock())
  await t.rejects(
    throttle.run('192.0.2.1', async () => {
      throw new Error('the store is away')
    }),
  )
  t.equal(await throttle.run('192.0.2.1', right), 'right')
})
