// SearchSnippet/get: RFC 8621 §5.1.
import { type Email, formatId } from '@tandem/mailstore'
import { bodyLists, isBeyondBounds, partName, SEARCH_BYTES, type SummaryPart } from '@tandem/mime'
import { anyValue, arrayOf, string } from '../../api/arguments.js'
import { MethodError } from '../../errors.js'
import { isText } from '../../objects/email-body.js'
import { readEmailFilter } from '../../objects/email-query.js'
import type { Pieces } from '../../objects/octets.js'
import {
  markAll,
  markedPreview,
  type SearchedPart,
  type SnippetTerms,
  snippetTerms,
} from '../../objects/snippet.js'
import { octetsNeeded, readInGroups } from '../email/octets.js'
import { type AccountContext, accountMethod } from '../method.js'
import { wantedIds } from '../standard.js'

const ARGUMENTS = { filter: anyValue, emailIds: arrayOf(string) }

export const searchSnippetGet = accountMethod(ARGUMENTS, async (context, args) => {
  const terms = snippetTerms(readEmailFilter(args.filter))
  const wanted = wantedIds('email', args.emailIds, context.limits)!
  const emails = await context.account.read((r) => r.email.get(wanted.ids))
  const visible = emails.filter(({ mailboxIds }) => mailboxIds.length > 0)
  const readings = visible.map((email) => {
    const parts = terms.body.length === 0 ? [] : searchedParts(email)
    return { email, parts, ranges: parts.map(({ bodyStart: start, bodyEnd: end }) => ({ start, end })) }
  })
  if (!readings.every((reading) => context.octets.take(octetsNeeded(reading.ranges)))) {
    throw new MethodError('requestTooLarge', 'these bodies are too much for one request; ask for fewer')
  }
  const list: object[] = []
  for await (const group of readInGroups(context.account, readings)) {
    for (const { email, ...read } of group) {
      list.push({
        emailId: formatId('email', email.id),
        subject: terms.subject.length > 0 ? markAll(email.summary.subject ?? '', terms.subject) : null,
        preview: await preview(context, email, read, terms),
      })
    }
  }
  const notFound = wanted.notFound(visible.map(({ id }) => id))
  return { list, notFound: notFound.length > 0 ? notFound : null }
})

/** The texts of the message, those of its body first, as far as the search looks into them. */
function searchedParts({ summary }: Email): SearchedPart[] {
  const { textBody, htmlBody } = bodyLists(summary.structure)
  let left = SEARCH_BYTES
  return [...new Set([...textBody, ...htmlBody, ...partsOf(summary.structure)])]
    .filter(isText)
    .flatMap((part) => {
      const bodyEnd = Math.min(part.bodyEnd, part.bodyStart + left)
      left -= bodyEnd - part.bodyStart
      return bodyEnd > part.bodyStart ? [{ ...part, bodyEnd, isCut: bodyEnd < part.bodyEnd }] : []
    })
}

function partsOf(part: SummaryPart): SummaryPart[] {
  return [part, ...part.children.flatMap(partsOf), ...(part.message ? partsOf(part.message) : [])]
}

/** Of the first text that has a match, else of the first attachment whose name has one. */
async function preview(
  { account }: AccountContext,
  { summary }: Email,
  { parts, bytes, starts }: Pieces & { parts: readonly SearchedPart[] },
  terms: SnippetTerms,
): Promise<string | null> {
  const names = terms.name.length === 0 ? [] : partsOf(summary.structure).map((part) => partName(part) ?? '')
  try {
    return await account.reading.run(markedPreview, bytes, starts, parts, names, terms)
  } catch (error) {
    if (isBeyondBounds(error)) return null
    throw error
  }
}
