import { FULL_RETENTION, type Mailstore, openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import type { Log } from '../../src/log.js'
import { startHousekeeping } from '../../src/serve/housekeeping.js'

t.test('a round at the start and each round after, once at a time, and stopping waits for it', async (t) => {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url })
  t.teardown(() => mailstore.close())
  const lines: string[] = []
  const note = (_fields: object, message: string) => {
    lines.push(message)
  }
  const log = { debug: note, info: note, warn: note, error: note } as unknown as Log
  let tick = () => {}
  let cancelled = false
  const housekeeping = startHousekeeping(mailstore, log, (round) => {
    tick = round
    return () => {
      cancelled = true
    }
  })
  t.teardown(() => housekeeping.close())
  tick()
  await housekeeping.close()
  t.ok(cancelled)
  t.same(lines, ['housekeeping done'], 'one was running already')
})

t.test('while the disk is full, what was deleted goes at once, and rounds come often', async (t) => {
  const asked: unknown[] = []
  let isFull = false
  const housekeeping = {
    async run({ retention, vacuum }: { retention?: object; vacuum?: boolean }) {
      asked.push({ retention, vacuum })
      return null
    },
  }
  const store = { housekeeping, disk: { isFull: () => isFull } } as unknown as Mailstore
  const log = { info() {}, warn() {} } as unknown as Log
  let often = () => {}
  const running = startHousekeeping(
    store,
    log,
    () => () => {},
    (round, ms) => {
      t.ok(ms <= 10_000)
      often = round
      return () => {}
    },
  )
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  await turn()
  t.strictSame(asked.splice(0), [{ retention: undefined, vacuum: undefined }], 'the round at the start')
  often()
  await turn()
  t.strictSame(asked, [], 'not while there is room')
  isFull = true
  often()
  await turn()
  t.strictSame(asked, [{ retention: FULL_RETENTION, vacuum: true }])
  await running.close()
})
