import { decodeBody } from './body.js'
import { bodyLists } from './body-lists.js'
import { cutText } from './bytes.js'
import { decodeText } from './charset.js'
import { type Excerpt, type Excerpts, excerptsIn, type Selection } from './excerpts.js'
import { htmlToText } from './html.js'
import { presentedType } from './part.js'
import type { DecodedText, SummaryPart } from './types.js'

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

/** The text of a part, of which these are the encoded bytes: all of them, or the first with `isCut`. */
export function partText(part: SummaryPart, bytes: Uint8Array, isCut = false): DecodedText {
  const body = decodeBody(bytes, { encoding: part.encoding, bodyStart: 0, bodyEnd: bytes.length }, { isCut })
  const type = presentedType(part)
  const { text, isEncodingProblem } = decodeText(body.bytes, part.params.charset ?? null, { type, isCut })
  return { text, isEncodingProblem: isEncodingProblem || body.isEncodingProblem }
}

/** As `partText`, what a reader sees of it: HTML without its tags. */
export function readableText(part: SummaryPart, bytes: Uint8Array, isCut = false): string {
  const { text } = partText(part, bytes, isCut)
  return presentedType(part) === 'text/html' ? htmlToText(text) : text
}

/** As `readableText`, for jsonb, which holds no NUL. */
function excerptText(part: SummaryPart, { bytes, isCut }: Excerpt): string {
  return readableText(part, bytes, isCut).replaceAll('\0', '')
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
