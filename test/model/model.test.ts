// Random steps by clients of every kind at two processes, against a model in plain data: docs/consistency.md.
import fc from 'fast-check'
import t from 'tap'
import { batch, doBatch } from './batch.js'
import { doStep, endRun, onStage, type Run } from './run.js'
import type { Step } from './step.js'
import { step } from './steps/table.js'
import { openStage } from './world.js'

/** How many runs are tried: of each test as many as fit, or so many by hand, or by TANDEM_LONG for as long as it says. */
const asked = Number(process.env.TANDEM_MODEL_RUNS ?? 0)
const SECONDS = process.env.TANDEM_LONG ? 600 : 20
/** How long a counterexample may take to become a short one. */
const SHRINK_SECONDS = 120
const LIMITS = {
  numRuns: asked || 2_000,
  includeErrorInReport: true,
  // The smallest counterexample is for a person to read; scripts/mutants.js wants only to know that there is one.
  endOnFailure: process.env.TANDEM_TEST_SHRINK === 'no',
}

const page = fc.constantFrom(1, 2, 3, 7, 100)

/** Runs `perform` on what `input` makes, each time with an account of its own; `page`: of clients that follow changes. */
function proves<T>(
  name: string,
  input: fc.Arbitrary<T>,
  perform: (run: Run, value: T) => Promise<void>,
): void {
  t.test(name, { timeout: 3_600_000 }, async (t) => {
    const stage = await openStage(t)
    let runs = 0
    let steps = 0
    let until = performance.now() + SECONDS * 1_000
    let failed = false
    const property = fc.asyncProperty(input, page, async (value, page) => {
      // At least one, however slow the machine is.
      if ((!asked || failed) && runs > 0 && performance.now() > until) return
      if (!failed) runs++
      try {
        await onStage(stage, async (run) => {
          try {
            await perform(run, value)
            await endRun(run, page)
          } finally {
            if (!failed) steps += run.steps
          }
        })
      } catch (error) {
        if (!failed) until = performance.now() + SHRINK_SECONDS * 1_000
        failed = true
        throw error
      }
    })
    try {
      await fc.assert(property, LIMITS)
    } catch (error) {
      // Line by line, as the name of a failure is not.
      if (error instanceof Error) t.comment(error.message)
      throw error
    } finally {
      // Also of those up to a failure: scripts/mutants.js reads it.
      t.comment(`${runs} runs, ${steps} steps`)
    }
  })
}

async function doSteps(run: Run, steps: readonly Step[]): Promise<void> {
  for (const each of steps) await doStep(run, each)
}

proves(
  'both views are the model, one step after the other',
  fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
  doSteps,
)

/** Some steps one by one, then some at once; again and again. */
function provesAtOnce(name: string, options: { kills: boolean; maxLength: number }): void {
  const { kills, maxLength } = options
  const round = fc.tuple(fc.array(step, { minLength: 2, maxLength: 8 }), batch({ kills }))
  proves(name, fc.array(round, { minLength: 1, maxLength, size: 'max' }), async (run, rounds) => {
    for (const [before, atOnce] of rounds) {
      await doSteps(run, before)
      await doBatch(run, atOnce)
    }
  })
}

provesAtOnce('several at once at two processes do what the model does in some order', {
  kills: false,
  maxLength: 8,
})
provesAtOnce('a process that is killed, and comes back, has done each thing or not', {
  kills: true,
  maxLength: 3,
})
