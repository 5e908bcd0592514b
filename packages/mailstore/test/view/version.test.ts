import fc from 'fast-check'
import t from 'tap'
import { PAGE_ROWS } from '../../src/view/pages.js'
import { buildView, bytesOfView, sharedPages, type ViewRow } from '../../src/view/version.js'

const header = { mailboxId: 1, uidValidity: 1, uidNext: 100, highestModseq: 1 }

const row = (uid: number, modseq: number, keywords: string[] = []): ViewRow => ({
  uid,
  emailId: uid * 10,
  threadId: uid * 100,
  modseq,
  flags: modseq % 32,
  size: uid,
  receivedAt: uid + 1,
  savedAt: uid + 2,
  keywords,
})

type View = ReturnType<typeof buildView>

const rowsOf = (view: View): ViewRow[] =>
  Array.from({ length: view.count }, (_, i) => ({
    uid: view.uids[i]!,
    emailId: view.emailIds.at(i),
    threadId: view.threadIds.at(i),
    modseq: view.modseqs.at(i),
    flags: view.flags.at(i),
    size: view.sizes.at(i),
    receivedAt: view.receivedAt.at(i),
    savedAt: view.savedAt.at(i),
    keywords: [...view.keywords(i)],
  }))

interface Delta {
  changed: [uid: number, keywords: string[]][]
  gone: number[]
}

/** Plays the deltas on a view and on a map; what is wrong, or null. */
function play(first: number[], deltas: readonly Delta[]): string | null {
  const model = new Map(first.map((uid) => [uid, row(uid, 1)]))
  let view = buildView(header, null, [...model.values()], new Set())
  for (const [step, { changed, gone }] of deltas.entries()) {
    const before = { view, rows: JSON.stringify(rowsOf(view)) }
    const rows = changed.map(([uid, words]) => row(uid, step + 2, words)).sort((a, b) => a.uid - b.uid)
    view = buildView(header, view, rows, new Set(gone))
    for (const each of rows) model.set(each.uid, each)
    for (const uid of gone) model.delete(uid)
    const expected = [...model.values()].sort((a, b) => a.uid - b.uid)
    if (JSON.stringify(rowsOf(view)) !== JSON.stringify(expected)) return `step ${step} is wrong`
    if (JSON.stringify(rowsOf(before.view)) !== before.rows) return `step ${step} changed the one before`
    if ([...view.flags].join() !== expected.map((each) => each.flags).join()) return 'the iterator is wrong'
    if (!expected.every((each, i) => view.indexOf(each.uid) === i)) return 'indexOf misses'
    if (gone.some((uid) => view.indexOf(uid) !== -1)) return 'indexOf finds what is gone'
  }
  return null
}

const keywords = fc.constantFrom<string[]>([], ['a'], ['b', 'c'])
const deltasUpTo = (max: number, changes: number, steps: number) =>
  fc.array(
    fc.record({
      changed: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max }), keywords), {
        selector: ([uid]) => uid,
        maxLength: changes,
      }),
      gone: fc.uniqueArray(fc.integer({ min: 1, max }), { maxLength: changes }),
    }),
    { maxLength: steps },
  )

t.test('a view built by any deltas equals one built afresh, and no version changes', async () => {
  fc.assert(fc.property(deltasUpTo(30, 8, 10), (deltas) => play([], deltas) === null))
})

t.test('the same over several pages, with every other UID taken and runs expunged', async () => {
  const first = Array.from({ length: 2_500 }, (_, i) => 2 * i + 2)
  const run = fc.record({
    from: fc.integer({ min: 1, max: 5_200 }),
    length: fc.integer({ max: 3_000, min: 0 }),
  })
  const mixed = fc
    .tuple(deltasUpTo(5_200, 6, 4), fc.array(run, { maxLength: 2 }))
    .map(([deltas, runs]) => [
      ...deltas.slice(0, 2),
      ...runs.map(({ from, length }) => ({ changed: [], gone: Array.from({ length }, (_, i) => from + i) })),
      ...deltas.slice(2),
    ])
  fc.assert(
    fc.property(mixed, (deltas) => play(first, deltas) === null),
    { numRuns: 40 },
  )
})

t.test('two versions that go on from the same one do not meet', async (t) => {
  const base = buildView(header, null, [row(1, 1)], new Set())
  const grown = buildView(header, base, [row(2, 2)], new Set())
  const left = buildView(header, grown, [row(3, 3)], new Set())
  const right = buildView(header, grown, [row(4, 4)], new Set())
  t.same(
    [base, grown, left, right].map((view) => [...view.uids]),
    [[1], [1, 2], [1, 2, 3], [1, 2, 4]],
  )
})

t.test('a new version shares what did not change', async (t) => {
  const pages = 20
  const count = pages * PAGE_ROWS
  const rows = Array.from({ length: count }, (_, i) => row(i + 1, 1))
  const base = buildView(header, null, rows, new Set())
  const cases: [name: string, changed: ViewRow[], gone: number[], shared: number][] = [
    ['nothing changed', [], [], pages],
    ['flags of one message', [row(5_000, 2)], [], pages - 1],
    ['flags of two in one page', [row(5_000, 2), row(5_001, 2)], [], pages - 1],
    ['a message arrives', [row(count + 1, 2)], [], pages - 1],
    ['one is expunged', [], [5_000], pages - 1],
    ['the first page is expunged', [], rows.slice(0, PAGE_ROWS).map((each) => each.uid), pages - 1],
    ['the first and the last', [], [1, count], pages - 2],
    ['what it does not have is gone', [], [count + 7], pages],
  ]
  for (const [name, changed, gone, shared] of cases) {
    const next = buildView(header, base, changed, new Set(gone))
    t.equal(sharedPages(base, next), shared, name)
    if (gone.length === 0 && changed[0]?.uid !== count + 1)
      t.equal(next.uids, base.uids, `${name}: the UIDs too`)
  }
})

t.test('pages that were expunged thin are joined', async (t) => {
  const count = 16 * PAGE_ROWS
  const rows = Array.from({ length: count }, (_, i) => row(i + 1, 1))
  const base = buildView(header, null, rows, new Set())
  let thin = base
  for (let from = 0; from < count; from += PAGE_ROWS) {
    const gone = rows.slice(from + 8, from + PAGE_ROWS).map((each) => each.uid)
    thin = buildView(header, thin, [], new Set(gone))
  }
  t.equal(thin.count, 16 * 8)
  t.ok(bytesOfView(thin) < bytesOfView(base) / 50, `${bytesOfView(thin)} octets of ${bytesOfView(base)}`)
})

t.test('a row that is not there is an error, not a number', async (t) => {
  const view = buildView(header, null, [row(1, 1)], new Set())
  for (const index of [-1, 1, Number.NaN]) {
    t.throws(() => view.flags.at(index), RangeError, `${index}`)
    t.throws(() => view.keywords(index), RangeError, `${index}`)
  }
})
