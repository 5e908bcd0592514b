import t from 'tap'
import { containsNul, decodeText } from '../src/index.js'

t.test('decodeText', (t) => {
  const cases: [name: string, bytes: string, charset: string | null, text: string, problem?: boolean][] = [
    ['ASCII, CRLF to LF', 'a\r\nb\nc\r', null, 'a\nb\nc\r'],
    ['UTF-8', '\xc3\xa4', 'UTF-8', 'ä'],
    ['a byte order mark goes', '\xef\xbb\xbfa', 'utf-8', 'a'],
    ['malformed UTF-8', 'a\xe4b', 'utf-8', 'a\ufffdb', true],
    ['latin1', '\xe4', ' ISO-8859-1 ', 'ä'],
    ['a misspelt name', '\x80', 'cp-1252', '€'],
    ['KOI8-R', '\xc1', 'koi8-r', 'а'],
    ['GBK', '\xc4\xe3', 'gb2312', '你'],
    ['ISO-2022-JP', '\x1b$BF|K\\\x1b(B', 'ISO-2022-JP', '日本'],
    ['ISO-2022-JP by another name', '\x1b$BF|K\\\x1b(B', 'cp50221', '日本'],
    ['ISO-2022-JP, pieces joined', '\x1b$BF|\x1b(B\x1b$BK\\\x1b(B\x1b(J', 'iso-2022-jp', '日本'],
    ['8-bit in ASCII is guessed: UTF-8', '\xc3\xa4', 'us-ascii', 'ä', true],
    ['8-bit in ASCII is guessed: windows-1252', '\x80\xe4', null, '€ä', true],
    ['an unknown charset', '\xc3\xa4', 'x-unknown', 'ä', true],
    ['an encoding is no charset', 'YQ==', 'base-64', 'YQ==', true],
    ['a lone surrogate', '\xd8\x00\x00a', 'utf-16be', '\ufffda', true],
  ]
  for (const [name, bytes, charset, text, isEncodingProblem = false] of cases) {
    t.same(decodeText(Buffer.from(bytes, 'latin1'), charset), { text, isEncodingProblem }, name)
  }
  t.end()
})

t.test('containsNul', (t) => {
  t.equal(containsNul(Buffer.from('a\0b')), true)
  t.equal(containsNul(Buffer.from('ab')), false)
  t.end()
})
