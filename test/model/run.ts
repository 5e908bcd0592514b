// Does steps one after the other, on the wire and to the model, and looks after each.
import { must, WireModel } from './model.js'
import type { Step } from './step.js'
import { STEPS } from './steps/table.js'
import { compare, type View } from './views.js'
import type { World } from './world.js'

/** What is known of an account between two steps. */
export interface Run {
  world: World
  model: WireModel
  view: View | null
  steps: number
}

export async function beginRun(world: World): Promise<Run> {
  const run: Run = { world, model: WireModel.begin(), view: null, steps: 0 }
  await look(run, 'A', 'B')
  return run
}

/** Errors: Mismatch. */
export async function doStep(run: Run, step: Step): Promise<void> {
  const { world, model } = run
  const plan = STEPS[step.kind]!.plan(world, model, step)
  if (!plan) return
  await world.prepare(plan)
  const judge = await plan.run()
  judge(model)
  run.steps++
  // Rule 9: asked at the process that did not do it, by either protocol in turn, and at once.
  const other = plan.by?.process === 'A' ? 'B' : 'A'
  const own = other === 'A' ? 'B' : 'A'
  await (run.steps % 2 === 0 ? look(run, other, own) : look(run, own, other))
}

export async function endRun(run: Run): Promise<void> {
  const found = await run.world.check()
  must(found.length === 0, () => `tandem check: ${found.join('\n')}`)
}

async function look(run: Run, imapAt: 'A' | 'B', jmapAt: 'A' | 'B'): Promise<void> {
  const view = await run.world.look(imapAt, jmapAt)
  compare(run.model, view, run.view)
  run.model.looked()
  run.view = view
}
