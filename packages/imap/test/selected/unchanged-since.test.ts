import { FLAG, type FlagChange } from '@tandem/mailstore'
import t from 'tap'
import { firstTold, rowOf } from '../../src/selected/told.js'
import { allowedModseq } from '../../src/selected/unchanged-since.js'
import { type RowSpec, viewOf } from '../view.js'

const row = (modseq: number, flags = 0, ...keywords: string[]): RowSpec => ({
  uid: 1,
  modseq,
  flags,
  keywords,
})
const change = (mode: FlagChange['mode'], ...words: string[]): FlagChange => ({
  mode,
  keywords: words.filter((word) => word !== '\\Deleted'),
  deleted: words.includes('\\Deleted'),
})
const PASSES = true
const FAILS = false

t.test('whether STORE (UNCHANGEDSINCE n) may change a message', async (t) => {
  const cases: [
    name: string,
    since: number,
    change: FlagChange,
    known: RowSpec | null,
    now: RowSpec,
    expected: boolean,
  ][] = [
    ['unchanged', 5, change('add', '$seen'), row(5), row(5), PASSES],
    ['changed since', 4, change('add', '$seen'), row(5), row(5), FAILS],
    ['0 and a system flag (RFC 7162 §3.1.3)', 0, change('add', '$seen'), row(5), row(5), FAILS],
    ['0 and \\Deleted', 0, change('remove', '\\Deleted'), row(5), row(5), FAILS],
    [
      '0 and a keyword that is there',
      0,
      change('add', '$MDNSent'),
      row(5, 0, '$mdnsent'),
      row(5, 0, '$mdnsent'),
      FAILS,
    ],
    [
      '0 and a keyword that is not',
      0,
      change('add', '$MDNSent'),
      row(5, FLAG.seen),
      row(5, FLAG.seen),
      PASSES,
    ],
    ['0 and a replacement', 0, change('replace', 'a'), row(5), row(5), FAILS],
    ['another flag changed (§3.1.12)', 5, change('add', '$Done'), row(5), row(9, FLAG.deleted), PASSES],
    ['that flag changed', 5, change('add', '$Done'), row(5), row(9, 0, '$done'), FAILS],
    ['that system flag changed', 5, change('remove', '$seen'), row(5, FLAG.seen), row(9), FAILS],
    ['\\Deleted changed', 5, change('add', '\\Deleted'), row(5), row(9, FLAG.deleted), FAILS],
    ['another changed, and all are replaced', 5, change('replace'), row(5), row(9, FLAG.deleted), FAILS],
    [
      'another changed, but not since what the client knows',
      5,
      change('add', '$Done'),
      row(9),
      row(9),
      FAILS,
    ],
    ['a message it was not told of', 5, change('add', '$Done'), null, row(9), FAILS],
  ]
  for (const [name, since, change, known, now, expected] of cases) {
    const rowFrom = (spec: RowSpec) => rowOf(firstTold(viewOf([spec])), 1)
    const allowed = allowedModseq(since, change, known && rowFrom(known), rowFrom(now))
    t.equal(now.modseq! <= allowed, expected, name)
    t.notOk(now.modseq! + 1 <= allowed && since < now.modseq!, `${name}: not what came later`)
  }
})
