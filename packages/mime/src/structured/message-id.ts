import { plainValue } from '../headers/text.js'
import { stripComments } from './lexer.js'

/**
 * RFC 8621 §4.1.2.5: the msg-ids without their brackets, or null if there is none. What stands between them is
 * skipped: In-Reply-To and References once held phrases (RFC 5322 §4.5.4).
 */
export function asMessageIds(raw: string): string[] | null {
  const ids: string[] = []
  for (const [, content] of stripComments(plainValue(raw)).matchAll(/<([^<>]*)>/g)) {
    const id = content!.replace(/\s+/g, '')
    if (id) ids.push(id)
  }
  return ids.length > 0 ? ids : null
}

/**
 * The ids in a Message-ID, In-Reply-To or References in which no id has its two brackets: some senders leave them out.
 * That is no msg-id, and so none of the Email's (`asMessageIds`), but replies name it. Of several words those with an @.
 */
export function bareMessageIds(raw: string): string[] {
  const words = stripComments(plainValue(raw))
    .split(/[\s,;<>]+/)
    .filter((word) => word !== '')
  return words.length > 1 ? words.filter((word) => word.includes('@')) : words
}
