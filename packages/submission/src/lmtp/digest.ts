import { createHash, webcrypto } from 'node:crypto'
import type { Account } from '@tandem/mailstore'
import { defineTask, firstHeader, isBeyondBounds, parseMessage } from '@tandem/mime'

/** What each hand adds at the top (RFC 5321 §4.4), and may write anew when it sends again. */
const TRACE = new Set(['return-path', 'received', 'delivered-to', 'x-original-to'])

/** As below; one that is beyond the bounds of reading is known by all of its octets. */
export async function digestOf(
  { reading }: Pick<Account, 'reading'>,
  message: Uint8Array,
): Promise<Uint8Array> {
  try {
    return await reading.run(messageDigest, message)
  } catch (error) {
    if (!isBeyondBounds(error)) throw error
    return new Uint8Array(await webcrypto.subtle.digest('SHA-256', message))
  }
}

/**
 * What a message is known by when an MTA sends it once more: SHA-256 of it below its trace fields. One without
 * Message-ID is known with them: two of the same words may be two messages (a report of a program, every hour).
 */
export const messageDigest = defineTask(
  import.meta.url,
  'messageDigest',
  (message: Uint8Array): Uint8Array => {
    const { headers } = parseMessage(message, { maxDepth: 0 })
    const first = headers.find(({ name }) => !TRACE.has(name.toLowerCase()))
    const start = firstHeader(headers, 'message-id') === null ? 0 : (first?.start ?? 0)
    return createHash('sha256').update(message.subarray(start)).digest()
  },
)
