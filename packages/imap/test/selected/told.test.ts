import { FLAG } from '@tandem/mailstore'
import t from 'tap'
import { advance, changedSince, deletedUids, firstTold, rowOf, sequenceOf } from '../../src/selected/told.js'
import { type RowSpec, viewOf } from '../view.js'

const seen = (uid: number, modseq = 2): RowSpec => ({ uid, flags: FLAG.seen, modseq })
const keyword = (uid: number, ...keywords: string[]): RowSpec => ({ uid, keywords, modseq: 2 })

/** Updates in short: `FETCH 2/5` is message 2 with UID 5. */
const short = (updates: ReturnType<typeof advance>['updates']) =>
  updates.map((update) => {
    if (update.type === 'exists') return `EXISTS ${update.count}`
    return `${update.type === 'flags' ? 'FETCH' : 'EXPUNGE'} ${update.sequence}/${update.uid}`
  })

t.test('what is due between two versions, with expunges and while they are held back', async (t) => {
  const cases: {
    name: string
    before: (RowSpec | number)[]
    after: (RowSpec | number)[]
    due: string[]
    held: string[]
  }[] = [
    { name: 'nothing', before: [1, 2], after: [1, 2], due: [], held: [] },
    { name: 'empty stays empty', before: [], after: [], due: [], held: [] },
    { name: 'first message', before: [], after: [4], due: ['EXISTS 1'], held: ['EXISTS 1'] },
    { name: 'new at the end', before: [1, 2], after: [1, 2, 3, 9], due: ['EXISTS 4'], held: ['EXISTS 4'] },
    { name: 'flags', before: [1, 2, 5], after: [1, seen(2), 5], due: ['FETCH 2/2'], held: ['FETCH 2/2'] },
    {
      name: 'a new modseq with the same flags',
      before: [1],
      after: [{ uid: 1, modseq: 9 }],
      due: [],
      held: [],
    },
    {
      name: 'keywords',
      before: [keyword(1, 'a'), keyword(2, 'a', 'b')],
      after: [
        { ...keyword(1, 'b'), modseq: 3 },
        { ...keyword(2, 'b', 'a'), modseq: 3 },
      ],
      due: ['FETCH 1/1'],
      held: ['FETCH 1/1'],
    },
    { name: 'the last is gone', before: [1, 2], after: [1], due: ['EXPUNGE 2/2'], held: [] },
    {
      name: 'numbers count down (RFC 3501 §7.4.1)',
      before: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      after: [1, 2, 3, 4],
      due: ['EXPUNGE 5/5', 'EXPUNGE 5/6', 'EXPUNGE 5/7', 'EXPUNGE 5/8', 'EXPUNGE 5/9'],
      held: [],
    },
    {
      name: 'the example of EXPUNGE',
      before: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      after: [1, 2, 5, 6, 8, 9, 10],
      due: ['EXPUNGE 3/3', 'EXPUNGE 3/4', 'EXPUNGE 5/7', 'EXPUNGE 8/11'],
      held: [],
    },
    { name: 'all are gone', before: [4, 7], after: [], due: ['EXPUNGE 1/4', 'EXPUNGE 1/7'], held: [] },
    {
      name: 'as many come as go: EXISTS nevertheless',
      before: [1, 2],
      after: [2, 3],
      due: ['EXPUNGE 1/1', 'EXISTS 2'],
      held: ['EXISTS 3'],
    },
    {
      name: 'flags have the numbers from before the expunges',
      before: [1, 2, 3],
      after: [2, seen(3), 4],
      due: ['FETCH 3/3', 'EXPUNGE 1/1', 'EXISTS 3'],
      held: ['FETCH 3/3', 'EXISTS 4'],
    },
    {
      name: 'what came and went unseen is never told',
      before: [1],
      after: [1, 5],
      due: ['EXISTS 2'],
      held: ['EXISTS 2'],
    },
  ]
  for (const { name, before, after, due, held } of cases) {
    const told = firstTold(viewOf(before))
    t.same(short(advance(told, viewOf(after), { expunge: true }).updates), due, name)
    t.same(short(advance(told, viewOf(after), { expunge: false }).updates), held, `${name}, held back`)
  }
})

t.test('a message that is gone keeps its number until that may be told', async (t) => {
  const first = firstTold(viewOf([1, { uid: 2, flags: FLAG.flagged, size: 77, keywords: ['x'] }, 3]))
  const second = advance(first, viewOf([1, seen(3), 8]), { expunge: false })
  t.same(short(second.updates), ['FETCH 3/3', 'EXISTS 4'])
  t.same([...second.told.uids], [1, 2, 3, 8])
  t.match(rowOf(second.told, 2), { uid: 2, flags: FLAG.flagged, size: 77, keywords: ['x'] })
  t.match(rowOf(second.told, 3), { uid: 3, flags: FLAG.seen })
  t.match(rowOf(second.told, 4), { uid: 8 })
  t.equal(sequenceOf(second.told, 8), 4)
  t.equal(sequenceOf(second.told, 5), 0)

  const third = advance(second.told, viewOf([1, 8, 9]), { expunge: false })
  t.same(short(third.updates), ['EXISTS 5'], 'a second one joins the first')
  t.match(rowOf(third.told, 2), { uid: 2, flags: FLAG.flagged })
  t.match(rowOf(third.told, 3), { uid: 3, flags: FLAG.seen })

  const last = advance(third.told, viewOf([1, 8, 9]), { expunge: true })
  t.same(short(last.updates), ['EXPUNGE 2/2', 'EXPUNGE 2/3'])
  t.same([...last.told.uids], [1, 8, 9])
  t.equal(last.told.ghosts.size, 0)
})

t.test('held back, then told though the version is the same', async (t) => {
  const view = viewOf([2])
  const held = advance(firstTold(viewOf([1, 2])), view, { expunge: false }).told
  t.same(advance(held, view, { expunge: false }).updates, [])
  t.same(short(advance(held, view, { expunge: true }).updates), ['EXPUNGE 1/1'])
})

t.test('the same version costs nothing and shares the column of UIDs', async (t) => {
  const view = viewOf([1, 2])
  const told = firstTold(view)
  t.equal(advance(told, view, { expunge: true }).told, told)
  t.equal(told.uids, view.uids)
})

t.test('deleted', async (t) => {
  const view = viewOf([1, { uid: 4, flags: FLAG.deleted }, { uid: 6, flags: FLAG.deleted | FLAG.seen }, 9])
  t.same(deletedUids(view), [4, 6])
})

t.test('synced stays below the modseq of every expunge that is held back (RFC 7162 §3.2)', async (t) => {
  const at = (highest: number, ...uids: number[]) =>
    viewOf(uids.map((uid) => ({ uid, modseq: uid === uids[0] ? highest : 1 })))
  const first = firstTold(at(10, 1, 2, 3))
  t.equal(first.synced, 10)
  const quiet = advance(first, at(12, 1, 2, 3), { expunge: false }).told
  t.equal(quiet.synced, 12, 'nothing is held back')
  const held = advance(quiet, at(15, 1, 3), { expunge: false }).told
  t.equal(held.synced, 12)
  const longer = advance(held, at(20, 1, 3, 4), { expunge: false }).told
  t.equal(longer.synced, 12)
  t.equal(advance(longer, at(20, 1, 3, 4), { expunge: true }).told.synced, 20)
})

t.test(
  'flags that changed and changed back are told of where the modseq is (RFC 7162 §3.1.4.2)',
  async (t) => {
    const first = firstTold(viewOf([1, 2]))
    const next = viewOf([1, { uid: 2, modseq: 9 }])
    t.same(short(advance(first, next, { expunge: false, modseq: true }).updates), ['FETCH 2/2'])
    t.same(short(advance(first, next, { expunge: false }).updates), [])
  },
)

t.test('messages that changed after a modseq, ghosts among them', async (t) => {
  const first = firstTold(viewOf([1, { uid: 2, modseq: 7 }, { uid: 3, modseq: 8 }, 4]))
  t.same(changedSince(first, [1, 2, 3, 4], 6), [2, 3])
  t.same(changedSince(first, [1, 2], 7), [])
  t.same(changedSince(first, [1, 2, 3, 4], 8), [])
  const { told } = advance(first, viewOf([1, { uid: 3, modseq: 8 }, { uid: 4, modseq: 9 }]), {
    expunge: false,
  })
  t.same(changedSince(told, [1, 2, 3, 4], 6), [2, 3, 4])
})
