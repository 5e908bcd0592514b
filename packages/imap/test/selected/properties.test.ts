// A client that does what it is told always knows the mailbox.
import fc from 'fast-check'
import t from 'tap'
import { advance, firstTold, rowOf, type Update } from '../../src/selected/told.js'
import { type RowSpec, viewOf } from '../view.js'

/** What may happen to a mailbox between two looks. */
type Step = { add: number; remove: number[]; flag: number[]; expunge: boolean }

const step: fc.Arbitrary<Step> = fc.record({
  add: fc.nat(3),
  remove: fc.array(fc.nat(20), { maxLength: 3 }),
  flag: fc.array(fc.nat(20), { maxLength: 3 }),
  expunge: fc.boolean(),
})

t.test('any changes, told or held back in any order', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      let rows: RowSpec[] = []
      let uidNext = 1
      let modseq = 1
      let told = firstTold(viewOf([]))
      /** The modseqs of expunges that the client was not told of. */
      let heldBack: number[] = []
      /** The flags of each message, as the client knows them; null: not told yet. */
      let client: (number | null)[] = []

      const apply = (updates: readonly Update[]) => {
        for (const update of updates) {
          if (update.type === 'expunge') client.splice(update.sequence - 1, 1)
          else if (update.type === 'exists') {
            if (update.count < client.length)
              throw new Error('EXISTS must not lessen the count (RFC 3501 §5.2)')
            while (client.length < update.count) client.push(null)
          } else client[update.sequence - 1] = told.view.flags.at(told.view.indexOf(update.uid))
        }
      }
      const look = (expunge: boolean) => {
        const advanced = advance(told, viewOf(rows, 1000, modseq), { expunge })
        told = advanced.told
        apply(advanced.updates)
        if (expunge) heldBack = []
        if (heldBack.some((each) => each <= told.synced))
          throw new Error('synced is too high (RFC 7162 §3.2)')
        if (heldBack.length === 0 && told.synced !== modseq) throw new Error('synced is too low')
        // A client asks for what it wasn't told of.
        client = client.map((flags, index) => flags ?? rowOf(told, index + 1).flags)
      }

      for (const { add, remove, flag, expunge } of [
        ...steps,
        { add: 0, remove: [], flag: [], expunge: true },
      ]) {
        const toldOf = new Set(told.uids)
        rows = rows.filter(({ uid }, index) => {
          if (!remove.includes(index)) return true
          modseq++
          // What came and went between two looks, nobody knows of.
          if (toldOf.has(uid)) heldBack.push(modseq)
          return false
        })
        rows = rows.map((row, index) =>
          flag.includes(index) ? { ...row, flags: (row.flags ?? 0) ^ 1, modseq: ++modseq } : row,
        )
        for (let count = 0; count < add; count++) rows = [...rows, { uid: uidNext++, modseq: ++modseq }]
        look(expunge)
        if (told.uids.length !== client.length) return false
      }
      return (
        JSON.stringify(client) === JSON.stringify(rows.map((row) => row.flags ?? 0)) &&
        JSON.stringify([...told.uids]) === JSON.stringify(rows.map((row) => row.uid))
      )
    }),
    { numRuns: 500 },
  )
})
