import t from 'tap'
import {
  formatUidSet,
  parseSequenceSet,
  resolveNumbers,
  resolveNumbersLeniently,
  resolveUids,
} from '../../src/wire/sequence-set.js'

t.test('what is no sequence-set is refused (RFC 3501 §9)', async (t) => {
  const wrong = ['', '0', '1:', ':1', '1,,2', ',1', '1,', '1:2:3', 'a', '-1', '1.2', '**', '4294967296', '$']
  for (const text of wrong) t.equal(parseSequenceSet(text), null, JSON.stringify(text))
})

t.test('message numbers: ranges in either order, overlaps once, * the last', async (t) => {
  const cases: [text: string, count: number, expected: number[] | null][] = [
    ['1', 3, [1]],
    ['2:4', 5, [2, 3, 4]],
    ['4:2', 5, [2, 3, 4]],
    ['*', 3, [3]],
    ['*:*', 3, [3]],
    ['2,4:7,9,12:*', 15, [2, 4, 5, 6, 7, 9, 12, 13, 14, 15]],
    ['*:4,5:7', 10, [4, 5, 6, 7, 8, 9, 10]],
    ['3,1,2,2,1:3', 3, [1, 2, 3]],
    ['1:*', 1, [1]],
    // "The server should respond with a tagged BAD": beyond the last, and * in an empty mailbox.
    ['4', 3, null],
    ['1:4', 3, null],
    ['*:4', 3, null],
    ['*', 0, null],
    ['1:*', 0, null],
    ['1', 0, null],
    ['1:4294967295', 3, null],
  ]
  for (const [text, count, expected] of cases) {
    t.same(resolveNumbers(parseSequenceSet(text)!, count), expected, `${text} of ${count}`)
  }
})

t.test('SEARCH leaves out the numbers beyond the last', async (t) => {
  const cases: [text: string, count: number, expected: number[]][] = [
    ['2:9', 3, [2, 3]],
    ['9', 3, []],
    ['1:*', 0, []],
    ['*', 2, [2]],
    ['1:4294967295', 2, [1, 2]],
  ]
  for (const [text, count, expected] of cases) {
    t.same(resolveNumbersLeniently(parseSequenceSet(text)!, count), expected, `${text} of ${count}`)
  }
})

t.test('UIDs: those that do not exist are passed over, * is the last (RFC 3501 §6.4.8)', async (t) => {
  const uids = Uint32Array.of(3, 5, 6, 100, 4294967295)
  const cases: [text: string, positions: number[]][] = [
    ['1:2', []],
    ['3', [0]],
    ['4', []],
    ['1:10', [0, 1, 2]],
    ['10:1', [0, 1, 2]],
    ['*', [4]],
    ['6,5,5:6', [1, 2]],
    ['101:*', [4]],
    ['7:100', [3]],
  ]
  for (const [text, positions] of cases) t.same(resolveUids(parseSequenceSet(text)!, uids), positions, text)
  // "A UID range of 559:* always includes the UID of the last message, even if 559 is higher."
  t.same(resolveUids(parseSequenceSet('559:*')!, Uint32Array.of(3, 7)), [1])
  t.same(resolveUids(parseSequenceSet('1:*')!, new Uint32Array()), [])
})

t.test('a uid-set writes runs as ranges (RFC 4315 §4)', async (t) => {
  const cases: [uids: number[], text: string][] = [
    [[], ''],
    [[7], '7'],
    [[304, 319, 320], '304,319:320'],
    [[1, 2, 3, 5, 7, 8], '1:3,5,7:8'],
  ]
  for (const [uids, text] of cases) t.equal(formatUidSet(uids), text)
})
