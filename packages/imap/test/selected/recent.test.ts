import t from 'tap'
import { countRecent, isRecent, type RecentUids, withClaim } from '../../src/selected/recent.js'
import { firstTold } from '../../src/selected/told.js'
import { viewOf } from '../view.js'

const claims = (...spans: [from: number, before: number][]): RecentUids =>
  spans.reduce<RecentUids>((recent, [from, before]) => withClaim(recent, { from, before }), [])

t.test('what a session claimed is recent, and nothing else', async (t) => {
  const uids = [1, 4, 6, 9]
  const cases: [recent: RecentUids, expected: number[]][] = [
    [claims(), []],
    [claims([1, 10]), uids],
    [claims([4, 9]), [4, 6]],
    [claims([1, 4], [6, 9]), [1, 6]],
    [claims([1, 2], [2, 5], [9, 10]), [1, 4, 9]],
    [claims([5, 6], [10, 20]), []],
    [[{ from: 6, before: Number.POSITIVE_INFINITY }], [6, 9]],
  ]
  for (const [recent, expected] of cases) {
    t.same(
      uids.filter((uid) => isRecent(recent, uid)),
      expected,
    )
    t.equal(countRecent(firstTold(viewOf(uids)), recent), expected.length)
  }
})

t.test('claims that follow each other are one span: an idle session does not grow', async (t) => {
  t.same(claims([1, 3], [3, 4], [4, 9]), [{ from: 1, before: 9 }])
  t.same(claims([1, 3], [4, 9]).length, 2)
})
