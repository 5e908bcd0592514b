// Email/import: RFC 8621 §4.8. Bytes are stored and parsed before the account's lock is taken (DESIGN rule 3).
import {
  type FiledEmail,
  formatBlobId,
  formatId,
  MailstoreError,
  type NewEmail,
  type Transactor,
} from '@tandem/mailstore'
import { parseMessage } from '@tandem/mime'
import { byCreationId, nullable, object, string } from '../../api/arguments.js'
import type { JsonObject } from '../../api/json.js'
import { openContent, readContent } from '../../blobs/content.js'
import { invalidProperties, MethodError, type SetError, setErrorOf } from '../../errors.js'
import { parseUTCDate } from '../../objects/dates.js'
import { readMailboxIds } from '../../objects/email-set.js'
import { readKeywords } from '../../objects/keywords.js'
import { receivedDate } from '../../objects/received-date.js'
import { formatState } from '../../objects/state.js'
import { type AccountContext, accountMethod } from '../method.js'
import { type CreationIds, checkSetSize, createOutcome, type SetOutcome, transactInState } from '../set.js'

const ARGUMENTS = { ifInState: nullable(string), emails: byCreationId(object) }

export const emailImport = accountMethod(ARGUMENTS, async (context, args) => {
  checkSetSize(context.limits, args.emails.size)
  await checkState(context, args.ifInState)
  const outcome = createOutcome()
  const imports: Import[] = []
  for (const [creationId, emailImport] of args.emails) {
    const ready = await prepare(context, emailImport)
    if ('error' in ready) outcome.notCreated.set(creationId, ready.error)
    else imports.push({ creationId, ...ready })
  }
  const { oldState, newState } = await transactInState(context, 'email', args.ifInState, (tx, ids) =>
    file(tx, ids, imports, outcome),
  )
  const { created, notCreated } = outcome
  return {
    oldState,
    newState,
    created: created.size === 0 ? null : Object.fromEntries(created),
    notCreated: notCreated.size === 0 ? null : Object.fromEntries(notCreated),
  }
})

interface Prepared {
  message: NewEmail['message']
  mailboxIds: unknown
  keywords: string[]
  receivedAt: Date
}

type Import = Prepared & { creationId: string }

/** Before the bytes of what may be many messages are read. Errors: stateMismatch. */
async function checkState({ account }: AccountContext, ifInState: string | null): Promise<void> {
  if (ifInState === null) return
  const state = await account.read(async (r) => formatState(r.marks.email))
  if (state !== ifInState) throw new MethodError('stateMismatch', `the state is ${state}`)
}

/** All that needs no lock: the bytes are ingested, and what needs no look at the account is checked. */
async function prepare(
  { account, principal, limits }: AccountContext,
  emailImport: JsonObject,
): Promise<Prepared | { error: SetError }> {
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
    return { message, mailboxIds, keywords: set, receivedAt: date ?? defaultDate(bytes, message) }
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}

function defaultDate(bytes: Uint8Array, message: NewEmail['message']): Date {
  const { headerStart, headerEnd } = message.summary.structure
  return receivedDate(parseMessage(bytes.subarray(headerStart, headerEnd)).headers) ?? new Date()
}

async function file(
  tx: Transactor,
  ids: CreationIds,
  imports: readonly Import[],
  outcome: SetOutcome,
): Promise<void> {
  const known = {
    mailboxes: new Set((await tx.mailbox.list()).map(({ id }) => id)),
    resolve: ids.resolve,
  }
  const emails: { creationId: string; email: NewEmail }[] = []
  for (const { creationId, mailboxIds, ...rest } of imports) {
    const numbers = readMailboxIds(mailboxIds, known)
    if ('problem' in numbers) {
      outcome.notCreated.set(creationId, invalidProperties(['mailboxIds'], numbers.problem))
    } else emails.push({ creationId, email: { ...rest, mailboxIds: numbers } })
  }
  if (emails.length === 0) return
  for (const { creationId, email, filed } of await create(tx, emails, outcome)) {
    const id = formatId('email', filed.id)
    ids.add(creationId, id)
    outcome.created.set(creationId, {
      id,
      blobId: formatBlobId({ digest: email.message.digest }),
      threadId: formatId('thread', filed.threadId),
      size: email.message.size,
    })
  }
}

/** All at once; one by one where the store refuses that, to find out which. */
async function create<E extends { creationId: string; email: NewEmail }>(
  tx: Transactor,
  emails: readonly E[],
  outcome: SetOutcome,
): Promise<(E & { filed: FiledEmail })[]> {
  try {
    const filed = await tx.email.create(emails.map(({ email }) => email))
    return emails.map((each, index) => ({ ...each, filed: filed[index]! }))
  } catch (error) {
    if (!(error instanceof MailstoreError)) throw error
    if (emails.length === 1) {
      outcome.notCreated.set(emails[0]!.creationId, setErrorOf(error))
      return []
    }
  }
  const one: (E & { filed: FiledEmail })[] = []
  for (const each of emails) one.push(...(await create(tx, [each], outcome)))
  return one
}
