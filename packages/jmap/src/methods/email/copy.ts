// Email/copy: RFC 8621 §4.7, RFC 8620 §5.4. As with an import, bytes are stored before the account's lock is taken.
import { type Email, parseId } from '@tandem/mailstore'
import { byCreationId, nullable, object, string } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { MethodError, type SetError, setErrorOf } from '../../errors.js'
import { parseUTCDate } from '../../objects/dates.js'
import { readKeywords } from '../../objects/keywords.js'
import { createProblems } from '../../objects/problems.js'
import { formatState } from '../../objects/state.js'
import { type CopyContext, copyMethod } from '../method.js'
import { checkSetSize, createOutcome, transactInState } from '../set.js'
import { optionalBoolean } from '../standard.js'
import { allProblems, checkState, type Filing, fileEmails } from './file.js'

const ARGUMENTS = {
  ifFromInState: nullable(string),
  ifInState: nullable(string),
  create: byCreationId(object),
  onSuccessDestroyOriginal: optionalBoolean,
  destroyFromIfInState: nullable(string),
}

export const emailCopy = copyMethod(ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.create.size)
  await checkState(context, args.ifInState)
  const originals = await readOriginals(context, args.create, args.ifFromInState)
  const outcome = createOutcome()
  const filings: Filing[] = []
  for (const [creationId, values] of args.create) {
    const copy = await prepare(context, values, originals)
    if ('error' in copy) outcome.notCreated.set(creationId, copy.error)
    else filings.push({ creationId, ...copy })
  }
  const { oldState, newState } = await transactInState(context, 'email', args.ifInState, (tx, ids) =>
    fileEmails(tx, ids, filings, outcome),
  )
  const { created, notCreated } = outcome
  if (args.onSuccessDestroyOriginal && created.size > 0) {
    const destroy = new Set([...created.keys()].map((creationId) => args.create.get(creationId)!.id))
    context.implicitCalls.push({
      name: 'Email/set',
      args: {
        accountId: context.from.accountId,
        ifInState: args.destroyFromIfInState,
        destroy: [...destroy],
      },
    })
  }
  return {
    oldState,
    newState,
    created: created.size === 0 ? null : Object.fromEntries(created),
    notCreated: notCreated.size === 0 ? null : Object.fromEntries(notCreated),
  }
})

/** By their ids on the wire. Errors: stateMismatch. */
async function readOriginals(
  { from }: CopyContext,
  create: ReadonlyMap<string, JsonObject>,
  ifFromInState: string | null,
): Promise<Map<number, Email>> {
  const ids = [...create.values()].map(({ id }) => originalId(id)).filter((id) => id !== null)
  return from.account.read(async (r) => {
    const state = formatState(r.marks.email)
    if (ifFromInState !== null && ifFromInState !== state) {
      throw new MethodError('stateMismatch', `the state of the account to copy from is ${state}`)
    }
    const emails = await r.email.get([...new Set(ids)])
    return new Map(emails.filter(({ mailboxIds }) => mailboxIds.length > 0).map((email) => [email.id, email]))
  })
}

const originalId = (id: unknown) => (typeof id === 'string' ? parseId('email', id) : null)

async function prepare(
  context: CopyContext,
  values: JsonObject,
  originals: ReadonlyMap<number, Email>,
): Promise<Omit<Filing, 'creationId'> | { error: SetError }> {
  const { account, from, limits } = context
  const { id, mailboxIds, keywords, receivedAt = null, ...rest } = values
  const original = originals.get(originalId(id) ?? 0)
  if (!original) return { error: { type: 'notFound', description: 'there is no such email to copy' } }
  const problems = createProblems()
  for (const name of Object.keys(rest)) problems.add(name, `a copy cannot change "${name.slice(0, 100)}"`)
  // What it has may be kept, whatever it is.
  const set = keywords === undefined ? original.keywords : readKeywords(keywords)
  if ('problem' in set) problems.add('keywords', set.problem)
  const date = receivedAt === null ? original.receivedAt : parseUTCDate(receivedAt)
  if (!date) problems.add('receivedAt', 'receivedAt must be a UTCDate')
  const error = await allProblems(context, problems, mailboxIds)
  if (error || 'problem' in set || !date) return { error: error! }
  const blob = await from.account.blobs.open(original.digest)
  if (!blob) throw new Error(`email ${original.id} of account ${from.account.id} has no bytes`)
  try {
    const options = { nul: 'refuse', maxSize: limits.maxSizeUpload } as const
    return {
      message: await account.ingest(blob.stream(), options),
      mailboxIds,
      keywords: set,
      receivedAt: date,
    }
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}
