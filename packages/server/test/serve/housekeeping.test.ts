import { openMailstore } from '@tandem/mailstore'
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
