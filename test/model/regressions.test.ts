// What the model found, each as the few steps that showed it, by the name of what went wrong.
import t from 'tap'
import { type Batch, doBatch } from './batch.js'
import { doStep, endRun, onStage } from './run.js'
import type { Step } from './step.js'
import { openStage } from './world.js'

// biome-ignore lint/suspicious/noExplicitAny: what a kind of step has beside its name, as a counterexample prints it
type Printed = (Step & Record<string, any>) | Batch

const plain = { message: { subject: 0, parent: 0, variant: 0 }, keywords: [], deleted: false }
const rename = (mailbox: number, name: string) => ({ mailbox, name, parent: null, isSubscribed: null })

const REGRESSIONS: Readonly<Record<string, Printed[]>> = {
  'Mailbox/set refused a mailbox the name that it had, because another one in the call asked for it too': [
    { kind: 'mailboxUpdate', who: 0, changes: [rename(1, 'a')] },
    { kind: 'mailboxUpdate', who: 0, changes: [rename(1, 'a'), rename(2, 'a')] },
  ],
  'what is below a renamed mailbox took over a subscription of its new path, and no JMAP client was told': [
    { kind: 'create', who: 0, path: 'a/b', use: null },
    { kind: 'subscribe', who: 0, path: 'c/b', isTo: true },
    { kind: 'sync', who: 0, page: 100 },
    { kind: 'rename', who: 0, from: 'a', to: 'c' },
    { kind: 'sync', who: 0, page: 100 },
  ],
  'MOVE went to the mailbox that had had the name, after what had come to it under its new one': [
    { kind: 'append', who: 0, into: 'INBOX', messages: [plain] },
    {
      steps: [
        { kind: 'move', who: 0, mailbox: 0, messages: [0], to: 'Archive' } as Step,
        { kind: 'mailboxSwap', who: 0, a: 0, b: 2, what: 'name' } as Step,
        { kind: 'append', who: 1, into: 'Drafts', messages: [plain, plain] } as Step,
      ],
      cut: null,
      kill: null,
    },
  ],
}

t.test('what went wrong once', { timeout: 600_000 }, async (t) => {
  const stage = await openStage(t)
  for (const [name, steps] of Object.entries(REGRESSIONS)) {
    await t.test(name, (t) =>
      onStage(stage, async (run) => {
        for (const each of steps) {
          const done = 'kind' in each ? Number(await doStep(run, each)) : await doBatch(run, each as Batch)
          t.equal(done, 'kind' in each ? 1 : each.steps.length, 'each step has something to do')
        }
        await endRun(run, 1)
      }),
    )
  }
})
