import { partName, presentedType } from './part.js'
import type { BodyLists, SummaryPart } from './types.js'

type Tree<P> = SummaryPart & { children: P[] }
type Lists<P> = { textBody: P[] | null; htmlBody: P[] | null; attachments: P[] }

function isInlineMedia(type: string): boolean {
  return /^(?:image|audio|video)\//.test(type)
}

// The suggested algorithm of RFC 8621 §4.1.4. A list that is null is not wanted at this place.
function collect<P extends Tree<P>>(
  parts: P[],
  multipart: string,
  inAlternative: boolean,
  lists: Lists<P>,
): void {
  let { textBody, htmlBody } = lists
  const { attachments } = lists
  const textLength = textBody?.length ?? -1
  const htmlLength = htmlBody?.length ?? -1

  for (const [i, part] of parts.entries()) {
    const type = presentedType(part)
    if (type.startsWith('multipart/')) {
      const subtype = type.slice('multipart/'.length)
      const isInside = inAlternative || subtype === 'alternative'
      collect(part.children, subtype, isInside, { textBody, htmlBody, attachments })
      continue
    }
    const isBodyType = type === 'text/plain' || type === 'text/html' || isInlineMedia(type)
    // Of multipart/related only the first part is inline; a text with a name that is not first is an attachment.
    const isFirstOrUnnamed =
      i === 0 || (multipart !== 'related' && (isInlineMedia(type) || partName(part) === null))
    if (part.disposition === 'attachment' || !isBodyType || !isFirstOrUnnamed) {
      attachments.push(part)
    } else if (multipart === 'alternative') {
      const body = type === 'text/plain' ? textBody : type === 'text/html' ? htmlBody : null
      ;(body ?? attachments).push(part)
    } else {
      if (inAlternative && type === 'text/plain') htmlBody = null
      if (inAlternative && type === 'text/html') textBody = null
      textBody?.push(part)
      htmlBody?.push(part)
      if (!textBody && !htmlBody) attachments.push(part)
      else if ((!textBody || !htmlBody) && isInlineMedia(type)) attachments.push(part)
    }
  }

  if (multipart === 'alternative' && textBody && htmlBody) {
    const hasText = textBody.length > textLength
    const hasHtml = htmlBody.length > htmlLength
    if (hasHtml && !hasText) for (const part of htmlBody.slice(htmlLength)) textBody.push(part)
    if (hasText && !hasHtml) for (const part of textBody.slice(textLength)) htmlBody.push(part)
  }
}

/** What to show of a message and what to offer for download: RFC 8621 §4.1.4. Works on a stored structure too. */
export function bodyLists<P extends Tree<P>>(root: P): BodyLists<P> {
  const lists = { textBody: [] as P[], htmlBody: [] as P[], attachments: [] as P[] }
  collect([root], 'mixed', false, lists)
  return lists
}

const SIGNATURE = /^application\/(?:pgp|(?:x-)?pkcs7)-signature$/

/**
 * RFC 8621 §4.1.4: whether an attachment is not inline. An image with a Content-ID and no disposition counts as
 * embedded in the HTML; a signature is nothing that a user attached.
 */
export function hasAttachment(root: SummaryPart): boolean {
  const isEmbedded = (part: SummaryPart) =>
    part.disposition === null && part.id !== null && part.type.startsWith('image/')
  return bodyLists(root).attachments.some(
    (part) => part.disposition !== 'inline' && !isEmbedded(part) && !SIGNATURE.test(part.type),
  )
}
