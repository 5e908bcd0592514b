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
