// New emails by JMAP: Email/import (RFC 8621 §4.8), Email/set create (§4.6), and a draft that is written anew.
import fc from 'fast-check'
import type { Json } from '../../support/jmap.js'
import { bytesOf, fieldsOf, keysOf, type MessageChoice, message } from '../messages.js'
import { must, type WireModel } from '../model.js'
import {
  answerOf,
  idSet,
  index,
  jmapOf,
  keywords,
  pick,
  plan,
  type Step,
  type StepKind,
  who,
} from '../step.js'
import type { World } from '../world.js'

const places = fc.uniqueArray(index, { minLength: 1, maxLength: 2 })
const keysAt = (model: WireModel, into: readonly number[]) =>
  [...new Set(into.map((at) => pick(model.list(), at)!.id))].sort((a, b) => a - b)
const wordSet = (words: Iterable<string>) => Object.fromEntries([...words].map((word) => [word, true]))

interface New {
  mailboxes: number[]
  message: MessageChoice
  keywords: string[]
  size: number | null
  isOwn: boolean
}

/** Says that it was filed, unless one of its mailboxes is gone. `answer`: of the /set or import. */
function replayNew(model: WireModel, key: string, email: New, answer: Json | null): number | null {
  const isGone = email.mailboxes.some((each) => !model.mailboxes.has(each))
  if (answer) {
    const created = answer.created?.[key]
    must(Boolean(created) !== isGone, () => `${key}: ${JSON.stringify(answer)}`)
  }
  if (isGone) return null
  const { size, keywords, isOwn } = email
  const filed = model.file({ keys: keysOf(email.message), keywords, size, isOwn }, email.mailboxes)
  const created = answer?.created?.[key]
  if (created) {
    model.bind('email', filed.key, created.id)
    model.bind('thread', model.emails.get(filed.key)!.threadId, created.threadId)
    model.learnSize(filed.key, created.size)
  }
  return filed.key
}

interface Import extends Step {
  kind: 'import'
  into: number[]
  message: MessageChoice
  keywords: string[]
}

export const importEmail: StepKind<Import> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('import'), who, into: places, message, keywords }),
  plan(world, model, step) {
    const session = jmapOf(world, step)
    const mailboxes = keysAt(model, step.into)
    const mailboxIds = idSet(model, 'mailbox', mailboxes)
    const bytes = bytesOf(step.message)
    return plan(
      session,
      async () => {
        const blobId = await session.upload(bytes)
        const email = { blobId, mailboxIds, keywords: wordSet(step.keywords) }
        return session.call(['Email/import', { emails: { i: email } }])
      },
      (model, answers) => {
        const { message, keywords } = step
        const email = { mailboxes, message, keywords, size: bytes.length, isOwn: false }
        replayNew(model, 'i', email, answerOf(answers))
        model.commit()
      },
    )
  },
}

/** The `create` of a draft that its author may send. */
function draftOf(world: World, model: WireModel, choice: MessageChoice, mailboxes: readonly number[]): Json {
  const { subject, messageId, inReplyTo } = fieldsOf(choice)
  return {
    mailboxIds: idSet(model, 'mailbox', mailboxes),
    keywords: { $draft: true, $seen: true },
    from: [{ email: world.user }],
    to: [{ email: world.user }],
    subject,
    messageId: [messageId],
    ...(inReplyTo ? { inReplyTo: [inReplyTo] } : {}),
    bodyStructure: { type: 'text/plain', partId: 't' },
    bodyValues: { t: { value: 'A draft.' } },
  }
}

interface Draft extends Step {
  kind: 'draft'
  into: number[]
  message: MessageChoice
}

export const draft: StepKind<Draft> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('draft'), who, into: places, message }),
  plan(world, model, step) {
    const session = jmapOf(world, step)
    const mailboxes = keysAt(model, step.into)
    const create = { d: draftOf(world, model, step.message, mailboxes) }
    return plan(
      session,
      () => session.call(['Email/set', { create }]),
      (model, answers) => {
        replayNew(model, 'd', newDraft(mailboxes, step.message), answerOf(answers))
        model.commit()
      },
    )
  },
}

const newDraft = (mailboxes: number[], message: MessageChoice): New => ({
  mailboxes,
  message,
  keywords: ['$draft', '$seen'],
  size: null,
  isOwn: true,
})

interface Redraft extends Step {
  kind: 'redraft'
  email: number
  message: MessageChoice
}

/** RFC 8621 §4.6: what a draft says can't be changed, so it is created anew and the old one destroyed, in one call. */
export const redraft: StepKind<Redraft> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('redraft'), who, email: index, message }),
  plan(world, model, step) {
    const drafts = [...model.emails.values()].filter(
      (email) => email.keywords.has('$draft') && model.isVisible(email.id),
    )
    const old = pick(drafts, step.email)
    if (!old) return null
    const session = jmapOf(world, step)
    const mailboxes = model.shownIn(old.id)
    const id = model.id('email', old.id)!
    const create = { d: draftOf(world, model, step.message, mailboxes) }
    return plan(
      session,
      () => session.call(['Email/set', { create, destroy: [id] }]),
      (model, answers) => {
        const answer = answerOf(answers)
        // The new one comes first (RFC 8620 §5.3), and so joins the thread of the old one where it matches.
        replayNew(model, 'd', newDraft(mailboxes, step.message), answer)
        const isThere = model.emails.has(old.id) && model.isVisible(old.id)
        if (isThere) model.destroy(old.id)
        model.commit()
        if (answer) must(Boolean(answer.destroyed?.includes(id)) === isThere, () => `destroy of ${id}`)
      },
    )
  },
}
