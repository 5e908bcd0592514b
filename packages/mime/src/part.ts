// What a part's own header says about it.

import { cutText } from './bytes.js'
import { firstHeader } from './headers/fields.js'
import { type Parameterized, parseParameterized } from './headers/params.js'
import { tellingCharset, toUnicode } from './headers/raw.js'
import { plainValue, unfold } from './headers/text.js'
import { decodeWordsAnywhere } from './headers/words.js'
import { stripComments } from './structured/lexer.js'
import type { Header, Part, SummaryPart } from './types.js'

/** Characters kept of all strings of one part, in the order of `Part`. */
const maxPartText = 8_000
/** Characters kept of one of them. */
const maxPartString = 2_000

/** A part with an empty body, and the boundary it declares. `declared`: the last charset that a part before it has. */
export function partFromHeaders(
  headers: Header[],
  section: string,
  defaultType: string,
  declared: string | null = null,
): { part: Part; boundary: string | null } {
  let textLeft = maxPartText
  const short = (text: string): string => {
    const kept = cutText(text, Math.max(0, Math.min(maxPartString, textLeft)))
    textLeft -= kept.length
    return kept
  }
  const shortParams = (params: Record<string, string>): Record<string, string> => {
    const kept: [string, string][] = []
    for (const [name, value] of Object.entries(params)) {
      textLeft -= name.length + 8
      if (textLeft > 0) kept.push([name, short(value)])
    }
    return Object.fromEntries(kept)
  }
  const plain = (name: string): string | null => {
    const raw = firstHeader(headers, name)
    return raw === null ? null : short(plainValue(raw, charset))
  }
  const contentType = firstHeader(headers, 'content-type')
  const said = parseParameterized(contentType, declared)
  const charset = tellingCharset(said.params.charset) ?? declared
  const { value, params, boundary } = charset === declared ? said : parseParameterized(contentType, charset)
  const disposition = parseParameterized(firstHeader(headers, 'content-disposition'), charset)
  const part: Part = {
    section,
    type: contentType === null ? defaultType : mediaType(value),
    params: shortParams(params),
    disposition: dispositionType(disposition),
    dispositionParams: shortParams(disposition.params),
    encoding: transferEncoding(firstHeader(headers, 'content-transfer-encoding')),
    id: plain('content-id') || null,
    description: plain('content-description'),
    md5: plain('content-md5'),
    language: languages(firstHeader(headers, 'content-language'), short),
    location: plain('content-location')?.replace(/\s+/g, '') || null,
    headerStart: 0,
    headerEnd: 0,
    bodyStart: 0,
    bodyEnd: 0,
    lines: 0,
    decodedSize: 0,
    headers,
    children: [],
    message: null,
  }
  return { part, boundary: boundary?.trimEnd() || null }
}

// RFC 2045 §5.1, white space as RFC 822 allows it between tokens; §5.2: an invalid field counts as text/plain.
function mediaType(value: string): string {
  const match =
    /^([!#$%&'*+.^_`{|}~\-0-9a-z]{1,127}) {0,9}\/ {0,9}([!#$%&'*+.^_`{|}~\-0-9a-z]{1,127})(?=$|\s)/.exec(
      value,
    )
  return match ? `${match[1]}/${match[2]}` : 'text/plain'
}

// RFC 2183 §2: a token.
function dispositionType({ value }: Parameterized): string | null {
  return /^"?([!#$%&'*+.^_`{|}~\-0-9a-z]{1,127})/.exec(value)?.[1] ?? null
}

/** Encodings as they are misspelt: `quoted printable`, `base-64`, `8 bit`. */
const spellings: Record<string, string> = {
  quotedprintable: 'quoted-printable',
  base64: 'base64',
  '7bit': '7bit',
  '8bit': '8bit',
  binary: 'binary',
}

function transferEncoding(raw: string | null): string {
  const value = toUnicode(stripComments(unfold(raw ?? ''))).toLowerCase()
  const said = /[^;,"]{1,127}/.exec(value.replace(/^[\s;,"]+/, ''))?.[0] ?? ''
  const spelling = said.replace(/[\s_-]/g, '')
  return Object.hasOwn(spellings, spelling) ? spellings[spelling]! : (/\S+/.exec(said)?.[0] ?? '7bit')
}

// RFC 3282
function languages(raw: string | null, short: (text: string) => string): string[] | null {
  if (raw === null) return null
  const tags = stripComments(short(plainValue(raw))).split(',')
  const list = tags.map((tag) => tag.trim()).filter((tag) => tag !== '')
  return list.length > 0 ? list : null
}

/**
 * The type to show in a BODYSTRUCTURE or an EmailBodyPart: neither can express a multipart without parts (one without
 * a boundary, or too deep), which is shown as text/plain, nor BODYSTRUCTURE a message without its own structure
 * (transfer-encoded, or too deep), which is shown as application/octet-stream. Otherwise `type`.
 */
export function presentedType(part: Pick<SummaryPart, 'type' | 'children' | 'message'>): string {
  if (part.type.startsWith('multipart/')) return part.children.length > 0 ? part.type : 'text/plain'
  return isMessageType(part.type) && !part.message ? 'application/octet-stream' : part.type
}

/**
 * The type in an EmailBodyPart, which unlike a BODYSTRUCTURE can express a message without its own structure:
 * RFC 8621 §4.1.4. As `presentedType` in all else.
 */
export function declaredType(part: Pick<SummaryPart, 'type' | 'children' | 'message'>): string {
  return isMessageType(part.type) ? part.type : presentedType(part)
}

/** Types whose body is a message with parts of its own: RFC 9051 §6.4.5.1. */
export function isMessageType(type: string): boolean {
  return type === 'message/rfc822' || type === 'message/global'
}

/**
 * The file name: RFC 8621 §4.1.4 `name`. Encoded words are decoded in the filename too, wherever they stand in it:
 * senders put them there though RFC 2047 §5 forbids it.
 */
export function partName(part: Pick<SummaryPart, 'params' | 'dispositionParams'>): string | null {
  const name = part.dispositionParams.filename ?? part.params.name
  return name ? decodeWordsAnywhere(name) : null
}
