import t from 'tap'
import { timeOf } from '../../src/commands/time.js'

t.test('a time is a date, an instant, or how long ago', async (t) => {
  const now = Date.UTC(2026, 10, 20, 8)
  const times: [string, string][] = [
    ['2026-11-19', '2026-11-19T00:00:00.000Z'],
    ['2026-11-19T08:00Z', '2026-11-19T08:00:00.000Z'],
    ['2026-11-19T08:00+02:00', '2026-11-19T06:00:00.000Z'],
    ['30m', '2026-11-20T07:30:00.000Z'],
    ['6h', '2026-11-20T02:00:00.000Z'],
    ['2d', '2026-11-18T08:00:00.000Z'],
  ]
  for (const [text, iso] of times) t.equal(timeOf(text, now).toISOString(), iso, text)
  for (const text of ['', '6', '6w', '20261119', '2026-13-01', '-1d']) t.throws(() => timeOf(text, now), text)
})
