import t from 'tap'
import { contentDisposition } from '../../src/blobs/disposition.js'
import { parseRange } from '../../src/blobs/range.js'

t.test('RFC 9110 §14: byte ranges', async (t) => {
  const cases: [header: string | undefined, size: number, range: unknown][] = [
    [undefined, 10, null],
    ['bytes=0-4', 10, { start: 0, end: 4 }],
    ['bytes=5-', 10, { start: 5, end: 9 }],
    ['Bytes= 5-99 ', 10, { start: 5, end: 9 }],
    ['bytes=9-9', 10, { start: 9, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-99', 10, { start: 0, end: 9 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=10-12', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-5', 0, 'unsatisfiable'],
    // What a server may ignore: several, another unit, bad syntax.
    ['bytes=0-1,3-4', 10, null],
    ['lines=0-1', 10, null],
    ['bytes=4-2', 10, null],
    ['bytes=-', 10, null],
    ['bytes=a-b', 10, null],
    ['bytes 0-1', 10, null],
  ]
  for (const [header, size, range] of cases)
    t.strictSame(parseRange(header, size), range, `${header} of ${size}`)
})

t.test('RFC 6266: a file name for every reader, and no way out of the header', async (t) => {
  const cases: [name: string, header: string][] = [
    ['', 'attachment'],
    ['plain.txt', 'attachment; filename="plain.txt"'],
    ['two words.txt', `attachment; filename="two words.txt"; filename*=UTF-8''two%20words.txt`],
    ['a"b\\c', `attachment; filename="a\\"b\\\\c"; filename*=UTF-8''a%22b%5Cc`],
    ['naïve 😀.txt', `attachment; filename="na_ve __.txt"; filename*=UTF-8''na%C3%AFve%20%F0%9F%98%80.txt`],
    ["it's (1)*", `attachment; filename="it's (1)*"; filename*=UTF-8''it%27s%20%281%29%2A`],
    ['a\r\nX: y', `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`],
    ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ]
  for (const [name, header] of cases) t.equal(contentDisposition(name), header, JSON.stringify(name))
})
