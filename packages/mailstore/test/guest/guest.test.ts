import fc from 'fast-check'
import t from 'tap'
import { operation } from '../model/operations.js'
import { violations } from '../support/invariants.js'
import { openTestStore } from '../support/store.js'
import { GuestRun } from './run.js'

/** More by hand: `TANDEM_MODEL_RUNS=1000 npm test -- guest`. */
const LIMITS = {
  ...(process.env.TANDEM_MODEL_RUNS
    ? { numRuns: Number(process.env.TANDEM_MODEL_RUNS) }
    : { numRuns: 15, interruptAfterTimeLimit: 45_000 }),
  includeErrorInReport: true,
  endOnFailure: process.env.TANDEM_TEST_SHRINK === 'no',
}

const letters = fc.constantFrom('', 'l', 'r', 'lr', 'lr', 'lrsw')
const batches = fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 })

t.test('a guest is shown what the definition says, and follows it by changes', async (t) => {
  const { mailstore, url } = await openTestStore(t)
  const bob = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  const seen = { runs: 0, syncs: 0, restarts: 0, changes: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(letters, letters, letters, fc.constant('lr')),
      fc.array(fc.record({ at: fc.nat(2), mailbox: fc.nat(2), letters }), { maxLength: 2 }),
      batches,
      fc.constantFrom(1, 2, 3, 100),
      async (rights, changes, steps, page) => {
        const run = await GuestRun.open(mailstore, bob, {
          name: `any${seen.runs++}`,
          rights,
          onlyReadable: false,
        })
        for (const [at, batch] of steps.entries()) {
          const regrant = changes.find((each) => each.at === at)
          // The last mailbox stays his, so that there is something to open.
          if (regrant) {
            const id = run.mailboxes[regrant.mailbox]!
            await run.account.transact((tx) => tx.rights.set(id, bob, regrant.letters))
            seen.changes++
          }
          await run.join()
          for (const op of batch) await run.perform(op)
          await run.check()
        }
        await run.follow(page)
        seen.syncs += run.syncs
        seen.restarts += run.restarts
      },
    ),
    LIMITS,
  )
  t.same(await violations(url), [])
  t.comment(JSON.stringify(seen))
  t.ok(seen.restarts < seen.syncs, 'most follow by changes')
})

t.test('where all that happens is his to see, changes are almost always calculated', async (t) => {
  const { mailstore } = await openTestStore(t)
  const bob = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  const seen = { runs: 0, syncs: 0, restarts: 0 }
  await fc.assert(
    fc.asyncProperty(batches, fc.constantFrom(2, 100), async (steps, page) => {
      const rights = ['lr', 'lr', '', 'lr']
      const run = await GuestRun.open(mailstore, bob, {
        name: `own${seen.runs++}`,
        rights,
        onlyReadable: true,
      })
      for (const batch of steps) {
        await run.join()
        await run.joinMailboxes()
        for (const op of batch) await run.perform(op)
      }
      await run.check()
      await run.follow(page)
      seen.syncs += run.syncs
      seen.restarts += run.restarts
    }),
    LIMITS,
  )
  t.comment(JSON.stringify(seen))
  t.ok(seen.restarts <= seen.syncs / 50, `${seen.restarts} of ${seen.syncs} began again`)
})
