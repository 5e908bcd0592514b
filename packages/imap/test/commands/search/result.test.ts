import t from 'tap'
import { parseSearchOptions, type SearchOption } from '../../../src/commands/search/options.js'
import { type Found, renderEsearch, renderSearch, returnedOf } from '../../../src/commands/search/result.js'
import { parsed } from '../parsing.js'

t.test('result options (RFC 4731 §4, RFC 5182 §3)', async (t) => {
  const cases: [text: string, expected: SearchOption[] | null | 'BAD'][] = [
    [' ALL', null],
    [' RETURN (MIN) ALL', ['MIN']],
    [' return (save min Max ALL count) ALL', ['SAVE', 'MIN', 'MAX', 'ALL', 'COUNT']],
    [' RETURN () ALL', ['ALL']],
    [' RETURN (FIRST) ALL', 'BAD'],
    [' RETURN MIN ALL', 'BAD'],
    [' RETURN (MIN)', 'BAD'],
    ['', 'BAD'],
  ]
  for (const [text, expected] of cases) {
    const options = parsed(text, parseSearchOptions)
    t.same(options instanceof Set ? [...options] : options, expected, text)
  }
})

/** Messages 2, 3 and 5; the one in the middle changed last. */
const found: Found[] = [
  { sequence: 2, uid: 20, modseq: 7 },
  { sequence: 3, uid: 21, modseq: 9 },
  { sequence: 5, uid: 30, modseq: 8 },
]

t.test('SEARCH (RFC 3501 §7.2.5, RFC 7162 §3.1.6)', async (t) => {
  t.equal(renderSearch(found, { uid: false, withModseq: false }), 'SEARCH 2 3 5')
  t.equal(renderSearch(found, { uid: true, withModseq: true }), 'SEARCH 20 21 30 (MODSEQ 9)')
  t.equal(renderSearch([], { uid: false, withModseq: true }), 'SEARCH')
})

t.test('ESEARCH, the modseq of it, and what $ holds (RFC 4731 §3, RFC 5182 §2.4)', async (t) => {
  const cases: [options: SearchOption[], items: string | null, modseq: number, saved: number[]][] = [
    [['ALL'], ' ALL 2:3,5', 9, [20, 21, 30]],
    [['MIN'], ' MIN 2', 7, [20]],
    [['MAX'], ' MAX 5', 8, [30]],
    [['MIN', 'MAX'], ' MIN 2 MAX 5', 8, [20, 30]],
    [['MIN', 'COUNT'], ' MIN 2 COUNT 3', 9, [20, 21, 30]],
    [['MAX', 'ALL'], ' MAX 5 ALL 2:3,5', 9, [20, 21, 30]],
    [['COUNT'], ' COUNT 3', 9, [20, 21, 30]],
    [['SAVE', 'MIN', 'MAX'], ' MIN 2 MAX 5', 8, [20, 30]],
    [['SAVE', 'COUNT'], ' COUNT 3', 9, [20, 21, 30]],
    [['SAVE'], null, 9, [20, 21, 30]],
  ]
  for (const [list, items, modseq, saved] of cases) {
    const options = new Set(list)
    const plain = { uid: false, withModseq: false, tag: 'A"1' }
    t.equal(renderEsearch(found, options, plain), items && `ESEARCH (TAG "A\\"1")${items}`, list.join(' '))
    t.equal(
      renderEsearch(found, options, { ...plain, withModseq: true }),
      items && `ESEARCH (TAG "A\\"1")${items} MODSEQ ${modseq}`,
    )
    t.same(
      returnedOf(found, options).map(({ uid }) => uid),
      saved,
      `$ after ${list.join(' ')}`,
    )
  }
  const uid = { uid: true, withModseq: true, tag: 'a' }
  t.equal(renderEsearch(found, new Set(['ALL']), uid), 'ESEARCH (TAG "a") UID ALL 20:21,30 MODSEQ 9')
  t.equal(renderEsearch([], new Set(['MIN', 'MAX', 'ALL']), uid), 'ESEARCH (TAG "a") UID', 'nothing found')
  t.equal(renderEsearch([], new Set(['MIN', 'COUNT']), uid), 'ESEARCH (TAG "a") UID COUNT 0')
  t.same(returnedOf([], new Set(['MIN', 'MAX'])), [])
  t.same(returnedOf([found[1]!], new Set(['MIN', 'MAX'])), [found[1]], 'one message is both ends')
})
