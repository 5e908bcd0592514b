// The `create` of Email/set: RFC 8621 §4.6. Messages are composed, stored and parsed before the account's lock is
// taken (DESIGN rule 3).
import type { JsonObject } from '../../api/json.js'
import { attachmentsLimit } from '../../api/limits.js'
import { type BlobContent, openContent } from '../../blobs/content.js'
import { composeMessage, type Entity } from '../../compose/message.js'
import { type SetError, setErrorOf } from '../../errors.js'
import { readDraft } from '../../objects/draft.js'
import type { DraftPart } from '../../objects/draft-part.js'
import type { AccountContext } from '../method.js'
import type { SetOutcome } from '../set.js'
import type { Filing } from './file.js'

/** Those that can't be made are in the outcome's notCreated. */
export async function composeEmails(
  context: AccountContext,
  create: ReadonlyMap<string, JsonObject>,
  outcome: SetOutcome,
): Promise<Filing[]> {
  const filings: Filing[] = []
  for (const [creationId, object] of create) {
    const filing = await compose(context, object)
    if ('error' in filing) outcome.notCreated.set(creationId, filing.error)
    else filings.push({ creationId, ...filing })
  }
  return filings
}

async function compose(
  context: AccountContext,
  object: JsonObject,
): Promise<Omit<Filing, 'creationId'> | { error: SetError }> {
  const { account, principal, limits } = context
  const read = readDraft(object, { now: new Date(), domain: domainOf(principal.name) })
  if (!read.ok) return read
  const { root, ...rest } = read.draft
  const blobs = await openBlobs(context, root)
  if (Array.isArray(blobs)) {
    return {
      error: { type: 'blobNotFound', notFound: blobs, description: 'a part names a blob that is not there' },
    }
  }
  const refusal = checkSizes(context, root, blobs)
  if (refusal) return { error: refusal }
  try {
    const bytes = composeMessage(entityOf(root, blobs))
    return { ...rest, message: await account.ingest(bytes, { nul: 'refuse', maxSize: limits.maxSizeUpload }) }
  } catch (error) {
    return { error: setErrorOf(error) }
  }
}

/** Of generated message ids: the sender's. */
function domainOf(name: string): string {
  const domain = name.slice(name.lastIndexOf('@') + 1)
  return /^[a-z0-9.-]{1,200}$/i.test(domain) ? domain : 'localhost'
}

/** Each once; the ids of those that aren't there instead, where there are any. */
async function openBlobs(
  { account, principal }: AccountContext,
  root: DraftPart,
): Promise<Map<string, BlobContent> | string[]> {
  const found = new Map<string, BlobContent>()
  const missing: string[] = []
  for (const blobId of new Set(blobIdsOf(root))) {
    const content = await openContent(account, principal, blobId)
    if (content) found.set(blobId, content)
    else missing.push(blobId)
  }
  return missing.length > 0 ? missing : found
}

/** As often as they are named. */
function blobIdsOf({ content }: DraftPart): string[] {
  if ('parts' in content) return content.parts.flatMap(blobIdsOf)
  return 'blobId' in content ? [content.blobId] : []
}

/** The session's limit, and what one request may have the server copy. */
function checkSizes(
  { limits, octets }: AccountContext,
  root: DraftPart,
  blobs: ReadonlyMap<string, BlobContent>,
): SetError | null {
  const size = blobIdsOf(root).reduce((sum, blobId) => sum + blobs.get(blobId)!.size, 0)
  const max = attachmentsLimit(limits)
  if (size > max)
    return { type: 'tooLarge', description: `attachments of an email have at most ${max} octets together` }
  if (size > 0 && !octets.take(size)) {
    return { type: 'rateLimit', description: 'too many octets for one request; create this email in another' }
  }
  return null
}

function entityOf({ content, ...part }: DraftPart, blobs: ReadonlyMap<string, BlobContent>): Entity {
  if ('parts' in content) {
    return { ...part, body: { kind: 'multipart', parts: content.parts.map((each) => entityOf(each, blobs)) } }
  }
  if ('text' in content) return { ...part, body: { kind: 'text', text: content.text } }
  const blob = blobs.get(content.blobId)!
  return { ...part, body: { kind: 'bytes', stream: () => blob.stream(0, blob.size) } }
}
