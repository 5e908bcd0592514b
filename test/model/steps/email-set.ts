// Email/set of what is there: RFC 8621 §4.6. Keywords and mailboxes as a whole or as a patch; destroy.
import fc from 'fast-check'
import type { Json } from '../../support/jmap.js'
import { must, same, type WireEmail, type WireModel } from '../model.js'
import {
  answerOf,
  idSet,
  index,
  indexes,
  jmapOf,
  keywords,
  mode,
  type Plan,
  pick,
  plan,
  type Step,
  type StepKind,
  who,
} from '../step.js'
import type { World } from '../world.js'

/** One that was ever seen, mostly one that is there. */
function chosen(model: WireModel, at: number): WireEmail | undefined {
  const known = [...model.emails.values()].filter(({ id }) => model.id('email', id) !== undefined)
  const visible = known.filter(({ id }) => model.isVisible(id))
  return at % 12 === 11 ? pick(known, at) : (pick(visible, at) ?? pick(known, at))
}

/** Whether it was found, which has to be whether it is visible. */
function mustFind(model: WireModel, key: number, id: string, answer: Json | null, verb: string): boolean {
  const isThere = model.emails.has(key) && model.isVisible(key)
  if (!answer) return isThere
  const refused = answer[`not${verb[0]!.toUpperCase()}${verb.slice(1)}`]?.[id]
  same(refused?.type, isThere ? undefined : 'notFound', `Email/set ${verb} of ${id}`)
  const done = verb === 'destroyed' ? answer.destroyed?.includes(id) : answer[verb]?.[id] !== undefined
  must(Boolean(done) === isThere, () => `Email/set ${verb} does not name ${id}`)
  return isThere
}

/** Some of them, each once. */
const several = (model: WireModel, at: readonly number[]) =>
  [...new Set(at.flatMap((each) => chosen(model, each)?.id ?? []))].map((key) => ({
    key,
    id: model.id('email', key)!,
  }))
const emails = fc.uniqueArray(index, { minLength: 1, maxLength: 3 })

interface SetEmails extends Step {
  emails: number[]
}

/** One call about several emails. `ask`: its arguments; `replay`: what it does to each, whether it was found or not. */
function setEmails(
  world: World,
  model: WireModel,
  step: SetEmails,
  ask: (ids: readonly string[]) => Json,
  replay: (model: WireModel, each: { key: number; id: string }, answer: Json | null) => void,
): Plan | null {
  const some = several(model, step.emails)
  if (some.length === 0) return null
  const session = jmapOf(world, step)
  const args = ask(some.map(({ id }) => id))
  return plan(
    session,
    () => session.call(['Email/set', args]),
    (model, answers) => {
      const answer = answerOf(answers)
      for (const each of some) replay(model, each, answer)
      model.commit()
    },
  )
}

const updateAll = (ids: readonly string[], patch: Json) => ({
  update: Object.fromEntries(ids.map((id) => [id, patch])),
})

interface SetKeywords extends SetEmails {
  kind: 'keywords'
  mode: 'add' | 'remove' | 'replace'
  keywords: string[]
}

export const setKeywords: StepKind<SetKeywords> = {
  weight: 4,
  atOnce: true,
  step: fc.record({ kind: fc.constant('keywords'), who, emails, mode, keywords }),
  plan(world, model, step) {
    const value = step.mode === 'remove' ? null : true
    const patch =
      step.mode === 'replace'
        ? { keywords: Object.fromEntries(step.keywords.map((word) => [word, true])) }
        : Object.fromEntries(step.keywords.map((word) => [`keywords/${word}`, value]))
    return setEmails(
      world,
      model,
      step,
      (ids) => updateAll(ids, patch),
      (model, { key, id }, answer) => {
        if (mustFind(model, key, id, answer, 'updated')) model.changeKeywords(key, step.mode, step.keywords)
      },
    )
  },
}

interface SetMailboxes extends SetEmails {
  kind: 'mailboxIds'
  into: number[]
  isPatch: boolean
}

export const setMailboxes: StepKind<SetMailboxes> = {
  weight: 5,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('mailboxIds'),
    who,
    emails,
    into: indexes,
    isPatch: fc.boolean(),
  }),
  plan(world, model, step) {
    const mailboxes = [...new Set(step.into.map((each) => pick(model.list(), each)!.id))]
    const patch = step.isPatch
      ? Object.fromEntries(mailboxes.map((key) => [`mailboxIds/${model.id('mailbox', key)}`, true]))
      : { mailboxIds: idSet(model, 'mailbox', mailboxes) }
    return setEmails(
      world,
      model,
      step,
      (ids) => updateAll(ids, patch),
      (model, { key, id }, answer) => {
        const isGone = mailboxes.some((mailbox) => !model.mailboxes.has(mailbox))
        if (isGone && model.isVisible(key)) {
          if (answer) same(answer.notUpdated?.[id]?.type, 'invalidProperties', 'a mailbox that is gone')
        } else if (mustFind(model, key, id, answer, 'updated')) {
          const more = step.isPatch ? model.shownIn(key) : []
          model.setMailboxes(key, [...new Set([...more, ...mailboxes])])
        }
      },
    )
  },
}

interface Destroy extends SetEmails {
  kind: 'destroy'
}

export const destroy: StepKind<Destroy> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('destroy'), who, emails }),
  plan: (world, model, step) =>
    setEmails(
      world,
      model,
      step,
      (ids) => ({ destroy: ids }),
      (model, { key, id }, answer) => {
        if (mustFind(model, key, id, answer, 'destroyed')) model.destroy(key)
      },
    ),
}
