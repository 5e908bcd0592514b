// Blob/copy: RFC 8620 §6.3.
import { formatBlobId, parseBlobId } from '@tandem/mailstore'
import { arrayOf, string } from '../../api/arguments.js'
import { openContent } from '../../blobs/content.js'
import { MethodError, type SetError } from '../../errors.js'
import { type CopyContext, copyMethod } from '../method.js'

export const blobCopy = copyMethod({ blobIds: arrayOf(string) }, async (context, { blobIds }) => {
  const max = context.limits.maxObjectsInSet
  if (blobIds.length > max) throw new MethodError('requestTooLarge', `at most ${max} blobs in one call`)
  const copied: [string, string][] = []
  const notCopied: [string, SetError][] = []
  for (const blobId of new Set(blobIds)) {
    const copy = await copyBlob(context, blobId)
    if (copy === null) notCopied.push([blobId, { type: 'notFound', description: 'there is no such blob' }])
    else copied.push([blobId, copy])
  }
  return {
    copied: copied.length > 0 ? Object.fromEntries(copied) : null,
    notCopied: notCopied.length > 0 ? Object.fromEntries(notCopied) : null,
  }
})

/** As an upload of this principal's, so that nobody else sees it before an email holds it; a part by itself. */
async function copyBlob({ account, from, principal }: CopyContext, blobId: string): Promise<string | null> {
  const content = parseBlobId(blobId) && (await openContent(from.account, principal, blobId))
  if (!content) return null
  const { digest } = await account.blobs.put(content.stream(0, content.size))
  await account.uploads.add(principal.id, digest, 'application/octet-stream')
  return formatBlobId({ digest })
}
