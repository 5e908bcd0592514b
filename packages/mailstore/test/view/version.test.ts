import fc from 'fast-check'
import t from 'tap'
import { buildView, type ViewRow } from '../../src/view/version.js'

const header = { mailboxId: 1, uidValidity: 1, uidNext: 100, highestModseq: 1 }

const row = (uid: number, modseq: number, keywords: string[] = []): ViewRow => ({
  uid,
  emailId: uid * 10,
  threadId: uid * 100,
  modseq,
  flags: modseq % 32,
  size: uid,
  receivedAt: uid,
  savedAt: uid,
  keywords,
})

const rowsOf = (view: ReturnType<typeof buildView>) =>
  Array.from({ length: view.count }, (_, i) => row(view.uids[i]!, view.modseqs[i]!, [...view.keywords(i)]))

t.test('a view built by any deltas equals one built afresh, and no version changes', async () => {
  const keywords = fc.constantFrom<string[]>([], ['a'], ['b', 'c'])
  const delta = fc.record({
    changed: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), keywords), {
      selector: ([uid]) => uid,
      maxLength: 8,
    }),
    gone: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
  })
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 10 }), (deltas) => {
      const model = new Map<number, ViewRow>()
      let view = buildView(header, null, [], new Set())
      for (const [step, { changed, gone }] of deltas.entries()) {
        const before = { view, rows: rowsOf(view) }
        const rows = changed.map(([uid, words]) => row(uid, step + 1, words)).sort((a, b) => a.uid - b.uid)
        view = buildView(header, view, rows, new Set(gone))
        for (const each of rows) model.set(each.uid, each)
        for (const uid of gone) model.delete(uid)
        const expected = [...model.values()].sort((a, b) => a.uid - b.uid)
        if (JSON.stringify(rowsOf(view)) !== JSON.stringify(expected)) return false
        if (JSON.stringify(rowsOf(before.view)) !== JSON.stringify(before.rows)) return false
        if (!expected.every((each, i) => view.indexOf(each.uid) === i)) return false
        if (gone.some((uid) => view.indexOf(uid) !== -1)) return false
      }
      return true
    }),
  )
})
