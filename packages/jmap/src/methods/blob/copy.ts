// Blob/copy: RFC 8620 §6.3.
import { formatBlobId } from '@tandem/mailstore'
import { arrayOf, string } from '../../api/arguments.js'
import { MethodError, type SetError } from '../../errors.js'
import { type CopyContext, copyMethod } from '../method.js'
import { openBlob } from '../open-blob.js'

export const blobCopy = copyMethod({ blobIds: arrayOf(string) }, async (context, { blobIds }) => {
  const max = context.limits.maxObjectsInSet
  if (blobIds.length > max) throw new MethodError('requestTooLarge', `at most ${max} blobs in one call`)
  const copied: [string, string][] = []
  const notCopied: [string, SetError][] = []
  for (const blobId of new Set(blobIds)) {
    const copy = await copyBlob(context, blobId)
    if (typeof copy === 'string') copied.push([blobId, copy])
    else notCopied.push([blobId, copy])
  }
  return {
    copied: copied.length > 0 ? Object.fromEntries(copied) : null,
    notCopied: notCopied.length > 0 ? Object.fromEntries(notCopied) : null,
  }
})

/** As an upload of this principal's, so that nobody else sees it before an email holds it; a part by itself. */
async function copyBlob(context: CopyContext, blobId: string): Promise<string | SetError> {
  const { account, from, principal } = context
  const content = await openBlob(from, blobId)
  if (content === 'notFound') return { type: 'notFound', description: 'there is no such blob' }
  if (content === 'tooMuch') return { type: 'rateLimit', description: 'too many octets for one request' }
  const { digest } = await account.blobs.put(content.stream(0, content.size))
  await account.uploads.add(principal.id, digest, 'application/octet-stream')
  return formatBlobId({ digest })
}
