import t from 'tap'
import { parseParameterized } from '../../src/headers/params.js'

t.test('values and parameters', (t) => {
  const cases: [name: string, raw: string, value: string, params: Record<string, string>][] = [
    ['plain', ' Text/Plain; charset=us-ascii', 'text/plain', { charset: 'us-ascii' }],
    ['quoted', 'a; B="x;y\\"z"; c = "d"', 'a', { b: 'x;y"z', c: 'd' }],
    ['comments', '(x) a/b (y;z); c=d (e;f); g=h', 'a/b', { c: 'd', g: 'h' }],
    ['parentheses in an unquoted name', 'a; name=x(1).pdf', 'a', { name: 'x(1).pdf' }],
    ['spaces in an unquoted name', 'a; name=my file.pdf ', 'a', { name: 'my file.pdf' }],
    ['parentheses that stand apart', 'a; filename=report (1).pdf', 'a', { filename: 'report (1).pdf' }],
    ['with a semicolon', 'a; name=x (1;2).pdf; c=d', 'a', { name: 'x (1;2).pdf', c: 'd' }],
    ['at the end of a name', 'a; name=report (1)', 'a', { name: 'report (1)' }],
    ['junk between', 'a;; b; =c; d=e;', 'a', { d: 'e' }],
    ['the first of equals', 'a; b=c; b=d', 'a', { b: 'c' }],
    ['an unclosed quote', 'a; b="c', 'a', { b: 'c' }],
    ['continuations: RFC 2231 §3', 'a; u*1=two; u*0="one "; u*3=no', 'a', { u: 'one two' }],
    ['charset and language: RFC 2231 §4', "a; t*=iso-8859-1'en'gr%FC%DFe", 'a', { t: 'grüße' }],
    ['both: RFC 2231 §4.1', "a; t*0*=utf-8''%C3; t*1*=%A4; t*2=%41", 'a', { t: 'ä%41' }],
    ['the extended form wins', "a; f=x; f*=utf-8''y", 'a', { f: 'y' }],
    ['an unknown charset', "a; t*=x-no''%C3%A4", 'a', { t: 'ä' }],
    ['raw 8-bit', 'a; n="\xe4"', 'a', { n: 'ä' }],
    [
      'raw 8-bit beside percent',
      "a; n*0=\xe4; n*1*=%C3%A4; m*0*=koi8-r''%C1; m*1=b",
      'a',
      { n: 'ää', m: 'аb' },
    ],
    ['no prototype to set', 'a; __proto__=x; constructor=y', 'a', { constructor: 'y' }],
    ['no value, only parameters', 'filename="x.pdf"; size=1', '', { filename: 'x.pdf', size: '1' }],
    ['nothing', '', '', {}],
  ]
  for (const [name, raw, value, params] of cases) {
    const parsed = parseParameterized(raw)
    t.equal(parsed.value, value, name)
    t.same({ ...parsed.params }, params, name)
  }
  const shiftJis = 'a; filename="\x95\x5c\x8e\x86.xls"'
  t.equal(parseParameterized(shiftJis, 'shift_jis').params.filename, '表紙.xls', 'a backslash in a character')
  const jis = 'a; filename="\x1b$B0"\x1b(B.xls"; c=d'
  t.same(parseParameterized(jis).params, { filename: '唖.xls', c: 'd' }, 'a quote in a character')
  t.equal(parseParameterized('m/x; boundary="\xe4 b"').boundary, '\xe4 b', 'a boundary is bytes')
  t.end()
})
