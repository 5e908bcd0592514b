import t from 'tap'
import { asRaw, asText, decodeHeader } from '../../src/index.js'

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

t.test('decodeHeader: unfolding and encoded words', (t) => {
  const cases: [name: string, raw: string, text: string][] = [
    ['unfolds', ' a\r\n b\n\tc', ' a b\tc'],
    ['Q: RFC 2047 §4.2', '=?ISO-8859-1?Q?a_b=E9=3F?=', 'a bé?'],
    ['B: RFC 2047 §4.1', '=?utf-8?B?w6TDtsO8?=', 'äöü'],
    ['a language tag: RFC 2231 §5', '=?us-ascii*en-us?q?hello?=', 'hello'],
    [
      'space between words is dropped, between word and text kept: §6.2',
      'x =?utf-8?q?a?= \r\n =?utf-8?q?b?= y',
      'x ab y',
    ],
    ['a character split between words', '=?utf-8?b?w6Q=?= =?utf-8?q?=C3?= =?utf-8?q?=A4?=', 'ää'],
    ['different charsets side by side', '=?utf-8?q?=C3=A4?= =?iso-8859-1?q?=E4?=', 'ää'],
    ['ISO-2022-JP', '=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['not set apart by space: not decoded, RFC 8621 §4.1.2.2', 'a=?utf-8?q?b?=', 'a=?utf-8?q?b?='],
    ['words stuck together: not decoded', '=?utf-8?q?a?==?utf-8?q?b?=', '=?utf-8?q?a?==?utf-8?q?b?='],
    ['a space inside: not decoded', '=?utf-8?q?a b?=', '=?utf-8?q?a b?='],
    [
      'ISO-2022-JP split between words',
      '=?ISO-2022-JP?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=',
      '日本',
    ],
    ['an unknown charset: not decoded', '=?x-no?q?a?=', '=?x-no?q?a?='],
    ['an unknown encoding: not decoded', '=?utf-8?x?a?=', '=?utf-8?x?a?='],
    ['malformed bytes: U+FFFD', '=?utf-8?q?a=FFb?=', 'a\ufffdb'],
    ['encoded control characters are dropped', '=?utf-8?q?a=00=0D=0Ab=C2=85?=', 'ab'],
    ['raw UTF-8: RFC 6532', utf8('grüße'), 'grüße'],
    ['raw 8-bit that is no UTF-8', 'gr\xfc\xdfe \x93x\x94', 'grüße “x”'],
    ['UTF-8 with a bad octet', `${utf8('grüße für')} \xff ${utf8('grüße')}`, 'grüße für \ufffd grüße'],
    ['UTF-8 cut in a character', utf8('Картинка').slice(0, -1), 'Картинк\ufffd'],
    ['UTF-8 with one letter and a bad octet', `${utf8('Köln')} \xe4`, 'Köln \ufffd'],
    ['one pair that looks like UTF-8', '\x93CAF\xc9\x94', '“CAFÉ”'],
    ['raw ISO-2022-JP', '\x1b$BF|K\\\x1b(B x', '日本 x'],
    ['NUL', 'a\0b', 'ab'],
    ['empty text', 'a =?utf-8?q??= b', 'a  b'],
  ]
  for (const [name, raw, text] of cases) t.equal(decodeHeader(raw), text, name)
  t.end()
})

t.test('RFC 8621 §4.1.2.1 and §4.1.2.2: the Raw and Text forms', (t) => {
  t.equal(asRaw(' a\r\n =?utf-8?q?b?='), ' a\r\n =?utf-8?q?b?=')
  t.equal(asRaw(` ${utf8('ü')} \xfc \0`), ' ü \ufffd ')
  t.equal(asText('   a\r\n b '), 'a b ', 'leading spaces go')
  t.equal(asText('=?utf-8?q?u=CC=88?='), 'ü', 'NFC')
  t.end()
})
