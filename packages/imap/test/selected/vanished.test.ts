import fc from 'fast-check'
import t from 'tap'
import { firstTold } from '../../src/selected/told.js'
import { above, expungedOf, lastMatch, missingOf } from '../../src/selected/vanished.js'
import { formatRanges, parseSequenceSet } from '../../src/wire/sequence-set.js'
import { viewOf } from '../view.js'

const set = (text: string | null) => (text === null ? null : parseSequenceSet(text))
/** UIDs below 20 were given out. */
const told = firstTold(viewOf([3, 6, 9, 12, 15], 20))

t.test('expunged UIDs of a set (RFC 7162 §3.2.6)', async (t) => {
  const cases: [known: string | null, expunged: number[], expected: string][] = [
    [null, [1, 2, 4, 19], '1:2,4,19'],
    ['2:4', [1, 2, 4, 5], '2,4'],
    ['4:2,10', [1, 2, 4, 5, 10], '2,4,10'],
    ['1:*', [16, 17, 19], '16:17,19'],
    ['18:*', [16, 17, 19], '19'],
    ['1:100', [19, 20, 21], '19'],
    ['30:40', [19, 20], ''],
    [null, [2, 3, 4], '2,4'],
    [null, [], ''],
  ]
  for (const [known, expunged, expected] of cases) {
    t.equal(formatRanges(expungedOf(set(known), told, expunged)), expected, `${known} of ${expunged}`)
  }
  t.same(expungedOf(null, firstTold(viewOf([], 1)), [1]), [], 'a mailbox that never had a message')
})

t.test('missing UIDs of a set, as ranges however large it is (the note of §3.2.6)', async (t) => {
  const cases: [known: string | null, expected: string][] = [
    [null, '1:2,4:5,7:8,10:11,13:14,16:19'],
    ['1:4294967295', '1:2,4:5,7:8,10:11,13:14,16:19'],
    ['3,6,9', ''],
    ['5:7,11', '5,7,11'],
    ['16:*', '16:19'],
    ['20:30', ''],
  ]
  for (const [known, expected] of cases)
    t.equal(formatRanges(missingOf(set(known), told)), expected, String(known))
  const all = firstTold(viewOf([], 2 ** 32 - 1))
  t.equal(formatRanges(missingOf(set('1:*'), all)), `1:${2 ** 32 - 2}`)
})

t.test('what the client knows by a matching number is left out (RFC 7162 §3.2.5.2)', async (t) => {
  const match = (numbers: string, uids: string) =>
    lastMatch({ numbers: set(numbers)!, uids: set(uids)! }, told)
  const cases: [numbers: string, uids: string, expected: number][] = [
    ['1', '3', 3],
    ['1', '4', 0],
    ['2,4', '6,13', 6],
    ['1:3', '2,6,9', 9],
    ['1,3,5', '3,9,15', 15],
    ['4:6', '12,15,18', 15],
    ['100', '3', 0],
  ]
  for (const [numbers, uids, expected] of cases) t.equal(match(numbers, uids), expected, `${numbers} ${uids}`)
  t.equal(match('1:4294967290', '3:4294967292'), 3, 'and it takes no time')
  t.equal(
    formatRanges(
      above(
        [
          [1, 2],
          [4, 8],
          [10, 10],
        ],
        5,
      ),
    ),
    '6:8,10',
  )
  t.equal(formatRanges(above([[1, 2]], 2)), '')
})

t.test('what is missing is what was expunged, where nothing is forgotten', async () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 30 })
  const range = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  fc.assert(
    fc.property(uids, fc.array(range, { minLength: 1, maxLength: 4 }), (gone, ranges) => {
      const all = Array.from({ length: 30 }, (_, index) => index + 1)
      const now = firstTold(
        viewOf(
          all.filter((uid) => !gone.includes(uid)),
          31,
        ),
      )
      const expunged = [...gone].sort((a, b) => a - b)
      return formatRanges(missingOf(ranges, now)) === formatRanges(expungedOf(ranges, now, expunged))
    }),
  )
})
