// Several steps at once. The order of their commits is an order that explains every answer and what is read afterwards;
// a step whose answer nobody heard may have been done or not.
import { LineLost } from '@tandem/imap/testing'
import fc from 'fast-check'
import { Mismatch, type WireModel } from './model.js'
import { leaveGone, type Run } from './run.js'
import type { Judge, Plan, Step } from './step.js'
import { STEPS, stepAtOnce } from './steps/table.js'
import { compare } from './views.js'

export interface Batch {
  steps: Step[]
  /** The line of which of them drops before the answer; null: of none. */
  cut: number | null
  /** A process that is killed as soon as somebody has an answer; null: none. */
  kill: 'A' | 'B' | null
}

export const batch = ({ kills }: { kills: boolean }): fc.Arbitrary<Batch> =>
  fc.record({
    steps: fc.array(stepAtOnce, { minLength: 2, maxLength: 4 }),
    cut: fc.option(fc.nat(3), { freq: 1 }),
    kill: kills ? fc.constantFrom('A' as const, 'B' as const) : fc.constant(null),
  })

/** The steps done. Errors: Mismatch, where no order explains what was seen. */
export async function doBatch(run: Run, { steps, cut, kill }: Batch): Promise<number> {
  const { world, model } = run
  const plans = planAll(run, steps)
  if (plans.length === 0) return 0
  for (const plan of plans) await world.prepare(plan, model)
  world.script.note(`at once: ${plans.map(({ by }) => by?.name ?? 'a delivery').join(', ')}`)
  const answers = plans.map((plan) => answerOf(plan))
  const dropped = cut === null ? undefined : plans[cut]?.by
  if (dropped && 'cut' in dropped) dropped.cut()
  if (kill) {
    await Promise.race(answers)
    await world.kill(kill)
  }
  const outcomes = await Promise.all(answers)
  if (dropped && 'cut' in dropped) await world.settled(dropped.process)
  const [imapAt, jmapAt] = run.steps % 2 === 0 ? (['A', 'B'] as const) : (['B', 'A'] as const)
  const view = await world.look(imapAt, jmapAt, () => undefined)
  const before = world.seen
  run.model = await explain(model, outcomes, (clone) => compare(clone, view, before))
  run.model.looked()
  world.seen = view
  run.steps += plans.length
  leaveGone(run)
  return plans.length
}

/** Each by somebody else: where somebody is at it already, the next one does it. */
function planAll({ world, model }: Run, steps: readonly Step[]): Plan[] {
  const plans: Plan[] = []
  for (const step of steps) {
    for (let who = step.who; who < step.who + world.imap.length; who++) {
      const plan = STEPS[step.kind]!.plan(world, model, { ...step, who })
      if (!plan || plans.some(({ by }) => by === plan.by)) continue
      plans.push(plan)
      break
    }
  }
  return plans
}

/** What may have been done; where nobody heard the answer, that or nothing. */
async function answerOf(plan: Plan): Promise<Judge[]> {
  const otherwise = plan.otherwise ? [plan.otherwise] : []
  try {
    return [await plan.run(), ...otherwise]
  } catch (error) {
    if (error instanceof LineLost) return [plan.unheard, ...otherwise, () => {}]
    throw error
  }
}

/** The model after an order that explains it all. Errors: Mismatch. */
async function explain(
  model: WireModel,
  outcomes: readonly (readonly Judge[])[],
  check: (clone: WireModel) => void,
): Promise<WireModel> {
  const reasons = new Set<string>()
  for (const judges of choices(outcomes)) {
    for (const order of permutations(judges)) {
      const clone = model.clone()
      try {
        for (const judge of order) await judge(clone)
        check(clone)
        return clone
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error
        reasons.add(error.message)
      }
    }
  }
  throw new Mismatch(`no order explains it:\n${[...reasons].join('\n')}`)
}

function* choices<T>(from: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = from
  if (!first) yield []
  else for (const one of first) for (const others of choices(rest)) yield [one, ...others]
}

function* permutations<T>(of: readonly T[]): Generator<T[]> {
  if (of.length === 0) yield []
  for (const [i, one] of of.entries())
    for (const others of permutations(of.filter((_, at) => at !== i))) yield [one, ...others]
}
