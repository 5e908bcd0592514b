import t from 'tap'
import { asDate, asMessageIds, asURLs } from '../../src/index.js'

function table<T>(t: Tap, read: (raw: string) => T, cases: [raw: string, expected: T][]) {
  for (const [raw, expected] of cases) t.same(read(raw), expected, JSON.stringify(raw))
  t.end()
}
type Tap = { same(a: unknown, b: unknown, name: string): unknown; end(): unknown }

t.test('asDate: RFC 5322 §3.3 and §4.3', (t) => {
  table(t, asDate, [
    [' Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T09:55:06-06:00'],
    ['Thu, 30 Oct 2014 14:12:00 +0800', '2014-10-30T14:12:00+08:00'],
    ['21 Nov 1997 09:55 GMT', '1997-11-21T09:55:00Z'],
    ['Fri, 21 Nov 97 09(comment):   55  :  06 EST', '1997-11-21T09:55:06-05:00'],
    ['1 jan 49 0:00:00 +0000', '2049-01-01T00:00:00Z'],
    ['1 Jan 50 00:00:00 PDT', '1950-01-01T00:00:00-07:00'],
    ['1 Jan 104 00:00:00 A', '2004-01-01T00:00:00Z'],
    ['Fri, 21 Nov 1997 09:55:06 -0600 (CST)', '1997-11-21T09:55:06-06:00'],
    ['Fri, 21 Nov 1997 09:55:06 -06:00', '1997-11-21T09:55:06-06:00'],
    ['Fri,\r\n 21 Nov 1997 09:55:06', '1997-11-21T09:55:06Z'],
    ['29 Feb 2024 23:59:60 +0000', '2024-02-29T23:59:59Z'],
    ['29 Feb 2023 00:00:00 +0000', null],
    ['1 Foo 2023 00:00:00 +0000', null],
    ['1 Jan 2023 24:00:00 +0000', null],
    ['1 Jan 2023 10:00:00 +2460', null],
    ['2023-01-01T00:00:00Z', null],
    ['', null],
  ])
})

t.test('asMessageIds: RFC 8621 §4.1.2.5', (t) => {
  table(t, asMessageIds, [
    [' <a@b>', ['a@b']],
    ['<a@b>\r\n <c@d>(x)<e@f>', ['a@b', 'c@d', 'e@f']],
    ['Message of Monday <a@b>', ['a@b']],
    ['(<x@y>) <a\r\n @b>', ['a@b']],
    ['<<a@b>', ['a@b']],
    ['a@b', null],
    ['<>', null],
    ['', null],
  ])
})

t.test('asURLs: RFC 2369 §2', (t) => {
  table(t, asURLs, [
    [' <mailto:a@b?subject=x>', ['mailto:a@b?subject=x']],
    ['(text) <http://a/(x)>,\r\n <mailto:c> (FTP), <d>', ['http://a/(x)', 'mailto:c', 'd']],
    ['<http://a/\r\n b>', ['http://a/b']],
    ['<a> <b>', ['a']],
    ['<a>, x, <b>', ['a']],
    ['NO (posting not allowed)', null],
    ['<a', null],
    ['', null],
  ])
})
