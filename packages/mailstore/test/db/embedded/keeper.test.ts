import t from 'tap'
import { keepRunning } from '../../../src/db/embedded/keeper.js'

t.test('what is gone is started again, after pauses that double to a quarter of a minute', async (t) => {
  const said: string[] = []
  let isUp = true
  let failures = 9
  let looks = 0
  let stop = async () => {}
  const over = new Promise<void>((resolve) => {
    stop = keepRunning(
      {
        async isRunning() {
          if (++looks === 3) isUp = false
          return isUp
        },
        async start() {
          if (failures-- > 0) throw new Error('no room')
          isUp = true
        },
      },
      {
        onDown: () => said.push('down'),
        beforeStart: async () => void said.push('before'),
        onFailure: (_error, next) => said.push(`again in ${next}`),
        onUp() {
          said.push('up')
          resolve()
        },
      },
      () => new Promise((resolve) => setImmediate(resolve)),
    )
  })
  await over
  await stop()
  const pauses = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]
  t.strictSame(said, ['down', ...pauses.flatMap((ms) => ['before', `again in ${ms}`]), 'before', 'up'])
})

t.test('it stops while it waits, and starts nothing any more', async (t) => {
  let starts = 0
  let isWaiting = () => {}
  const waiting = new Promise<void>((resolve) => {
    isWaiting = resolve
  })
  const stop = keepRunning(
    {
      isRunning: async () => false,
      async start() {
        starts++
        throw new Error('no')
      },
    },
    { onDown() {}, onUp() {}, onFailure: () => isWaiting() },
    (_ms, signal) =>
      starts === 0
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined))),
  )
  await waiting
  await stop()
  t.equal(starts, 1)
})
