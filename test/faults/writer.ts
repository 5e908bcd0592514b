// What the writers of messages of their own have in common: a change is made, refused, or left in doubt.
import type { Random } from '@tandem/mailstore/testing'
import type { JmapClient } from '../support/jmap.js'
import { Lost, Refused } from './answers.js'
import type { Home } from './home.js'
import type { Stage } from './stage.js'
import { createWorld, type Doubt, doubt, type Step, type World } from './world.js'

/** Messages that a writer keeps; with more it takes away. */
const FULL = 40

export interface Writer {
  name: string
  home: Home
  world: World
  doubts: Doubt[]
  /** What was refused, by the tokens and mailboxes it was about: for reports. */
  refused: Map<string, string>
  /** Makes changes until the round is over. */
  run(): Promise<void>
  /** Looks, before it is judged, at what it cannot know otherwise; gives what is wrong. */
  recall?(jmap: JmapClient): Promise<string[]>
  close(): void
}

export interface Tools {
  name: string
  home: Home
  stage: Stage
  random: Random
  world: World
  /** One of these; where it has many messages, `fewer` more often than not. */
  oneOf(changes: readonly (() => Promise<void>)[], fewer: () => Promise<void>): Promise<void>
  /** A subject that no other message has. */
  token(): string
  /** Some of these, at least one where there is one. */
  some<T>(choices: readonly T[], most: number): T[]
  /** Whether a mailbox may hold a message that is in doubt. */
  holdsDoubt(box: string): boolean
  /** Makes a change and learns from its answer what the world did not know. Errors: Lost, Refused. */
  change<Answer>(
    what: string,
    step: Step,
    send: () => Promise<Answer>,
    learn?: (answer: Answer) => void,
  ): Promise<void>
}

export function createTools(
  name: string,
  home: Home,
  stage: Stage,
  random: Random,
): { tools: Tools; doubts: Doubt[]; refused: Map<string, string> } {
  const world = createWorld()
  const doubts: Doubt[] = []
  const refused = new Map<string, string>()
  let count = 0
  const tools: Tools = {
    name,
    home,
    stage,
    random,
    world,
    oneOf(changes, fewer) {
      const isFull = world.messages.size > FULL
      return isFull && random.chance(0.7) ? fewer() : random.pick(changes)()
    },
    token: () => `${name}-m${++count}`,
    holdsDoubt: (box) =>
      doubts.some(({ candidates }) =>
        candidates.some(({ messages }) => [...messages.values()].some(({ places }) => places.has(box))),
      ),
    some(choices, most) {
      const left = [...choices]
      const taken = []
      for (let n = random.between(1, most); n > 0 && left.length > 0; n--)
        taken.push(...left.splice(random.below(left.length), 1))
      return taken
    },
    async change(what, step, send, learn) {
      const answer = await send().catch((error: unknown) => {
        if (error instanceof Lost) {
          stage.figures.unanswered++
          doubts.push(doubt(world, `${name}: ${what}`, step))
        } else if (error instanceof Refused && error.isTemporary) {
          stage.figures.refused++
          for (const key of [...step.tokens, ...(step.boxes ?? [])]) refused.set(key, what)
        }
        throw error
      })
      for (const apply of step.does) apply(world)
      learn?.(answer)
      stage.acknowledged()
    },
  }
  return { tools, doubts, refused }
}
