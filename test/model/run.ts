// Does steps one after the other, on the wire and to the model, and looks after each.
import { must, WireModel } from './model.js'
import type { Step } from './step.js'
import { STEPS } from './steps/table.js'
import { compare } from './views.js'
import type { Stage, World } from './world.js'

/** What is known of an account between two steps. */
export interface Run {
  world: World
  model: WireModel
  steps: number
}

/** An account of its own; what fails ends with what was said on the wire. */
export async function onStage(stage: Stage, work: (run: Run) => Promise<void>): Promise<void> {
  const world = await stage.open()
  try {
    const run: Run = { world, model: WireModel.begin(), steps: 0 }
    await look(run, 'A', 'B')
    await work(run)
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message}\n${world.script}`
    throw error
  } finally {
    await world.close()
  }
}

/** False where there is nothing to do it to. Errors: Mismatch. */
export async function doStep(run: Run, step: Step): Promise<boolean> {
  const { world, model } = run
  const plan = STEPS[step.kind]!.plan(world, model, step)
  if (!plan) return false
  await world.prepare(plan, model)
  const judge = await plan.run()
  await judge(model)
  run.steps++
  leaveGone(run)
  // Rule 9: asked at the process that did not do it, by either protocol in turn, and at once.
  const other = plan.by?.process === 'A' ? 'B' : 'A'
  const own = other === 'A' ? 'B' : 'A'
  await (run.steps % 2 === 0 ? look(run, other, own) : look(run, own, other))
  return true
}

/** Who has a mailbox selected that is gone is sent away: RFC 2180 §3.3. */
export function leaveGone({ world, model }: Run): void {
  for (const [session, key] of world.selected) {
    if (model.mailboxes.has(key)) continue
    world.selected.delete(session)
    session.cut()
  }
}

/** All who followed know what is there. */
export async function endRun(run: Run, page: number): Promise<void> {
  const followers: Step[] = [
    ...run.world.imap.map((_, who) => ({ kind: 'believe', who })),
    ...run.world.jmap.map((_, who) => ({ kind: 'sync', who, page })),
  ]
  for (const each of followers) {
    const plan = STEPS[each.kind]!.plan(run.world, run.model, each)
    await (await plan?.run())?.(run.model)
  }
  await look(run, 'B', 'A', true)
  const found = await run.world.check()
  must(found.length === 0, () => `tandem check: ${found.join('\n')}`)
}

/** How often all is read again, also what neither the server nor the model says has moved. */
const WHOLE = 8

async function look(run: Run, imapAt: 'A' | 'B', jmapAt: 'A' | 'B', isWhole = run.steps % WHOLE === 0) {
  const { model, world } = run
  const before = world.seen
  const view = await world.look(imapAt, jmapAt, (path, status) => {
    const old = isWhole ? undefined : before?.imap.mailboxes.get(path)
    const key = model.keyOf('mailbox', status.MAILBOXID!)
    const isOld =
      old?.status.MAILBOXID === status.MAILBOXID && old?.status.HIGHESTMODSEQ === status.HIGHESTMODSEQ
    return isOld && key !== undefined && !model.moved.mailboxes.has(key) ? old?.rows : undefined
  })
  compare(model, view, before)
  model.looked()
  world.seen = view
}
