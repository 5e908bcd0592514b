// The `create` of EmailSubmission/set: RFC 8621 §7.5. All is read and judged before the account's lock is taken.
import {
  type Email,
  type Identity,
  MAX_HOLD,
  type NewSubmission,
  parseId,
  releaseTime,
} from '@tandem/mailstore'
import { asAddresses, type Header, isPlainAddress, parseMessage } from '@tandem/mime'
import type { JsonObject } from '../../api/json.js'
import { invalidProperties, type SetError, setErrorOf } from '../../errors.js'
import {
  type Envelope,
  generateEnvelope,
  isMailbox,
  isQualified,
  readEnvelope,
} from '../../objects/envelope.js'
import { createProblems, type Problems } from '../../objects/problems.js'
import type { AccountContext } from '../method.js'
import type { SetOutcome } from '../set.js'

/** A message of more is several; RFC 5321 §4.5.3.1.8 asks for a hundred. */
export const MAX_RECIPIENTS = 1_000
/** Octets, and fields. A parser keeps no more of a header: authors and recipients could be missed. */
const MAX_HEADER = 1024 * 1024
const MAX_FIELDS = 10_000

export interface ReadySubmission {
  creationId: string
  /** As the client sent it. */
  object: JsonObject
  submission: NewSubmission & { email: NonNullable<NewSubmission['email']> }
}

/** Those that can't be sent are in the outcome's notCreated. */
export async function prepareSubmissions(
  context: AccountContext,
  create: ReadonlyMap<string, JsonObject>,
  outcome: SetOutcome,
): Promise<ReadySubmission[]> {
  const wanted = new Map<string, Wanted>()
  for (const [creationId, object] of create) wanted.set(creationId, readWanted(context, object))
  const known = await readKnown(context, [...wanted.values()])
  const ready: ReadySubmission[] = []
  for (const [creationId, each] of wanted) {
    const submission = await prepare(context, each, known)
    if ('error' in submission) outcome.notCreated.set(creationId, submission.error)
    else ready.push({ creationId, object: create.get(creationId)!, submission })
  }
  return ready
}

interface Wanted {
  identityId: number | null
  emailId: number | null
  /** Null: to be made from the message. */
  envelope: Envelope | null
  /** What is wrong, as far as it was looked at. */
  problems: Problems
}

interface Known {
  emails: ReadonlyMap<number, Email>
  identities: ReadonlyMap<number, Identity>
}

type Refused = { error: SetError }

function readWanted({ createdIds }: AccountContext, object: JsonObject): Wanted {
  const { identityId, emailId, envelope = null, ...rest } = object
  const problems = createProblems()
  for (const name of Object.keys(rest))
    problems.add(name, `"${name.slice(0, 100)}" is not for a client to set`)
  const number = (kind: 'identity' | 'email', value: unknown) => {
    if (typeof value !== 'string') return null
    return parseId(kind, value.startsWith('#') ? (createdIds.get(value.slice(1)) ?? '') : value)
  }
  const read = envelope === null ? null : readEnvelope(envelope)
  const isWrong = read !== null && 'problem' in read
  if (isWrong) problems.add('envelope', `"envelope" ${read.problem}`)
  return {
    identityId: number('identity', identityId),
    emailId: number('email', emailId),
    envelope: isWrong ? null : read,
    problems,
  }
}

async function readKnown({ account }: AccountContext, wanted: readonly Wanted[]): Promise<Known> {
  const emailIds = [...new Set(wanted.map(({ emailId }) => emailId).filter((id) => id !== null))]
  const { emails, identities } = await account.read(async (r) => ({
    emails: await r.email.get(emailIds),
    identities: await r.identity.list(),
  }))
  return {
    emails: new Map(
      emails.filter(({ mailboxIds }) => mailboxIds.length > 0).map((email) => [email.id, email]),
    ),
    identities: new Map(identities.map((identity) => [identity.id, identity])),
  }
}

async function prepare(
  context: AccountContext,
  { identityId, emailId, envelope: given, problems }: Wanted,
  known: Known,
): Promise<ReadySubmission['submission'] | Refused> {
  const identity = known.identities.get(identityId ?? 0)
  const email = known.emails.get(emailId ?? 0)
  if (!identity) problems.add('identityId', 'there is no such identity')
  if (!email) problems.add('emailId', 'there is no such email')
  const error = problems.error()
  if (error || !identity || !email) return { error: error! }
  const { maxSizeUpload: maxSize } = context.limits
  if (email.size > maxSize) {
    return { error: { type: 'tooLarge', maxSize, description: `at most ${maxSize} octets can be sent` } }
  }
  const headers = await readHeaders(context, email)
  if ('error' in headers) return headers
  const invalid = invalidFields(headers)
  if (invalid) return { error: invalid }
  const envelope = given ?? generateEnvelope(headers, identity.email)
  if ('problem' in envelope) return { error: invalidEmail([envelope.property], envelope.problem) }
  const refused =
    (await refuseSender(context, envelope, headers)) ??
    (await refuseRecipients(
      context,
      envelope.rcptTo.map(({ address }) => address),
    ))
  if (refused) return { error: refused }
  const halfTyped = unfinishedFields(headers)
  if (halfTyped) return { error: halfTyped }
  const held = heldUntil(envelope)
  if (held && 'error' in held) return held
  return {
    principalId: context.principal.id,
    digest: email.digest,
    email: { emailId: email.id, identityId: identity.id },
    mailFrom: envelope.mailFrom.address,
    mailFromParameters: envelope.mailFrom.parameters,
    recipients: envelope.rcptTo,
    ...(held ? { sendAt: held } : {}),
  }
}

/** RFC 8621 §7.5: an id that cannot be found is an invalid property. */
export function notThere(noIdentity: boolean, noEmail: boolean): SetError {
  const names = [...(noIdentity ? ['identityId'] : []), ...(noEmail ? ['emailId'] : [])]
  return invalidProperties(names, `there is no such ${noIdentity ? 'identity' : 'email'}`)
}

function invalidEmail(properties: string[], description: string): SetError {
  return { type: 'invalidEmail', properties, description }
}

/** The fields as they are: the store's summary is of a bounded number of addresses. */
async function readHeaders(
  { account, octets }: AccountContext,
  { id, digest, summary }: Email,
): Promise<readonly Header[] | Refused> {
  const { headerStart, headerEnd } = summary.structure
  const length = headerEnd - headerStart
  if (length > MAX_HEADER) {
    return { error: invalidEmail(['headers'], `the header has more than ${MAX_HEADER} octets`) }
  }
  if (!octets.take(length)) {
    return { error: { type: 'rateLimit', description: 'too many octets for one request' } }
  }
  const [blob] = await account.blobs.openSlices([{ digest, start: headerStart, end: headerEnd }])
  if (!blob) throw new Error(`email ${id} of account ${account.id} has no bytes`)
  const { headers } = parseMessage(await blob.read(headerStart, length))
  return headers.length > MAX_FIELDS
    ? { error: invalidEmail(['headers'], `the header has more than ${MAX_FIELDS} fields`) }
    : headers
}

/** RFC 5322 §3.6: one From, and one Sender at most. */
function invalidFields(headers: readonly Header[]): SetError | null {
  const of = (wanted: string) => headers.filter(({ name }) => name.toLowerCase() === wanted)
  const from = of('from')
  const isUnfinished = (header: Header | undefined) => header !== undefined && unfinished(header).length > 0
  const properties = [
    ...(from.length !== 1 || asAddresses(from[0]!.raw).length === 0 || isUnfinished(from[0]) ? ['from'] : []),
    ...(of('sender').length > 1 || isUnfinished(of('sender')[0]) ? ['sender'] : []),
  ]
  return properties.length === 0
    ? null
    : invalidEmail(properties, 'a message has one From field with an address, and one Sender field at most')
}

/** What a draft may have in an address's place, and nobody can answer. */
function unfinished({ raw }: Header): string[] {
  return asAddresses(raw)
    .map(({ email }) => email)
    .filter((email) => !isPlainAddress(email))
}

const ADDRESS_FIELDS: Readonly<Record<string, string>> = {
  to: 'to',
  cc: 'cc',
  bcc: 'bcc',
  'reply-to': 'replyTo',
}

/** RFC 8621 §7.5: those whose envelope is right, while their fields have something that is no address. */
function unfinishedFields(headers: readonly Header[]): SetError | null {
  const found = headers.flatMap((header) => {
    const name = header.name.toLowerCase()
    const property = Object.hasOwn(ADDRESS_FIELDS, name) ? ADDRESS_FIELDS[name]! : null
    return property === null ? [] : unfinished(header).map((text) => ({ property, text }))
  })
  if (found.length === 0) return null
  const properties = [...new Set(found.map(({ property }) => property))]
  return invalidEmail(properties, `"${found[0]!.text.slice(0, 100)}" is no address`)
}

/**
 * RFC 6409 §6.1: whoever submits is the author, whoever sends for him, and whom reports go to. RFC 8621 §7 leaves it
 * open whether the empty address is let in: it is for reports, which nobody submits here, by SMTP either.
 */
async function refuseSender(
  { account, principal }: AccountContext,
  { mailFrom: { address: mailFrom } }: Envelope,
  headers: readonly Header[],
): Promise<SetError | null> {
  const authors = headers
    .filter(({ name }) => ['from', 'sender'].includes(name.toLowerCase()))
    .flatMap(({ raw }) => asAddresses(raw).map(({ email }) => email))
  const others = await account.read((r) => r.identity.notOwn(principal.id, [mailFrom, ...authors]))
  if (others.includes(mailFrom) || !isMailbox(mailFrom)) {
    return {
      type: 'forbiddenMailFrom',
      description: `"${mailFrom.slice(0, 100)}" is not an address of yours`,
    }
  }
  const [other] = others
  if (other === undefined) return null
  return { type: 'forbiddenFrom', description: `"${other.slice(0, 100)}" is not an address of yours` }
}

async function refuseRecipients(
  { mailstore: { directory } }: AccountContext,
  addresses: readonly string[],
): Promise<SetError | null> {
  if (addresses.length === 0) return { type: 'noRecipients', description: 'the message is for nobody' }
  if (addresses.length > MAX_RECIPIENTS) {
    const description = `a message has at most ${MAX_RECIPIENTS} recipients`
    return { type: 'tooManyRecipients', maxRecipients: MAX_RECIPIENTS, description }
  }
  const destinations = await directory.destinations(addresses)
  const invalid = addresses.filter((address) => {
    const destination = destinations.get(address)!
    const isReached =
      destination === 'elsewhere'
        ? isQualified(address.slice(address.lastIndexOf('@') + 1))
        : destination !== 'unknown'
    return !isReached || !isMailbox(address)
  })
  if (invalid.length === 0) return null
  const description = `no mail can be sent to ${invalid.slice(0, 5).join(', ').slice(0, 300)}`
  return { type: 'invalidRecipients', invalidRecipients: invalid, description }
}

/** RFC 4865 */
function heldUntil({ mailFrom }: Envelope): Date | null | Refused {
  try {
    return releaseTime(mailFrom.parameters, { now: new Date(), maxSeconds: MAX_HOLD })
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}
