// What an administrator does beside the protocols: undelete, and housekeeping, which may forget (rules 10 and 11).
import { formatId, parseId } from '@tandem/mailstore'
import fc from 'fast-check'
import { must, same, type WireModel } from '../model.js'
import {
  answerOf,
  index,
  indexes,
  jmapOf,
  pick,
  plan,
  type Step,
  type StepKind,
  selects,
  who,
} from '../step.js'
import type { World } from '../world.js'

interface Undelete extends Step {
  kind: 'undelete'
  emails: number[]
  into: number | null
  /** Housekeeping before it, which keeps what is to be kept. */
  afterKeeping: boolean
}

export const undelete: StepKind<Undelete> = {
  weight: 3,
  step: fc.record({
    kind: fc.constant('undelete'),
    who,
    emails: indexes,
    into: fc.option(index),
    afterKeeping: fc.boolean(),
  }),
  plan(world, model, step) {
    const kept = [...model.lastIn.keys()]
    const keys = [...new Set(step.emails.flatMap((at) => pick(kept, at) ?? []))]
    if (keys.length === 0) return null
    const into = step.into === null ? null : pick(model.list(), step.into)!.id
    const number = (kind: 'email' | 'mailbox', key: number) => parseId(kind, model.id(kind, key)!)!
    const ids = keys.map((key) => number('email', key))
    const target = into === null ? undefined : number('mailbox', into)
    return plan(
      null,
      async () => {
        if (step.afterKeeping) await keep(world, {})
        const account = world.pair.mailstore.account(world.accountId)
        return account.transact((tx) => tx.email.undelete(ids, target))
      },
      (model, undeleted) => {
        const came = undeleted?.map(({ id }) => model.keyOf('email', formatId('email', id))!) ?? []
        same([...came].sort(), [...keys].sort(), 'what came back')
        for (const [i, key] of came.entries()) {
          const former = model.lastIn.get(key)!.filter((id) => model.mailboxes.has(id))
          const mailboxes = into !== null ? [into] : former.length > 0 ? former : [model.inbox().id]
          const uids = undeleted![i]!.uids
          same(uids.size, mailboxes.length, 'in how many mailboxes it came back')
          for (const id of mailboxes) {
            const uid = model.append(model.mailboxes.get(id)!, { emailId: key, deleted: false })
            same(uids.get(number('mailbox', id)), uid, 'the UID it came back under')
          }
        }
        model.commit()
      },
    )
  },
}

interface Keep extends Step {
  kind: 'keep'
  forget: 'nothing' | 'content' | 'all'
}

export const housekeeping: StepKind<Keep> = {
  weight: 1,
  step: fc.record({
    kind: fc.constant('keep'),
    who,
    forget: fc.constantFrom('nothing' as const, 'content' as const, 'all' as const, 'all' as const),
  }),
  plan(world, _model, step) {
    return plan(
      null,
      () => keep(world, FORGET[step.forget]),
      (model) => {
        if (step.forget !== 'nothing') forgetContent(model)
      },
    )
  },
}

interface Forgotten extends Step {
  kind: 'forgotten'
  email: number
  page: number
}

/**
 * Behind the horizon nothing is guessed (rule 10): an offline client, and an IMAP session that was cut off, know an email
 * that is destroyed; the tombstones go; and both come back.
 */
export const forgotten: StepKind<Forgotten> = {
  weight: 1,
  step: fc.record({
    kind: fc.constant('forgotten'),
    who,
    email: index,
    page: fc.constantFrom(1, 3, 100),
  }),
  plan(world, model, step) {
    const email = pick(
      [...model.emails.values()].filter(({ id }) => model.isVisible(id)),
      step.email,
    )
    if (!email) return null
    const mailbox = model.memberships(email.id)[0]!.mailbox
    const session = world.imap[0]!
    const client = jmapOf(world, step)
    const other = jmapOf(world, { ...step, who: step.who + 1 })
    const id = model.id('email', email.id)!
    return {
      ...plan(
        session,
        async () => {
          await client.sync(100)
          session.cut()
          const answers = await other.call(['Email/set', { destroy: [id] }])
          await keep(world, FORGET.all)
          await client.sync(step.page)
          world.behind.delete(client)
          same(client.knows(), await client.reads(), `${client.name} knows`)
          return answers
        },
        async (model, answers) => {
          same(answerOf(answers)?.destroyed, [id], 'what was destroyed')
          model.destroy(email.id)
          model.commit()
          forgetContent(model)
          const at = model.mailboxes.get(mailbox.id)!
          await world.prepare({ by: session, selects: selects(model, at) }, model)
        },
      ),
      selects: selects(model, mailbox),
    }
  },
}

const FORGET = {
  nothing: {},
  content: { emailDays: 0 },
  all: { emailDays: 0, tombstoneDays: 0 },
}

function forgetContent(model: WireModel): void {
  for (const key of model.lastIn.keys()) model.emails.delete(key)
  model.lastIn.clear()
}

/** A process may be at it already. */
async function keep(world: World, retention: { emailDays?: number; tombstoneDays?: number }): Promise<void> {
  if (retention.tombstoneDays === 0) for (const session of world.jmap) world.behind.add(session)
  for (let again = 0; again < 100; again++) {
    if (await world.pair.mailstore.housekeeping.run({ retention })) return
  }
  must(false, () => 'housekeeping has its turn')
}
