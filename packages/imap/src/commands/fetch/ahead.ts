// Reads the octets of many messages in few statements, and holds only so much at a time.
import type { BlobSlice, BlobStore, Email } from '@tandem/mailstore'
import { cut, locate } from '../../render/section.js'
import type { SectionItem } from './items.js'

/** Octets that are read in one statement and held for one client. Of a message with more, none are read ahead. */
export const READ_AT_ONCE = 4 * 1024 * 1024

/** Cuts messages into groups of which together no more than READ_AT_ONCE is asked. */
export function* groupsToRead<T extends { email: Email | null }>(
  messages: readonly T[],
  items: readonly SectionItem[],
): Generator<T[]> {
  let group: T[] = []
  let octets = 0
  for (const message of messages) {
    const size = sizeOf(sliceOf(message.email!, items))
    if (group.length > 0 && octets + size > READ_AT_ONCE) {
      yield group
      group = []
      octets = 0
    }
    group.push(message)
    octets += size
  }
  if (group.length > 0) yield group
}

/** The blobs of a group, opened in one statement; what is asked of them is there already. */
export async function openAhead(
  blobs: BlobStore,
  group: readonly { email: Email | null }[],
  items: readonly SectionItem[],
): Promise<Pick<BlobStore, 'open'>> {
  const slices = group.map(({ email }) => sliceOf(email!, items))
  const opened = await blobs.openSlices(slices)
  const byDigest = new Map(slices.map(({ digest }, index) => [nameOf(digest), opened[index]!]))
  return { open: async (digest) => byDigest.get(nameOf(digest)) ?? null }
}

/** From the first octet that an item names to the last; nothing where that is too much. */
function sliceOf({ digest, size, summary }: Email, items: readonly SectionItem[]): BlobSlice {
  let start = size
  let end = 0
  for (const { section, partial, form } of items) {
    const whole = locate(summary.structure, size, section)
    if (!whole) continue
    // A partial of some header fields counts in what was picked, and of what is decoded, in that.
    const extent = section.fields.length > 0 || form !== 'octets' ? whole : cut(whole, partial)
    if (extent.start === extent.end) continue
    start = Math.min(start, extent.start)
    end = Math.max(end, extent.end)
  }
  return end <= start || end - start > READ_AT_ONCE ? { digest, start: 0, end: 0 } : { digest, start, end }
}

const sizeOf = ({ start, end }: BlobSlice) => end - start

const nameOf = (digest: Uint8Array) => Buffer.from(digest).toString('latin1')
