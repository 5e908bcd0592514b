import t from 'tap'
import { encodeAString, encodeNString, encodeString, encodeUtf8AString } from '../../src/wire/encode.js'

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

t.test('string is quoted where it can be, else a literal in UTF-8', async (t) => {
  const cases: [text: string, wire: string][] = [
    ['', '""'],
    ['hello', '"hello"'],
    ['say "hi" \\o/', '"say \\"hi\\" \\\\o/"'],
    ['tab\t', '"tab\t"'],
    ['two\r\nlines', '{10}\r\ntwo\r\nlines'],
    ['Grüße', `{7}\r\n${utf8('Grüße')}`],
    ['📎', `{4}\r\n${utf8('📎')}`],
    ['nul\0', '{3}\r\nnul'],
    ['x'.repeat(1000), `"${'x'.repeat(1000)}"`],
    ['x'.repeat(1001), `{1001}\r\n${'x'.repeat(1001)}`],
  ]
  for (const [text, wire] of cases) t.equal(encodeString(text), wire, JSON.stringify(text).slice(0, 40))
})

t.test('nstring has NIL for what is not there, and a quoted "NIL" for that word', async (t) => {
  t.equal(encodeNString(null), 'NIL')
  t.equal(encodeNString(undefined), 'NIL')
  t.equal(encodeNString('NIL'), '"NIL"')
  t.equal(encodeNString(''), '""')
})

t.test('astring is an atom where it can be', async (t) => {
  const cases: [text: string, wire: string][] = [
    ['INBOX', 'INBOX'],
    ['a/b.c-&AOQ-', 'a/b.c-&AOQ-'],
    ['', '""'],
    ['two words', '"two words"'],
    ['nil', '"nil"'],
    ['a*', '"a*"'],
    ['a%', '"a%"'],
    ['(x)', '"(x)"'],
    ['a]', '"a]"'],
    ['{1}', '"{1}"'],
    ['back\\slash', '"back\\\\slash"'],
  ]
  for (const [text, wire] of cases) t.equal(encodeAString(text), wire)
})

t.test('with UTF-8, what is not US-ASCII is a quoted string of it (RFC 9051 §4.3)', async (t) => {
  const cases: [text: string, wire: string][] = [
    ['INBOX', 'INBOX'],
    ['two words', '"two words"'],
    ['Entwürfe', `"${utf8('Entwürfe')}"`],
    ['ü "x" \\', `"${utf8('ü')} \\"x\\" \\\\"`],
    ['ü\r\n', `{4}\r\n${utf8('ü\r\n')}`],
    ['ü'.repeat(1001), `{2002}\r\n${utf8('ü').repeat(1001)}`],
  ]
  for (const [text, wire] of cases) t.equal(encodeUtf8AString(text), wire)
})
