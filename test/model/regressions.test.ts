// What the model found, each as the few steps that showed it, by the name of what went wrong.
import t from 'tap'
import { type Batch, doBatch } from './batch.js'
import { doStep, endRun, onStage } from './run.js'
import type { Step } from './step.js'
import { openStage } from './world.js'

// biome-ignore lint/suspicious/noExplicitAny: what a kind of step has beside its name, as a counterexample prints it
type Printed = (Step & Record<string, any>) | Batch

const rename = (mailbox: number, name: string) => ({ mailbox, name, parent: null, isSubscribed: null })

const REGRESSIONS: Readonly<Record<string, Printed[]>> = {
  'Mailbox/set refused a mailbox the name that it had, because another one in the call asked for it too': [
    { kind: 'mailboxUpdate', who: 0, changes: [rename(1, 'a')] },
    { kind: 'mailboxUpdate', who: 0, changes: [rename(1, 'a'), rename(2, 'a')] },
  ],
}

t.test('what went wrong once', { timeout: 600_000 }, async (t) => {
  const stage = await openStage(t)
  for (const [name, steps] of Object.entries(REGRESSIONS)) {
    await t.test(name, () =>
      onStage(stage, async (run) => {
        for (const each of steps) await ('steps' in each ? doBatch(run, each) : doStep(run, each))
        await endRun(run, 1)
      }),
    )
  }
})
