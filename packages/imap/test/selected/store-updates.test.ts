import { FLAG, type FlagChange } from '@tandem/mailstore'
import t from 'tap'
import { withNamed, withoutSilent } from '../../src/selected/store-updates.js'
import { advance, firstTold } from '../../src/selected/told.js'
import { type RowSpec, viewOf } from '../view.js'

const named = (before: (RowSpec | number)[], after: (RowSpec | number)[], uids: number[]) => {
  const { told, updates } = advance(firstTold(viewOf(before)), viewOf(after), { expunge: false })
  return withNamed(updates, told, uids).map((update) => (update.type === 'exists' ? 0 : update.uid))
}

t.test('STORE answers with the flags of each message named, once', async (t) => {
  t.same(named([1, 2], [1, 2], [1, 2]), [1, 2], 'nothing changed')
  t.same(named([1, 2], [{ uid: 1, flags: 1, modseq: 2 }, 2], [1, 2]), [2, 1])
  t.same(named([1, 2, 3], [1, { uid: 3, flags: 1, modseq: 2 }], [1, 2]), [1, 3], 'not one that is gone')
})

const change = (mode: FlagChange['mode'], keywords: string[], deleted = false): FlagChange => ({
  mode,
  keywords,
  deleted,
})

t.test('.SILENT leaves out what the client knows, and nothing else (RFC 3501 §6.4.6)', async (t) => {
  const cases: {
    name: string
    change: FlagChange
    before: RowSpec
    after: RowSpec
    announced: boolean
  }[] = [
    {
      name: 'the flag just added',
      change: change('add', ['$seen']),
      before: { uid: 1 },
      after: { uid: 1, flags: FLAG.seen },
      announced: false,
    },
    {
      name: 'added, and another came from elsewhere',
      change: change('add', ['$seen']),
      before: { uid: 1 },
      after: { uid: 1, flags: FLAG.seen | FLAG.flagged },
      announced: true,
    },
    {
      name: 'added \\Deleted beside what was there',
      change: change('add', [], true),
      before: { uid: 1, flags: FLAG.seen },
      after: { uid: 1, flags: FLAG.seen | FLAG.deleted },
      announced: false,
    },
    {
      name: 'removed',
      change: change('remove', ['$flagged', 'Work']),
      before: { uid: 1, flags: FLAG.flagged | FLAG.seen, keywords: ['work', 'x'] },
      after: { uid: 1, flags: FLAG.seen, keywords: ['x'] },
      announced: false,
    },
    {
      name: 'replaced',
      change: change('replace', ['$answered', 'a', 'b']),
      before: { uid: 1, flags: FLAG.seen | FLAG.deleted, keywords: ['x'] },
      after: { uid: 1, flags: FLAG.answered, keywords: ['b', 'a'] },
      announced: false,
    },
    {
      name: 'replaced, but \\Deleted came back',
      change: change('replace', []),
      before: { uid: 1, flags: FLAG.deleted },
      after: { uid: 1, flags: FLAG.deleted | FLAG.seen },
      announced: true,
    },
    {
      name: 'a keyword first spelled otherwise',
      change: change('add', ['WORK']),
      before: { uid: 1 },
      after: { uid: 1, keywords: ['Work'] },
      announced: false,
    },
  ]
  for (const { name, change, before, after, announced } of cases) {
    const first = firstTold(viewOf([before, 2]))
    const { told, updates } = advance(first, viewOf([{ ...after, modseq: 5 }, 2]), { expunge: false })
    t.equal(
      withoutSilent(updates, first, told, [1], { change, withModseq: false }).length,
      announced ? 1 : 0,
      name,
    )
  }
})

t.test('another UID of the same email is announced, and so is what is new', async (t) => {
  const first = firstTold(viewOf([1, 2]))
  const seen = { flags: FLAG.seen, modseq: 5 }
  const { told, updates } = advance(first, viewOf([{ uid: 1, ...seen }, { uid: 2, ...seen }, 3]), {
    expunge: false,
  })
  t.same(withoutSilent(updates, first, told, [1], { change: change('add', ['$seen']), withModseq: false }), [
    { type: 'flags', sequence: 2, uid: 2 },
    { type: 'exists', count: 3 },
  ])
})
