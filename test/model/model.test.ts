// Random steps by clients of every kind at two processes, against a model in plain data: docs/consistency.md.
import fc from 'fast-check'
import t from 'tap'
import { batch, doBatch } from './batch.js'
import { doStep, endRun, onStage } from './run.js'
import { step } from './steps/table.js'
import { openStage } from './world.js'

/** Of each of the three; on a slow machine as many as fit. */
const SECONDS = process.env.TANDEM_LONG ? 600 : 20
const LIMITS = {
  ...(process.env.TANDEM_MODEL_RUNS
    ? { numRuns: Number(process.env.TANDEM_MODEL_RUNS) }
    : { numRuns: 1_000, interruptAfterTimeLimit: SECONDS * 1_000 }),
  includeErrorInReport: true,
  // The smallest counterexample is for a person to read; scripts/mutants.js wants only to know that there is one.
  endOnFailure: process.env.TANDEM_TEST_SHRINK === 'no',
}

t.test('both views are the model, one step after the other', { timeout: 3_600_000 }, async (t) => {
  const stage = await openStage(t)
  let runs = 0
  let steps = 0
  const assertion = fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
      fc.constantFrom(1, 2, 3, 7, 100),
      (all, page) =>
        onStage(stage, async (run) => {
          runs++
          for (const each of all) if (await doStep(run, each)) steps++
          await endRun(run, page)
        }),
    ),
    LIMITS,
  )
  // Also of those up to a failure: scripts/mutants.js reads it.
  await assertion.finally(() => t.comment(`${runs} runs, ${steps} steps`))
})

for (const kills of [false, true]) {
  const name = kills
    ? 'a process that is killed, and comes back, has done each thing or not'
    : 'several at once at two processes do what the model does in some order'
  t.test(name, { timeout: 3_600_000 }, async (t) => {
    const stage = await openStage(t)
    let runs = 0
    let steps = 0
    const some = fc.array(step, { minLength: 2, maxLength: 8 })
    const assertion = fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(some, batch({ kills })), { minLength: 1, maxLength: kills ? 3 : 8, size: 'max' }),
        fc.constantFrom(1, 2, 3, 7, 100),
        (all, page) =>
          onStage(stage, async (run) => {
            runs++
            for (const [before, atOnce] of all) {
              for (const each of before) if (await doStep(run, each)) steps++
              steps += await doBatch(run, atOnce)
            }
            await endRun(run, page)
          }),
      ),
      LIMITS,
    )
    await assertion.finally(() => t.comment(`${runs} runs, ${steps} steps`))
  })
}
