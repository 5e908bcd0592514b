// EmailSubmission/set: RFC 8621 §7.5, RFC 8620 §5.3.
import { type EmailSubmission, formatId, MailstoreError, parseId, type Transactor } from '@tandem/mailstore'
import { arrayOf, mapOf, nullable, object, string } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { type SetError, setErrorOf } from '../../errors.js'
import { type Rules, readRecordPatch } from '../../objects/record.js'
import { renderSubmission } from '../../objects/submission.js'
import { type AccountContext, ownAccountMethod } from '../method.js'
import {
  type CreationIds,
  checkSetSize,
  createOutcome,
  destroysOf,
  renderOutcome,
  SET_ARGUMENTS,
  type SetOutcome,
  transactInState,
  unsaid,
  updatesOf,
} from '../set.js'
import { notThere, prepareSubmissions, type ReadySubmission } from './create.js'

const ARGUMENTS = {
  ...SET_ARGUMENTS,
  onSuccessUpdateEmail: nullable(mapOf(object)),
  onSuccessDestroyEmail: nullable(arrayOf(string)),
}

/** Submissions that were created, updated or destroyed, and the email of each; both on the wire. */
type Done = Map<string, string>

export const emailSubmissionSet = ownAccountMethod(ARGUMENTS, async (context, args) => {
  const { limits } = context
  checkSetSize(limits, args.create?.size, args.update?.size, args.destroy?.length)
  // What follows from success must not fail for its size when the mail is out.
  checkSetSize(limits, args.onSuccessUpdateEmail?.size, args.onSuccessDestroyEmail?.length)
  const outcome = createOutcome()
  const ready = await prepareSubmissions(context, args.create ?? new Map(), outcome)
  const done: Done = new Map()
  const { oldState, newState } = await transactInState(
    context,
    'submission',
    args.ifInState,
    async (tx, ids) => {
      await createAll(tx, ids, ready, outcome, done)
      const keys = [...(args.update?.keys() ?? []), ...(args.destroy ?? [])]
      const there = await readAll(tx, keys.map(ids.resolve))
      for (const { key, id, current, patch } of updatesOf(args, ids, there, outcome)) {
        const error = await update(tx, ids, current, patch)
        if (error) outcome.notUpdated.set(key, error)
        else {
          done.set(id, formatId('email', current.email.emailId))
          outcome.updated.set(id, null)
        }
      }
      await describeCanceled(tx, there, outcome)
      const goes = destroysOf(args, ids, there, outcome)
      if (goes.length > 0) await tx.submission.destroy(goes.map(({ current }) => current.id))
      for (const { id, current } of goes) {
        done.set(id, formatId('email', current.email.emailId))
        outcome.destroyed.push(id)
      }
    },
  )
  changeEmails(context, args, done)
  return renderOutcome(outcome, oldState, newState)
})

async function createAll(
  tx: Transactor,
  ids: CreationIds,
  ready: readonly ReadySubmission[],
  outcome: SetOutcome,
  done: Done,
): Promise<void> {
  const made = new Map<number, ReadySubmission>()
  for (const each of ready) {
    try {
      made.set(await tx.submission.create(each.submission), each)
    } catch (error) {
      outcome.notCreated.set(each.creationId, refusalOf(error))
    }
  }
  for (const submission of await tx.submission.list([...made.keys()])) {
    const { creationId, object } = made.get(submission.id)!
    const id = formatId('submission', submission.id)
    ids.add(creationId, id)
    outcome.created.set(creationId, unsaid(renderSubmission(submission), object))
    done.set(id, formatId('email', submission.email.emailId))
  }
}

/** Gone since it was looked at without the lock. */
function refusalOf(error: unknown): SetError {
  const code = error instanceof MailstoreError ? error.code : null
  if (code === 'identityNotFound' || code === 'emailNotFound') {
    return notThere(code === 'identityNotFound', code === 'emailNotFound')
  }
  return setErrorOf(error)
}

async function readAll(
  tx: Transactor,
  ids: readonly (string | null)[],
): Promise<Map<string, EmailSubmission>> {
  const numbers = new Set(ids.map((id) => parseId('submission', id ?? '')).filter((id) => id !== null))
  const submissions = await tx.submission.list([...numbers])
  return new Map(submissions.map((submission) => [formatId('submission', submission.id), submission]))
}

/** Nothing can be changed but that a pending one is canceled. */
async function update(
  tx: Transactor,
  ids: CreationIds,
  current: EmailSubmission,
  patch: JsonObject,
): Promise<SetError | null> {
  const rules: Rules = {
    undoStatus: {
      problem: (value) =>
        value === current.undoStatus || value === 'canceled' ? null : 'can become "canceled", and no more',
    },
  }
  const read = readRecordPatch(patch, renderSubmission(current), rules, ids.resolve)
  if (!read.ok) return read.error
  if (!Object.hasOwn(read.values, 'undoStatus') || read.values.undoStatus === current.undoStatus) return null
  return tx.submission.cancel(current.id).then(() => null, setErrorOf)
}

/** What a cancel changed beside what was asked for (RFC 8620 §5.3, `updated`). */
async function describeCanceled(
  tx: Transactor,
  before: ReadonlyMap<string, EmailSubmission>,
  outcome: SetOutcome,
): Promise<void> {
  for (const [id, { undoStatus, deliveryStatus }] of await rendered(tx, [...outcome.updated.keys()])) {
    if (undoStatus !== before.get(id)!.undoStatus) outcome.updated.set(id, { deliveryStatus })
  }
}

async function rendered(tx: Transactor, ids: readonly string[]): Promise<[string, JsonObject][]> {
  const all = await readAll(tx, ids)
  return [...all].map(([id, submission]) => [id, renderSubmission(submission)])
}

/** RFC 8621 §7.5: one Email/set for all that the two arguments ask for. */
function changeEmails(
  { accountId, createdIds, implicitCalls }: AccountContext,
  args: { onSuccessUpdateEmail: Map<string, JsonObject> | null; onSuccessDestroyEmail: string[] | null },
  done: Done,
): void {
  const emailOf = (key: string) => done.get(key.startsWith('#') ? (createdIds.get(key.slice(1)) ?? '') : key)
  const update = new Map<string, JsonObject>()
  for (const [key, patch] of args.onSuccessUpdateEmail ?? []) {
    const emailId = emailOf(key)
    // Two submissions of one email: what both ask for.
    if (emailId !== undefined) update.set(emailId, { ...update.get(emailId), ...patch })
  }
  const emails = (args.onSuccessDestroyEmail ?? []).map(emailOf).filter((id) => id !== undefined)
  const destroy = [...new Set(emails)]
  if (update.size === 0 && destroy.length === 0) return
  implicitCalls.push({
    name: 'Email/set',
    args: { accountId, update: Object.fromEntries(update), destroy },
  })
}
