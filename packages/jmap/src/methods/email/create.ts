// The `create` of Email/set: RFC 8621 §4.6. Messages are composed, stored and parsed before the account's lock is
// taken (rule 3).
import type { JsonObject } from '../../api/json.js'
import { attachmentsLimit } from '../../api/limits.js'
import { createTurns } from '../../api/turns.js'
import type { BlobContent } from '../../blobs/content.js'
import { composeMessage, type Entity } from '../../compose/message.js'
import { type SetError, setErrorOf } from '../../errors.js'
import { readDraft } from '../../objects/draft.js'
import type { DraftPart } from '../../objects/draft-part.js'
import type { AccountContext } from '../method.js'
import { openBlob } from '../open-blob.js'
import type { SetOutcome } from '../set.js'
import type { Filing } from './file.js'

/** Those that can't be made are in the outcome's notCreated. */
export async function composeEmails(
  context: AccountContext,
  create: ReadonlyMap<string, JsonObject>,
  outcome: SetOutcome,
): Promise<Filing[]> {
  const filings: Filing[] = []
  const turn = createTurns()
  for (const [creationId, object] of create) {
    await turn()
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
  if (textSize(root) > limits.maxSizeUpload) return { error: tooLarge(limits.maxSizeUpload) }
  const blobs = await openBlobs(context, root)
  if ('error' in blobs) return blobs
  try {
    const bytes = composeMessage(entityOf(root, blobs.found))
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

/** Each once. Their sizes count as often as they are named. */
async function openBlobs(
  context: AccountContext,
  root: DraftPart,
): Promise<{ found: Map<string, BlobContent> } | { error: SetError }> {
  const max = attachmentsLimit(context.limits)
  const found = new Map<string, BlobContent>()
  const missing = new Set<string>()
  let size = 0
  for (const blobId of blobIdsOf(root)) {
    if (missing.has(blobId)) continue
    const content = found.get(blobId) ?? (await openBlob(context, blobId))
    if (content === 'tooMuch') return { error: TOO_MUCH }
    if (content === 'notFound') missing.add(blobId)
    else {
      found.set(blobId, content)
      size += content.size
      if (size > max) return { error: tooLarge(max) }
    }
  }
  if (missing.size > 0) {
    const description = 'a part names a blob that is not there'
    return { error: { type: 'blobNotFound', notFound: [...missing], description } }
  }
  return size > 0 && !context.octets.take(size) ? { error: TOO_MUCH } : { found }
}

const TOO_MUCH: SetError = {
  type: 'rateLimit',
  description: 'too many octets for one request; create this email in another',
}

function tooLarge(max: number): SetError {
  return { type: 'tooLarge', description: `at most ${max} octets` }
}

/** As often as they are named. */
function blobIdsOf({ content }: DraftPart): string[] {
  if ('parts' in content) return content.parts.flatMap(blobIdsOf)
  return 'blobId' in content ? [content.blobId] : []
}

function textSize({ content }: DraftPart): number {
  if ('parts' in content) return content.parts.reduce((sum, part) => sum + textSize(part), 0)
  return 'text' in content ? content.text.length : 0
}

function entityOf({ content, ...part }: DraftPart, blobs: ReadonlyMap<string, BlobContent>): Entity {
  if ('parts' in content) {
    return { ...part, body: { kind: 'multipart', parts: content.parts.map((each) => entityOf(each, blobs)) } }
  }
  if ('text' in content) return { ...part, body: { kind: 'text', text: content.text } }
  const blob = blobs.get(content.blobId)!
  return { ...part, body: { kind: 'bytes', stream: () => blob.stream(0, blob.size) } }
}
