import { openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import type { Log } from '../../src/log.js'
import { startHousekeeping } from '../../src/serve/housekeeping.js'

t.test('each round removes what is old, once at a time, and stopping waits for it', async (t) => {
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
  tick()
  tick()
  await housekeeping.close()
  t.ok(cancelled)
  t.same(lines, ['housekeeping done'])
})
