import t from 'tap'
import { formatDateTime, parseDate, parseDateTime } from '../../src/wire/date-time.js'

t.test('INTERNALDATE has a day of two characters and the zone +0000', async (t) => {
  const cases: [seconds: number, text: string][] = [
    [0, '" 1-Jan-1970 00:00:00 +0000"'],
    [837571465, '"17-Jul-1996 02:44:25 +0000"'],
    [951782399, '"28-Feb-2000 23:59:59 +0000"'],
    [951782400, '"29-Feb-2000 00:00:00 +0000"'],
    [-62135596800, '" 1-Jan-0001 00:00:00 +0000"'],
  ]
  for (const [seconds, text] of cases) t.equal(formatDateTime(seconds), text)
})

t.test('date-time is read with its zone (RFC 3501 §9)', async (t) => {
  const cases: [text: string, iso: string | null][] = [
    ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25.000Z'],
    [' 7-Feb-1994 21:52:25 +0130', '1994-02-07T20:22:25.000Z'],
    ['07-feb-1994 21:52:25 +0000', '1994-02-07T21:52:25.000Z'],
    ['31-Dec-2016 23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
    ['01-Jan-0050 00:00:00 +0000', '0050-01-01T00:00:00.000Z'],
    // Beyond the grammar.
    ['3-Feb-2025 18:28:47 +0000', '2025-02-03T18:28:47.000Z'],
    ['  3-Feb-2025 18:28:47 +0000', '2025-02-03T18:28:47.000Z'],
    ['3-Feb-2025 8:28:47 -0030', '2025-02-03T08:58:47.000Z'],
    ['3-Feb-2025  18:28:47   +0000 ', '2025-02-03T18:28:47.000Z'],
    ['3-FEB-2025 18:28:47 +01:00', '2025-02-03T17:28:47.000Z'],
    ['3-Feb-2025 18:28:47 GMT', '2025-02-03T18:28:47.000Z'],
    ['3-Feb-2025 18:28:47 UT', '2025-02-03T18:28:47.000Z'],
    ['3-Feb-2025 18:28:47 utc', '2025-02-03T18:28:47.000Z'],
    ['3-Feb-2025 18:28:47 Z', '2025-02-03T18:28:47.000Z'],
    // Of more than one meaning, or of none.
    ['3-Feb-2025 18:28:47', null],
    ['3-Feb-2025 18:28 +0000', null],
    ['3-Feb-2025 18:28:47 EST', null],
    ['3-Feb-25 18:28:47 +0000', null],
    ['3-2-2025 18:28:47 +0000', null],
    ['2025-02-03 18:28:47 +0000', null],
    ['0-Feb-2025 18:28:47 +0000', null],
    ['30-Feb-1994 21:52:25 +0000', null],
    ['29-Feb-2001 00:00:00 +0000', null],
    ['00-Jan-0000 00:00:00 +0000', null],
    ['17-Jul-1996 24:00:00 +0000', null],
    ['17-Jul-1996 02:60:00 +0000', null],
    ['17-Jul-1996 02:44:25 +2400', null],
    ['17-Foo-1996 02:44:25 +0000', null],
    ['', null],
  ]
  for (const [text, iso] of cases) t.equal(parseDateTime(text)?.toISOString() ?? null, iso, text)
})

t.test('date is a day', async (t) => {
  const cases: [text: string, day: number | null][] = [
    ['1-Jan-1970', 0],
    ['01-JAN-1970', 0],
    ['2-Feb-1970', 32],
    ['31-Dec-1969', -1],
    [' 1-Jan-1970', 0],
    ['2-Feb-1970 23:59:59 -0800', 32],
    ['2-Feb-1970 junk', null],
    ['31-Apr-1994', null],
    ['1-Jan-70', null],
    ['1 Jan 1970', null],
  ]
  for (const [text, day] of cases) t.equal(parseDate(text), day, text)
})
