import { decodeBody } from './body.js'
import { bodyLists } from './body-lists.js'
import { decodeText } from './charset.js'
import { htmlToText } from './html.js'
import { presentedType } from './part.js'
import type { SummaryPart } from './types.js'

const maxPreview = 256
// Encoded bytes read for a preview: enough to get past the style sheets of most newsletters.
const previewBytes = 64 * 1024
const searchBytes = 1024 * 1024

/** The readable text of a text part, of at most `maxBytes` encoded bytes; HTML without its tags. */
function partText(bytes: Uint8Array, part: SummaryPart, maxBytes: number): string {
  const isCut = part.bodyEnd - part.bodyStart > maxBytes
  const bodyEnd = isCut ? part.bodyStart + maxBytes : part.bodyEnd
  const body = decodeBody(bytes, { ...part, bodyEnd })
  const { text } = decodeText(body.bytes, part.params.charset ?? null)
  const readable = presentedType(part) === 'text/html' ? htmlToText(text) : text
  // jsonb holds no NUL; a cut may have split the last character.
  return (isCut ? readable.replace(/\ufffd$/, '') : readable).replaceAll('\0', '')
}

/** A plain text fragment of the first text of the message, at most 256 characters: RFC 8621 §4.1.4. */
export function preview(bytes: Uint8Array, message: { root: SummaryPart }): string {
  let left = previewBytes
  for (const part of bodyLists(message.root).textBody) {
    if (left <= 0) break
    if (!presentedType(part).startsWith('text/')) continue
    const text = partText(bytes, part, left).replace(/\s+/g, ' ').trim()
    if (text) return cut(text)
    left -= part.bodyEnd - part.bodyStart
  }
  return ''
}

function cut(text: string): string {
  if (text.length <= maxPreview) return text
  // Not between the halves of a surrogate pair.
  return text
    .slice(0, maxPreview)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()
}

/**
 * The text to search: that of every text/* part, those of encapsulated messages too, a line end between them. At most
 * `maxBytes` of encoded bodies are read (default 1 MiB).
 */
export function searchText(
  bytes: Uint8Array,
  message: { root: SummaryPart },
  maxBytes = searchBytes,
): string {
  const texts: string[] = []
  let left = maxBytes
  const visit = (part: SummaryPart) => {
    if (left <= 0) return
    if (presentedType(part).startsWith('text/')) {
      texts.push(partText(bytes, part, left).trim())
      left -= part.bodyEnd - part.bodyStart
    }
    for (const child of part.children) visit(child)
    if (part.message) visit(part.message)
  }
  visit(message.root)
  return texts.filter((text) => text !== '').join('\n')
}
