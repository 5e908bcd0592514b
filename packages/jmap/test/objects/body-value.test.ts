import { parseMessage } from '@tandem/mime'
import t from 'tap'
import { renderBodyValue, truncate } from '../../src/objects/body-value.js'

const part = (type: string, encoding: string) =>
  parseMessage(Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\nx`)).root

t.test('RFC 8621 §4.1.4: decoded, with single line feeds', async (t) => {
  const cases: [what: string, type: string, encoding: string, body: string | Buffer, value: object][] = [
    ['plain', 'text/plain', '7bit', 'a\r\nb\r\n', { value: 'a\nb\n', isEncodingProblem: false }],
    ['a lone CR stays', 'text/plain', '7bit', 'a\rb\nc', { value: 'a\rb\nc', isEncodingProblem: false }],
    [
      'quoted-printable and latin1',
      'text/plain; charset=iso-8859-1',
      'quoted-printable',
      'caf=E9=\r\n!',
      { value: 'café!', isEncodingProblem: false },
    ],
    [
      'base64 and UTF-8',
      'text/html; charset=utf-8',
      'base64',
      'w6kNCg==',
      { value: 'é\n', isEncodingProblem: false },
    ],
    ['an unknown charset', 'text/plain; charset=x-none', '7bit', 'a', { isEncodingProblem: true }],
    ['an unknown encoding', 'text/plain', 'x-none', 'a', { value: 'a', isEncodingProblem: true }],
    [
      'bad UTF-8',
      'text/plain; charset=utf-8',
      '8bit',
      Buffer.from([0x61, 0xff, 0x62]),
      { value: 'a\ufffdb', isEncodingProblem: true },
    ],
  ]
  for (const [what, type, encoding, body, value] of cases) {
    t.match(
      renderBodyValue(Buffer.from(body), part(type, encoding), 0),
      { ...value, isTruncated: false },
      what,
    )
  }
})

t.test('RFC 8621 §4.2: cut to so many octets, between code points, outside of tags', async (t) => {
  const cases: [text: string, max: number, isHtml: boolean, cut: string][] = [
    ['abc', 0, false, 'abc'],
    ['abc', 3, false, 'abc'],
    ['abc', 2, false, 'ab'],
    ['aé', 3, false, 'aé'],
    ['aé', 2, false, 'a'],
    ['é', 1, false, ''],
    ['a€b', 4, false, 'a€'],
    ['a€b', 3, false, 'a'],
    ['a😀b', 5, false, 'a😀'],
    ['a😀b', 4, false, 'a'],
    ['a😀b', 2, false, 'a'],
    ['😀', 1, false, ''],
    ['<p>Hello</p>', 8, true, '<p>Hello'],
    ['<p>Hello</p>', 10, true, '<p>Hello'],
    ['<p>Hello</p>', 9, true, '<p>Hello'],
    ['<p>Hello</p>', 10, false, '<p>Hello</'],
    ['1 < 2 and more', 10, true, '1 < 2 and '],
    ['<a href="x">', 5, true, ''],
  ]
  for (const [text, max, isHtml, cut] of cases) t.equal(truncate(text, max, isHtml), cut, `${text} to ${max}`)

  const value = renderBodyValue(Buffer.from('a\r\nb'), part('text/plain', '7bit'), 2)
  t.strictSame(value, { value: 'a\n', isEncodingProblem: false, isTruncated: true })
  t.equal(renderBodyValue(Buffer.from('a\r\nb'), part('text/plain', '7bit'), 3).isTruncated, false)
})
