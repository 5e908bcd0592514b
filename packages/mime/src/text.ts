import { decodeBody } from './body.js'
import { bodyLists } from './body-lists.js'
import { cutText } from './bytes.js'
import { decodeText } from './charset.js'
import { type Excerpt, type Excerpts, excerptsIn, type Selection } from './excerpts.js'
import { htmlToText } from './html.js'
import { presentedType } from './part.js'
import type { SummaryPart } from './types.js'

const maxPreview = 256
/** Bytes of encoded text that are searched of a message. */
export const SEARCH_BYTES = 1024 * 1024

/**
 * What a preview is made of. Enough to get past the style sheets of most newsletters; each kind has its own share, so
 * that long HTML which is shown to nobody leaves the plain text beside it its own.
 */
export const previewSelection: Selection = {
  pools: { plain: 64 * 1024, html: 64 * 1024 },
  poolOf(type, part) {
    if (part.disposition === 'attachment') return null
    return type === 'text/plain' ? 'plain' : type === 'text/html' ? 'html' : null
  },
  isInsideMessages: false,
}

/** What there is to search: every text part, `bytes` in all. */
export function searchSelection(bytes: number): Selection {
  return {
    pools: { text: bytes },
    poolOf: (type) => (type.startsWith('text/') ? 'text' : null),
    isInsideMessages: true,
  }
}

/** The readable text of the beginning of a text part; HTML without its tags. */
function excerptText(part: SummaryPart, { bytes, isCut }: Excerpt): string {
  const body = decodeBody(bytes, { encoding: part.encoding, bodyStart: 0, bodyEnd: bytes.length })
  const { text } = decodeText(body.bytes, part.params.charset ?? null)
  const readable = presentedType(part) === 'text/html' ? htmlToText(text) : text
  // jsonb holds no NUL; a cut may have split the last character.
  return (isCut ? readable.replace(/\ufffd$/, '') : readable).replaceAll('\0', '')
}

/** The preview of a message with these excerpts. Newsletters have plain text that is empty: then of the HTML. */
export function previewOf(root: SummaryPart, excerpts: Excerpts): string {
  const { textBody, htmlBody } = bodyLists(root)
  for (const part of new Set([...textBody, ...htmlBody])) {
    const excerpt = excerpts.get(part)
    const text = excerpt ? excerptText(part, excerpt).replace(/\s+/g, ' ').trim() : ''
    if (text) return text.length > maxPreview ? cutText(text, maxPreview).trimEnd() : text
  }
  return ''
}

/** The text to search of a message with these excerpts. */
export function searchTextOf(excerpts: Excerpts): string {
  const texts = [...excerpts].map(([part, excerpt]) => excerptText(part, excerpt).trim())
  return texts.filter((text) => text !== '').join('\n')
}

/** A plain text fragment of the first text of the message, at most 256 characters: RFC 8621 §4.1.4. */
export function preview(bytes: Uint8Array, message: { root: SummaryPart }): string {
  return previewOf(message.root, excerptsIn(bytes, message.root, previewSelection))
}

/**
 * The text to search: that of every text/* part, those of encapsulated messages too, a line end between them. At most
 * `maxBytes` of encoded bodies are read (default 1 MiB).
 */
export function searchText(
  bytes: Uint8Array,
  message: { root: SummaryPart },
  maxBytes = SEARCH_BYTES,
): string {
  return searchTextOf(excerptsIn(bytes, message.root, searchSelection(maxBytes)))
}
