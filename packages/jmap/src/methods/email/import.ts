// Email/import: RFC 8621 §4.8. Bytes are stored and parsed before the account's lock is taken (rule 3).
import type { Account, IngestedMessage } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { byCreationId, nullable, object, string } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { openContent, readContent } from '../../blobs/content.js'
import { type SetError, setErrorOf } from '../../errors.js'
import { parseUTCDate } from '../../objects/dates.js'
import { readKeywords } from '../../objects/keywords.js'
import { createProblems } from '../../objects/problems.js'
import { lookAtHeader } from '../../objects/received-date.js'
import { type AccountContext, accountMethod } from '../method.js'
import { checkSetSize, createOutcome, transactInState } from '../set.js'
import { allProblems, checkState, type Filing, fileEmails } from './file.js'

const ARGUMENTS = { ifInState: nullable(string), emails: byCreationId(object) }

export const emailImport = accountMethod(ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.emails.size)
  await checkState(context, args.ifInState)
  const outcome = createOutcome()
  const imports: Filing[] = []
  for (const [creationId, emailImport] of args.emails) {
    const ready = await prepare(context, emailImport)
    if ('error' in ready) outcome.notCreated.set(creationId, ready.error)
    else imports.push({ creationId, ...ready })
  }
  const { oldState, newState } = await transactInState(context, 'email', args.ifInState, (tx, ids) =>
    fileEmails(tx, ids, imports, outcome),
  )
  const { created, notCreated } = outcome
  return {
    oldState,
    newState,
    created: created.size === 0 ? null : Object.fromEntries(created),
    notCreated: notCreated.size === 0 ? null : Object.fromEntries(notCreated),
  }
})

/** All that needs no lock: the bytes are ingested, and what needs no look at the account is checked. */
async function prepare(
  context: AccountContext,
  emailImport: JsonObject,
): Promise<Omit<Filing, 'creationId'> | { error: SetError }> {
  const { account, principal, limits } = context
  const { blobId, mailboxIds, keywords = {}, receivedAt = null, ...unknown } = emailImport
  const problems = createProblems()
  for (const name of Object.keys(unknown)) problems.add(name, `an EmailImport has no "${name.slice(0, 100)}"`)
  const set = readKeywords(keywords)
  if ('problem' in set) problems.add('keywords', set.problem)
  const date = receivedAt === null ? null : parseUTCDate(receivedAt)
  if (date === null && receivedAt !== null) problems.add('receivedAt', 'receivedAt must be a UTCDate')
  const content = typeof blobId === 'string' ? await openContent(account, principal, blobId) : null
  if (!content) problems.add('blobId', 'there is no such blob')
  const error = await allProblems(context, problems, mailboxIds)
  if (error || !content || 'problem' in set) return { error: error! }
  if (content.size === 0) return { error: { type: 'invalidEmail', description: 'the blob is empty' } }
  if (content.size > limits.maxSizeUpload) {
    return {
      error: { type: 'tooLarge', description: `a message has at most ${limits.maxSizeUpload} octets` },
    }
  }
  const bytes = await readContent(content)
  try {
    const message = await account.ingest(bytes, { nul: 'refuse', maxSize: limits.maxSizeUpload })
    const { hasFields, date: received } = await lookAt(account, bytes, message)
    // Any bytes are a body, but a message without one field is none (RFC 5322 §3.6).
    if (!hasFields) return { error: { type: 'invalidEmail', description: 'it has no header field' } }
    return { message, mailboxIds, keywords: set, receivedAt: date ?? received ?? new Date() }
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}

async function lookAt(
  { reading }: Account,
  bytes: Uint8Array,
  { summary }: IngestedMessage,
): Promise<{ hasFields: boolean; date: Date | null }> {
  const { headerStart, headerEnd } = summary.structure
  try {
    return await reading.run(lookAtHeader, bytes.subarray(headerStart, headerEnd))
  } catch (error) {
    // It is too much to be read, and so not nothing.
    if (isBeyondBounds(error)) return { hasFields: true, date: null }
    throw error
  }
}
