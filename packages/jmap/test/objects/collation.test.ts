import type { Collation } from '@tandem/mailstore'
import t from 'tap'
import { compareBy } from '../../src/objects/collation.js'

t.test('RFC 4790 §9, RFC 5051: one line each, ascending, with what is equal in one group', async (t) => {
  const cases: Record<Collation, string[][]> = {
    // U+FF21 before U+1F600, as octets of UTF-8 and not as units of UTF-16.
    'i;octet': [[''], ['10'], ['9'], ['B'], ['_'], ['a'], ['ab'], ['É'], ['é'], ['Ａ'], ['😀']],
    'i;ascii-casemap': [[''], ['A', 'a'], ['aB', 'Ab'], ['B', 'b'], ['_'], ['É'], ['é']],
    'i;ascii-numeric': [
      ['0', '00', '0x'],
      ['1'],
      ['9', '009 b'],
      ['10'],
      ['4294967298', '04294967298', '4294967298b'],
      ['99999999999999999999999998'],
      ['99999999999999999999999999'],
      ['', 'x', 'y', '-1', '٣'],
    ],
    // Ǆ is D, z and a caron; ß and ﬁ have no capital of one character; ᾳ is Α with the iota below; Georgian stays.
    'i;unicode-casemap': [
      [''],
      ['a', 'A', 'Ａ', 'ａ'],
      ['Ǆ', 'ǅ', 'ǆ'],
      ['é', 'É', 'E\u0301'],
      ['f', 'F'],
      ['_'],
      ['ﬁ'],
      ['ß'],
      ['ᾳ', 'ᾼ'],
      ['ΑΣ', 'ας', 'ασ'],
      ['ა'],
    ],
  }
  for (const [name, groups] of Object.entries(cases)) {
    const collation = name as Collation
    const flat = groups.flatMap((group, rank) => group.map((text) => ({ text, rank })))
    for (const a of flat) {
      for (const b of flat) {
        const expected = Math.sign(a.rank - b.rank)
        t.equal(Math.sign(compareBy(collation, a.text, b.text)), expected, `${name}: ${a.text} and ${b.text}`)
      }
    }
  }
})
