import { parseBlobId } from '@tandem/mailstore'
import { type BlobContent, openContent } from '../blobs/content.js'
import type { AccountContext } from './method.js'

/**
 * A blob by its id; 'notFound', or 'tooMuch' for this request. A part is decoded to be opened, and its id can name any
 * octets of a message: so they count before they are read.
 */
export async function openBlob(
  { account, principal, octets }: Pick<AccountContext, 'account' | 'principal' | 'octets'>,
  blobId: string,
): Promise<BlobContent | 'notFound' | 'tooMuch'> {
  const part = parseBlobId(blobId)?.part
  if (part && !octets.take(part.length)) return 'tooMuch'
  return (await openContent(account, principal, blobId)) ?? 'notFound'
}
