import t from 'tap'
import { parseParameterized } from '../../src/headers/params.js'

t.test('values and parameters', (t) => {
  const cases: [name: string, raw: string, value: string, params: Record<string, string>][] = [
    ['plain', ' Text/Plain; charset=us-ascii', 'text/plain', { charset: 'us-ascii' }],
    ['quoted', 'a; B="x;y\\"z"; c = "d"', 'a', { b: 'x;y"z', c: 'd' }],
    ['comments', '(x) a/b (y;z); c=d (e;f); g=h', 'a/b', { c: 'd', g: 'h' }],
    ['parentheses in an unquoted name', 'a; name=x(1).pdf', 'a', { name: 'x(1).pdf' }],
    ['spaces in an unquoted name', 'a; name=my file.pdf ', 'a', { name: 'my file.pdf' }],
    ['junk between', 'a;; b; =c; d=e;', 'a', { d: 'e' }],
    ['the first of equals', 'a; b=c; b=d', 'a', { b: 'c' }],
    ['an unclosed quote', 'a; b="c', 'a', { b: 'c' }],
    ['continuations: RFC 2231 §3', 'a; u*1=two; u*0="one "; u*3=no', 'a', { u: 'one two' }],
    ['charset and language: RFC 2231 §4', "a; t*=iso-8859-1'en'gr%FC%DFe", 'a', { t: 'grüße' }],
    ['both: RFC 2231 §4.1', "a; t*0*=utf-8''%C3; t*1*=%A4; t*2=%41", 'a', { t: 'ä%41' }],
    ['the extended form wins', "a; f=x; f*=utf-8''y", 'a', { f: 'y' }],
    ['an unknown charset', "a; t*=x-no''%C3%A4", 'a', { t: 'ä' }],
    ['raw 8-bit', 'a; n="\xe4"', 'a', { n: 'ä' }],
    ['no prototype to set', 'a; __proto__=x; constructor=y', 'a', { constructor: 'y' }],
    ['no value, only parameters', 'filename="x.pdf"; size=1', '', { filename: 'x.pdf', size: '1' }],
    ['nothing', '', '', {}],
  ]
  for (const [name, raw, value, params] of cases) {
    const parsed = parseParameterized(raw)
    t.equal(parsed.value, value, name)
    t.same({ ...parsed.params }, params, name)
  }
  t.equal(parseParameterized('m/x; boundary="\xe4 b"').boundary, '\xe4 b', 'a boundary is bytes')
  t.end()
})
