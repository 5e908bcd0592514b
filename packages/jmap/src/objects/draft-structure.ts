// Which tree textBody, htmlBody and attachments make: the inverse of the lists of RFC 8621 §4.1.4.
import { writeParameterized } from '../compose/parameters.js'
import type { DraftPart } from './draft-part.js'

interface Lists {
  text: DraftPart | null
  html: DraftPart | null
  attachments: readonly DraftPart[]
}

/**
 * multipart/mixed of the body and its attachments; the body is multipart/alternative of text and HTML; what the HTML
 * can show by its Content-ID stands beside it in multipart/related (RFC 2387). Each level only where it is needed.
 */
export function arrangeParts({ text, html, attachments }: Lists): DraftPart {
  const related = html ? attachments.filter(isRelated) : []
  const others = attachments.filter((part) => !related.includes(part)).map(asAttachment)
  const rich = html && related.length > 0 ? multipart('related', [html, ...related]) : html
  const body = text && rich ? multipart('alternative', [text, rich]) : (text ?? rich)
  if (others.length > 0) return multipart('mixed', body ? [body, ...others] : others)
  return body ?? { fields: [], type: 'text/plain', parameters: [], content: { text: '' } }
}

function multipart(subtype: string, parts: DraftPart[]): DraftPart {
  return { fields: [], type: `multipart/${subtype}`, parameters: [], content: { parts } }
}

const fieldOf = ({ fields }: DraftPart, name: string) =>
  fields.find((field) => field.name.toLowerCase() === name)?.value

function isRelated(part: DraftPart): boolean {
  const disposition = fieldOf(part, 'content-disposition')?.trim() ?? ''
  return fieldOf(part, 'content-id') !== undefined && !/^attachment\b/i.test(disposition)
}

/** So that a reader takes it for none of the body's parts. Its name moves where names of attachments stand. */
function asAttachment(part: DraftPart): DraftPart {
  if (fieldOf(part, 'content-disposition') !== undefined) return part
  const name = part.parameters.find(([parameter]) => parameter === 'name')?.[1]
  const value = writeParameterized('attachment', name === undefined ? [] : [['filename', name]])
  return {
    ...part,
    fields: [...part.fields, { name: 'Content-Disposition', value }],
    parameters: part.parameters.filter(([parameter]) => parameter !== 'name'),
  }
}
