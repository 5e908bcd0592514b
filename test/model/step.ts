// What a step is, and what steps have in common.
import fc from 'fast-check'
import type { Json } from '../support/jmap.js'
import { must, type WireMailbox, type WireModel } from './model.js'
import type { ImapSession, Result } from './sessions/imap.js'
import type { JmapSession } from './sessions/jmap.js'
import type { World } from './world.js'

/** Plain data, so that it shrinks and prints. Its numbers are indexes into what is there. */
export interface Step {
  kind: string
  who: number
}

/**
 * Says what a step did to the model. Errors: Mismatch, where that is not what was answered. In a mailbox that is gone
 * nothing is done, whatever was answered.
 */
export type Judge = (model: WireModel) => void | Promise<void>

/** A step in its time: what it means in the model as it was then. */
export interface Plan {
  /** Null: nobody's on the wire. */
  by: ImapSession | JmapSession | null
  /** The mailbox that an IMAP session has to have selected. */
  selects?: { key: number; path: string }
  /** On the wire. */
  run(): Promise<Judge>
  /** Where its answer was not heard. */
  unheard: Judge
  /** Another thing that it may have done where others were at work. */
  otherwise?: Judge
}

export interface StepKind<S extends Step = Step> {
  weight: number
  /** One transaction whose meaning needs nothing but the model: it may be done at once with others. */
  atOnce?: true
  step: fc.Arbitrary<S>
  /** Null where there is nothing to do it to. */
  plan(world: World, model: WireModel, step: S): Plan | null
}

/** `replay` gets null for an answer that nobody heard. */
export function plan<A>(
  by: Plan['by'],
  run: () => Promise<A>,
  replay: (model: WireModel, answer: A | null) => void | Promise<void>,
): Plan {
  return {
    by,
    run: async () => {
      const answer = await run()
      return (model) => replay(model, answer)
    },
    unheard: (model) => replay(model, null),
  }
}

export function pick<T>(from: readonly T[], index: number): T | undefined {
  return from.length === 0 ? undefined : from[index % from.length]
}

/** Small ones more often: mailboxes and emails that meet are where rules meet. */
export const index = fc.oneof({ arbitrary: fc.nat(3), weight: 3 }, { arbitrary: fc.nat(11), weight: 1 })
export const indexes = fc.uniqueArray(index, { minLength: 1, maxLength: 4 })
export const who = fc.nat(3)
export const KEYWORDS = ['$seen', '$draft', '$flagged', '$answered', 'work'] as const
export const keywords = fc.uniqueArray(fc.constantFrom(...KEYWORDS), { maxLength: 3 })
export const mode = fc.constantFrom('add' as const, 'remove' as const, 'replace' as const)

const part = fc.constantFrom('a', 'b', 'c')
/** Paths of few names, so that they collide. */
export const path = fc
  .tuple(fc.nat(5), fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([inbox, parts]) => (inbox === 0 ? ['INBOX', ...parts.slice(0, 2)] : parts).join('/'))
/** A mailbox that is there, or now and then a path where perhaps none is. */
export const place = fc.oneof({ arbitrary: index, weight: 8 }, { arbitrary: path, weight: 1 })

export function pathOf(model: WireModel, at: number | string): string {
  return typeof at === 'string' ? at : model.path(pick(model.list(), at)!)
}

export function imapOf(world: World, step: Step): ImapSession {
  return pick(world.imap, step.who)!
}

export function jmapOf(world: World, step: Step): JmapSession {
  return pick(world.jmap, step.who)!
}

/** One of the mailboxes with messages, as the one that a session has to select, and some of its UIDs. */
export function someMessages(model: WireModel, mailbox: number, which: readonly number[]) {
  const full = model.list().filter(({ rows }) => rows.size > 0)
  const at = pick(full, mailbox)
  if (!at) return null
  const there = [...at.rows.keys()].sort((a, b) => a - b)
  const uids = [...new Set(which.map((each) => pick(there, each)!))].sort((a, b) => a - b)
  return { selects: selects(model, at), key: at.id, uids }
}

export const selects = (model: WireModel, mailbox: WireMailbox) => ({
  key: mailbox.id,
  path: model.path(mailbox),
})

/** The response code of a text, `[CODE rest] …`; null where it has none. */
export function codeOf(text: string): { name: string; rest: string } | null {
  const match = /^\[([A-Z-]+) ?([^\]]*)\]/.exec(text)
  return match && { name: match[1]!, rest: match[2]! }
}

/** Errors: Mismatch, where the answer is another. `code`: of a NO. */
export function mustAnswer(answer: Result | null, status: 'OK' | 'NO', code?: string): void {
  if (!answer) return
  const is = codeOf(answer.text)?.name
  const fits = answer.status === status && (code === undefined || is === code)
  must(fits, () => `answered ${answer.status} ${answer.text}, not ${status} ${code ?? ''}`)
}

/** A method's answer. Errors: Mismatch, for a method-level error. */
export function answerOf(answers: Json[] | null, at = 0): Json | null {
  if (!answers) return null
  const answer = answers[at]
  must(answer !== undefined, () => `no answer ${at}`)
  must(answer.error === undefined, () => `answered ${JSON.stringify(answer)}`)
  return answer
}

export function expand(set: string): number[] {
  return set.split(',').flatMap((member) => {
    const [from, to = from] = member.split(':').map(Number) as [number, number?]
    return Array.from({ length: Math.abs(to! - from) + 1 }, (_, n) => Math.min(from, to!) + n)
  })
}

const SYSTEM: Record<string, string> = {
  $seen: '\\Seen',
  $draft: '\\Draft',
  $flagged: '\\Flagged',
  $answered: '\\Answered',
}

/** Keywords as IMAP writes them. */
export const flagList = (words: Iterable<string>, deleted: boolean): string =>
  [...[...words].map((word) => SYSTEM[word] ?? word), ...(deleted ? ['\\Deleted'] : [])].join(' ')

/** A mailboxIds of JMAP; undefined where one of them has no id yet. */
export function idSet(model: WireModel, kind: 'mailbox' | 'email', keys: Iterable<number>) {
  return Object.fromEntries([...keys].map((key) => [model.id(kind, key)!, true]))
}
