// Email/import: RFC 8621 §4.8. Bytes are stored and parsed before the account's lock is taken (rule 3).
import type { Account, IngestedMessage } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { byCreationId, nullable, object, string } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { openContent, readContent } from '../../blobs/content.js'
import { invalidProperties, type SetError, setErrorOf } from '../../errors.js'
import { parseUTCDate } from '../../objects/dates.js'
import { readKeywords } from '../../objects/keywords.js'
import { dateOfHeader } from '../../objects/received-date.js'
import { type AccountContext, accountMethod } from '../method.js'
import { checkSetSize, createOutcome, transactInState } from '../set.js'
import { checkState, type Filing, fileEmails } from './file.js'

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
  { account, principal, limits }: AccountContext,
  emailImport: JsonObject,
): Promise<Omit<Filing, 'creationId'> | { error: SetError }> {
  const { blobId, mailboxIds, keywords = {}, receivedAt, ...unknown } = emailImport
  if (Object.keys(unknown).length > 0) {
    return { error: invalidProperties(Object.keys(unknown), 'an EmailImport has no such property') }
  }
  const set = readKeywords(keywords)
  if ('problem' in set) return { error: invalidProperties(['keywords'], set.problem) }
  const date = receivedAt === undefined || receivedAt === null ? null : parseUTCDate(receivedAt)
  if (date === null && receivedAt !== undefined && receivedAt !== null) {
    return { error: invalidProperties(['receivedAt'], 'receivedAt must be a UTCDate') }
  }
  const content = typeof blobId === 'string' ? await openContent(account, principal, blobId) : null
  if (!content) return { error: invalidProperties(['blobId'], 'there is no such blob') }
  if (content.size === 0) return { error: { type: 'invalidEmail', description: 'the blob is empty' } }
  if (content.size > limits.maxSizeUpload) {
    return {
      error: { type: 'tooLarge', description: `a message has at most ${limits.maxSizeUpload} octets` },
    }
  }
  const bytes = await readContent(content)
  try {
    const message = await account.ingest(bytes, { nul: 'refuse', maxSize: limits.maxSizeUpload })
    return {
      message,
      mailboxIds,
      keywords: set,
      receivedAt: date ?? (await defaultDate(account, bytes, message)),
    }
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}

async function defaultDate(
  { reading }: Account,
  bytes: Uint8Array,
  { summary }: IngestedMessage,
): Promise<Date> {
  const { headerStart, headerEnd } = summary.structure
  try {
    return (await reading.run(dateOfHeader, bytes.subarray(headerStart, headerEnd))) ?? new Date()
  } catch (error) {
    if (isBeyondBounds(error)) return new Date()
    throw error
  }
}
