import t from 'tap'
import { formatUTCDate, parseUTCDate } from '../../src/objects/dates.js'

t.test('RFC 8620 §1.4: a fraction of zero is left out', async (t) => {
  t.equal(formatUTCDate(new Date(0)), '1970-01-01T00:00:00Z')
  t.equal(formatUTCDate(new Date(1_500)), '1970-01-01T00:00:01.500Z')
})

t.test('RFC 8620 §1.4: UTCDate', async (t) => {
  const good: [text: string, ms: number][] = [
    ['1970-01-01T00:00:00Z', 0],
    ['2014-10-30T06:12:00Z', Date.UTC(2014, 9, 30, 6, 12)],
    ['2024-02-29T23:59:59.25Z', Date.UTC(2024, 1, 29, 23, 59, 59, 250)],
    ['0001-01-01T00:00:00Z', -62135596800000],
  ]
  for (const [text, ms] of good) t.equal(parseUTCDate(text)?.getTime(), ms, text)
  const bad = [
    ...['2014-10-30T06:12:00+00:00', '2014-10-30T06:12:00', '2014-10-30t06:12:00z', '2014-10-30 06:12:00Z'],
    ...['2014-10-30', '2023-02-29T00:00:00Z', '2023-02-30T00:00:00Z', '2014-13-01T00:00:00Z'],
    ...[
      '2014-10-30T24:00:01Z',
      '2014-10-30T06:60:00Z',
      '0000-01-01T00:00:00Z',
      '+002014-10-30T06:12:00Z',
      '',
    ],
  ]
  for (const text of [...bad, 0, null, undefined]) t.equal(parseUTCDate(text), null, String(text))
})
