// Filing messages as new emails: what Email/set, Email/import and Email/copy have in common.
import {
  type FiledEmail,
  formatBlobId,
  formatId,
  MailstoreError,
  type NewEmail,
  type Transactor,
} from '@tandem/mailstore'
import { isObject } from '../../api/json.js'
import { invalidProperties, MethodError, type SetError, setErrorOf } from '../../errors.js'
import { readMailboxIds } from '../../objects/email-set.js'
import type { Problems } from '../../objects/problems.js'
import { formatState } from '../../objects/state.js'
import type { AccountContext } from '../method.js'
import type { CreationIds, SetOutcome } from '../set.js'

/** A message that is stored already, on its way into mailboxes. */
export interface Filing {
  creationId: string
  message: NewEmail['message']
  /** As the client sent them. */
  mailboxIds: unknown
  keywords: string[]
  receivedAt: Date
}

/** Before bytes of what may be many messages are read. Errors: stateMismatch. */
export async function checkState({ account }: AccountContext, ifInState: string | null): Promise<void> {
  if (ifInState === null) return
  const state = await account.read(async (r) => formatState(r.marks.email))
  if (state !== ifInState) throw new MethodError('stateMismatch', `the state is ${state}`)
}

/**
 * What is wrong with an object that is to be filed, its mailboxes among it; null where nothing is. Which mailboxes there
 * are is only asked for where something is wrong: what is right is judged under the account's lock.
 */
export async function allProblems(
  { account, createdIds }: AccountContext,
  problems: Problems,
  mailboxIds: unknown,
): Promise<SetError | null> {
  const resolve = (id: string) => (id.startsWith('#') ? (createdIds.get(id.slice(1)) ?? null) : id)
  const isSet = isObject(mailboxIds) && Object.keys(mailboxIds).length > 0
  if (isSet && !problems.error()) return null
  const mailboxes = isSet
    ? new Set((await account.read((r) => r.mailbox.list())).map(({ id }) => id))
    : new Set<number>()
  const read = readMailboxIds(mailboxIds, { mailboxes, resolve })
  if ('problem' in read) problems.add('mailboxIds', read.problem)
  return problems.error()
}

/** Files them into their mailboxes; each is among the outcome's created or notCreated afterwards. */
export async function fileEmails(
  tx: Transactor,
  ids: CreationIds,
  filings: readonly Filing[],
  outcome: SetOutcome,
): Promise<void> {
  if (filings.length === 0) return
  const known = {
    mailboxes: new Set((await tx.mailbox.list()).map(({ id }) => id)),
    resolve: ids.resolve,
  }
  const emails: { creationId: string; email: NewEmail }[] = []
  for (const { creationId, mailboxIds, ...rest } of filings) {
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
