// The `create` of EmailSubmission/set: RFC 8621 §7.5. All is read and judged before the account's lock is taken.
import {
  type Email,
  type Identity,
  judgeSender,
  MAX_HOLD,
  type NewSubmission,
  notOwn,
  parseId,
  releaseTime,
  submitterOf,
} from '@tandem/mailstore'
import {
  asAddresses,
  crlfLines,
  type Header,
  isPlainAddress,
  type LeavingHeader,
  leavingHeader,
  MAX_LEAVING,
  withCrlf,
} from '@tandem/mime'
import type { JsonObject } from '../../api/json.js'
import { invalidProperties, type SetError, setErrorOf } from '../../errors.js'
import {
  type Envelope,
  generateEnvelope,
  isMailbox,
  isQualified,
  readEnvelope,
} from '../../objects/envelope.js'
import type { AccountContext } from '../method.js'
import type { SetOutcome } from '../set.js'

/** A message of more is several; RFC 5321 §4.5.3.1.8 asks for a hundred. */
export const MAX_RECIPIENTS = 1_000
/** Octets read behind the header as it is stored: with other line ends it may be a little longer. */
const BEYOND = 8 * 1024

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
  for (const [creationId, object] of create) {
    const read = readWanted(context, object)
    if ('error' in read) outcome.notCreated.set(creationId, read.error)
    else wanted.set(creationId, read)
  }
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
}

interface Known {
  emails: ReadonlyMap<number, Email>
  identities: ReadonlyMap<number, Identity>
}

type Refused = { error: SetError }

function readWanted({ createdIds }: AccountContext, object: JsonObject): Wanted | Refused {
  const { identityId, emailId, envelope = null, ...rest } = object
  const names = Object.keys(rest)
  if (names.length > 0) return { error: invalidProperties(names, 'not for a client to set') }
  const number = (kind: 'identity' | 'email', value: unknown) => {
    if (typeof value !== 'string') return null
    return parseId(kind, value.startsWith('#') ? (createdIds.get(value.slice(1)) ?? '') : value)
  }
  const read = envelope === null ? null : readEnvelope(envelope)
  if (read && 'problem' in read)
    return { error: invalidProperties(['envelope'], `"envelope" ${read.problem}`) }
  return { identityId: number('identity', identityId), emailId: number('email', emailId), envelope: read }
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
  { identityId, emailId, envelope: given }: Wanted,
  known: Known,
): Promise<ReadySubmission['submission'] | Refused> {
  const identity = known.identities.get(identityId ?? 0)
  const email = known.emails.get(emailId ?? 0)
  if (!identity || !email) return { error: notThere(!identity, !email) }
  const { maxSizeUpload: maxSize } = context.limits
  if (email.size > maxSize) {
    return { error: { type: 'tooLarge', maxSize, description: `at most ${maxSize} octets can be sent` } }
  }
  const header = await readHeader(context, email)
  if ('error' in header) return header
  const barred =
    unfinishedFields(addressing(header), AUTHOR_FIELDS) ?? (await refuseAuthor(context, email, header))
  if (barred) return { error: barred }
  const envelope = given ?? generateEnvelope(addressing(header), identity.email)
  if ('problem' in envelope) return { error: invalidEmail([envelope.property], envelope.problem) }
  const refused =
    (await refuseMailFrom(context, envelope)) ??
    (await refuseRecipients(
      context,
      envelope.rcptTo.map(({ address }) => address),
    ))
  if (refused) return { error: refused }
  const halfTyped = unfinishedFields(addressing(header), RECIPIENT_FIELDS)
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

/** The header as it leaves: other line ends may make other fields of what is stored. */
async function readHeader(
  { account, octets }: AccountContext,
  { id, digest, size, summary }: Email,
): Promise<LeavingHeader | Refused> {
  const length = Math.min(size, summary.structure.headerEnd + BEYOND)
  const tooLarge = `the header has more than ${MAX_LEAVING.octets} octets or ${MAX_LEAVING.fields} fields`
  if (length > MAX_LEAVING.octets + BEYOND) return { error: invalidEmail(['headers'], tooLarge) }
  if (!octets.take(length)) return { error: TOO_MUCH }
  const [blob] = await account.blobs.openSlices([{ digest, start: 0, end: length }])
  if (!blob) throw new Error(`email ${id} of account ${account.id} has no bytes`)
  return leavingHeader(withCrlf(await blob.read(0, length))) ?? { error: invalidEmail(['headers'], tooLarge) }
}

const AUTHOR_FIELDS = { from: 'from', sender: 'sender' }
const RECIPIENT_FIELDS = { to: 'to', cc: 'cc', bcc: 'bcc', 'reply-to': 'replyTo' }

/** RFC 8621 §7.5. A draft may have in an address's place what nobody can answer. `properties`: by field. */
function unfinishedFields(
  headers: readonly Header[],
  properties: Readonly<Record<string, string>>,
): SetError | null {
  const found = headers.flatMap(({ name, raw }) => {
    const property = new Map(Object.entries(properties)).get(name.toLowerCase())
    if (property === undefined) return []
    const texts = asAddresses(raw).map(({ email }) => email)
    return texts.filter((text) => !isPlainAddress(text)).map((text) => ({ property, text }))
  })
  if (found.length === 0) return null
  const named = [...new Set(found.map(({ property }) => property))]
  return invalidEmail(named, `"${found[0]!.text.slice(0, 100)}" is no address`)
}

const TOO_MUCH: SetError = { type: 'rateLimit', description: 'too many octets for one request' }

/** RFC 6409 §6.1: whoever submits is the author, and whoever sends for him. */
async function refuseAuthor(
  { account, mailstore: { directory }, octets }: AccountContext,
  { digest, size }: Email,
  { claims }: LeavingHeader,
): Promise<SetError | null> {
  let isTooMuch = false
  const read = async function* () {
    isTooMuch = !octets.take(size)
    const blob = isTooMuch ? null : await account.blobs.open(digest)
    if (blob) yield* crlfLines(blob.stream())
  }
  const fault = await judgeSender(claims, submitterOf({ directory, account }, read))
  if (isTooMuch) return TOO_MUCH
  if (!fault) return null
  if (fault.kind === 'malformed') return invalidEmail(fault.fields.map(propertyOf), fault.why)
  const description = `"${fault.address.slice(0, 100)}" in ${fault.field} is not an address of yours`
  return { type: 'forbiddenFrom', description }
}

const PROPERTIES: Record<string, string> = {
  'reply-to': 'replyTo',
  'message-id': 'messageId',
  date: 'sentAt',
}

/** The property of an Email that a header field is: RFC 8621 §4.1.3. */
function propertyOf(field: string): string {
  return PROPERTIES[field] ?? (/^resent-/.test(field) ? `header:${field}` : field)
}

/** A message that is redirected goes to whom that was done for, not once more to whom it was for (RFC 5322 §3.6.6). */
function addressing({ fields, claims }: LeavingHeader): readonly Header[] {
  if (!claims.original) return fields
  return claims.block.map((field) => ({ ...field, name: field.name.replace(/^resent-/i, '') }))
}

/** Whom reports go to; nobody, for a read receipt say, is no harm (RFC 8621 §7, RFC 6409 §3.2). */
async function refuseMailFrom(
  { account, mailstore: { directory } }: AccountContext,
  { mailFrom: { address: mailFrom } }: Envelope,
): Promise<SetError | null> {
  if (mailFrom === '') return null
  const others = await notOwn(directory, account, [mailFrom])
  if (others.length === 0 && isMailbox(mailFrom)) return null
  const description = `"${mailFrom.slice(0, 100)}" is not an address of yours`
  return { type: 'forbiddenMailFrom', description }
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
