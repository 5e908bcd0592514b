import { type Message, messageOf } from '../../src/outbox/message.js'

/** A message of these bytes, or of a text of latin1; it comes in pieces of that size. */
export function messageFrom(
  content: string | Uint8Array,
  piece = Number.POSITIVE_INFINITY,
): Promise<Message> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
  return messageOf(async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  })
}
