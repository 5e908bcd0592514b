import t from 'tap'
import { releaseTime } from '../../src/submission/hold.js'

const now = new Date('2026-11-20T08:00:00Z')
const hold = { now, maxSeconds: 3600 }

t.test('a hold is a time to release at (RFC 4865 §4)', async (t) => {
  const cases: [Record<string, string | null>, string | null][] = [
    [{}, null],
    [{ BODY: '8BITMIME' }, null],
    [{ HOLDFOR: '1' }, '2026-11-20T08:00:01.000Z'],
    [{ HOLDFOR: '3600' }, '2026-11-20T09:00:00.000Z'],
    [{ HOLDUNTIL: '2026-11-20T08:30:00Z' }, '2026-11-20T08:30:00.000Z'],
    [{ HOLDUNTIL: '2026-11-20t08:30:00.5z' }, '2026-11-20T08:30:00.500Z'],
    [{ HOLDUNTIL: '2026-11-19T08:30:00Z' }, null],
  ]
  for (const [parameters, expected] of cases) {
    t.equal(releaseTime(parameters, hold)?.toISOString() ?? null, expected, JSON.stringify(parameters))
  }
})

t.test('a hold that is malformed, doubled or longer than what is offered is refused', async (t) => {
  for (const parameters of [
    { HOLDFOR: null },
    { HOLDFOR: '' },
    { HOLDFOR: '0' },
    { HOLDFOR: '-5' },
    { HOLDFOR: '1.5' },
    { HOLDFOR: '1234567890' },
    { HOLDFOR: '3601' },
    { HOLDUNTIL: null },
    { HOLDUNTIL: 'tomorrow' },
    { HOLDUNTIL: '2026-11-20T08:30:00+01:00' },
    { HOLDUNTIL: '2026-13-20T08:30:00Z' },
    { HOLDUNTIL: '2026-11-20T09:00:01Z' },
    { HOLDFOR: '10', HOLDUNTIL: '2026-11-20T08:30:00Z' },
  ]) {
    t.throws(() => releaseTime(parameters, hold), { code: 'invalidHold' }, JSON.stringify(parameters))
  }
})
