import fc from 'fast-check'
import t from 'tap'
import { decodeMailboxName, encodeMailboxName } from '../../src/wire/mutf7.js'

t.test('names and their wire form (RFC 3501 §5.1.3)', async (t) => {
  const cases: [name: string, wire: string][] = [
    ['INBOX', 'INBOX'],
    ['', ''],
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['台北日本語', '&U,BTF2XlZyyKng-'],
    ['R&D', 'R&-D'],
    ['&', '&-'],
    ['&&', '&-&-'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['日&', '&ZeU-&-'],
    ['&日', '&-&ZeU-'],
    ['📎', '&2D3czg-'],
    ['a-b', 'a-b'],
    ['日-', '&ZeU--'],
    ['tab\there', 'tab&AAk-here'],
    ['\x7f', '&AH8-'],
  ]
  for (const [name, wire] of cases) {
    t.equal(encodeMailboxName(name), wire, `encode ${name}`)
    t.equal(decodeMailboxName(wire), name, `decode ${wire}`)
  }
})

t.test('what is not correct modified UTF-7 has no name', async (t) => {
  const wrong = [
    '&Jjo!', // no shift back
    '&Jjo', // ends in base64
    '&U,BTFw-&ZeVnLIqe-', // a superfluous shift
    '&AGE-', // an "a" that can represent itself
    '&ACY-', // "&" itself
    '&U/BT-', // "/" of plain base64
    '&ZeU=-', // padding
    '&Z-', // half a character
    '&ZeV-', // bits left over
    '&2D0-', // half of a surrogate pair
    '&3M7YPQ-', // the halves in the wrong order
    '&AAE-&AAI-',
    'Entw\xfcrfe', // raw 8-bit
    'Entw\xc3\xbcrfe', // raw UTF-8
    'a\tb', // a raw control character
    '&&-',
    '&',
  ]
  for (const wire of wrong) t.equal(decodeMailboxName(wire), null, wire)
})

t.test('every name survives, and its wire form is printable US-ASCII', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const wire = encodeMailboxName(name)
      return /^[\x20-\x7e]*$/.test(wire) && decodeMailboxName(wire) === name
    }),
  )
})

t.test('each wire form that is accepted is the one that would be sent', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'&-,AZaz09+/ Jjo') }), (wire) => {
      const name = decodeMailboxName(wire)
      return name === null || encodeMailboxName(name) === wire
    }),
  )
})
