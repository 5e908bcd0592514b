// Sending: RFC 8621 §7.5. To the account itself, so that it arrives; or held (RFC 4865), to be canceled.
import { parseId } from '@tandem/mailstore'
import fc from 'fast-check'
import { until } from '../../support/until.js'
import { must, same } from '../model.js'
import { answerOf, index, jmapOf, pick, plan, type Step, type StepKind, who } from '../step.js'
import type { World } from '../world.js'

interface Submit extends Step {
  kind: 'submit'
  email: number
  isHeld: boolean
  /** What onSuccessUpdateEmail or onSuccessDestroyEmail asks for. */
  next: 'nothing' | 'sent' | 'destroy'
}

export const submit: StepKind<Submit> = {
  weight: 2,
  step: fc.record({
    kind: fc.constant('submit'),
    who,
    email: index,
    isHeld: fc.boolean(),
    next: fc.constantFrom('nothing' as const, 'sent' as const, 'destroy' as const),
  }),
  plan(world, model, step) {
    const own = [...model.emails.values()].filter((email) => email.isOwn && model.isVisible(email.id))
    const email = pick(own, step.email)
    if (!email) return null
    const session = jmapOf(world, step)
    const emailId = model.id('email', email.id)!
    const sent = model.list().find(({ role }) => role === 'sent')
    // Whether the draft is destroyed before its copy arrives, nobody can say, and so not whether the two are a thread.
    const next = step.next === 'destroy' && !step.isHeld ? 'nothing' : step.next
    const mailFrom = { email: world.user, parameters: step.isHeld ? { HOLDFOR: '3600' } : null }
    return plan(
      session,
      async () => {
        const [{ list }] = (await session.call(['Identity/get', { ids: null }])) as [
          { list: { id: string }[] },
        ]
        const answers = await session.call([
          'EmailSubmission/set',
          {
            create: {
              s: {
                identityId: list[0]!.id,
                emailId,
                envelope: { mailFrom, rcptTo: [{ email: world.user, parameters: null }] },
              },
            },
            ...(next === 'destroy' ? { onSuccessDestroyEmail: ['#s'] } : {}),
            ...(next === 'sent'
              ? {
                  onSuccessUpdateEmail: {
                    '#s': {
                      'keywords/$draft': null,
                      ...(sent ? { mailboxIds: { [model.id('mailbox', sent.id)!]: true } } : {}),
                    },
                  },
                }
              : {}),
          },
        ])
        const id = answers[0]?.created?.s?.id
        if (id && !step.isHeld) await arrived(world, id)
        return answers
      },
      (model, answers) => {
        const answer = answerOf(answers)
        if (!model.emails.has(email.id) || !model.isVisible(email.id)) {
          must(!answer?.created, () => 'an email was sent that is not there')
          return
        }
        const id = answer?.created?.s?.id
        must(!answer || Boolean(id), () => `not sent: ${JSON.stringify(answer)}`)
        model.submit(email.id, step.isHeld ? 'pending' : 'final', id)
        model.commit()
        if (next === 'sent') {
          model.changeKeywords(email.id, 'remove', ['$draft'])
          if (sent && model.mailboxes.has(sent.id)) model.setMailboxes(email.id, [sent.id])
        }
        if (next === 'destroy') model.destroy(email.id)
        model.commit()
        if (next !== 'nothing') {
          const set = answerOf(answers, 1)
          const told = next === 'sent' ? Object.keys(set?.updated ?? {}) : set?.destroyed
          if (set) same(told, [emailId], 'the Email/set that follows a success')
        }
        if (step.isHeld) return
        model.file({ keys: email.keys, keywords: [], size: null }, [model.inbox().id])
        model.commit()
      },
    )
  },
}

/** Resolves once it was delivered. */
async function arrived(world: World, id: string): Promise<void> {
  const account = world.pair.mailstore.account(world.accountId)
  const number = parseId('submission', id)!
  const isSent = until(async () => {
    const [submission] = await account.read((r) => r.submission.list([number]))
    return submission?.recipients.every(({ state }) => state === 'delivered')
  })
  const stop = account.subscribe(new Set(['submission', 'membership'] as const), isSent.wake)
  await isSent.done.finally(stop)
}

interface Unsend extends Step {
  kind: 'unsend'
  submission: number
  /** Or destroys its record. */
  isCancel: boolean
}

export const unsend: StepKind<Unsend> = {
  weight: 1,
  step: fc.record({
    kind: fc.constant('unsend'),
    who,
    submission: index,
    isCancel: fc.boolean(),
  }),
  plan(world, model, step) {
    const [key] = pick([...model.submissions], step.submission) ?? []
    const id = key === undefined ? undefined : model.id('submission', key)
    if (key === undefined || id === undefined) return null
    const session = jmapOf(world, step)
    return plan(
      session,
      () =>
        session.call([
          'EmailSubmission/set',
          step.isCancel ? { update: { [id]: { undoStatus: 'canceled' } } } : { destroy: [id] },
        ]),
      (model, answers) => {
        const answer = answerOf(answers)
        const submission = model.submissions.get(key)
        const isDone = submission !== undefined && (!step.isCancel || submission.undoStatus !== 'final')
        if (answer) {
          const told = step.isCancel ? answer.updated?.[id] !== undefined : answer.destroyed?.includes(id)
          must(Boolean(told) === isDone, () => `${id}: ${JSON.stringify(answer)}`)
        }
        if (!isDone) return
        if (step.isCancel) submission.undoStatus = 'canceled'
        else model.submissions.delete(key)
        model.commit()
      },
    )
  },
}
