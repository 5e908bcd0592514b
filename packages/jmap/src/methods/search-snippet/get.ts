// SearchSnippet/get: RFC 8621 §5.1.
import { type Email, formatId } from '@tandem/mailstore'
import {
  bodyLists,
  decodeBody,
  decodeText,
  htmlToText,
  presentedType,
  SEARCH_BYTES,
  type SummaryPart,
} from '@tandem/mime'
import { anyValue, arrayOf, string } from '../../api/arguments.js'
import { MethodError } from '../../errors.js'
import { charsetOf, isText } from '../../objects/email-body.js'
import { readEmailFilter } from '../../objects/email-query.js'
import { markAll, markPreview, type SnippetTerms, snippetTerms } from '../../objects/snippet.js'
import { readOctets } from '../email/octets.js'
import { type AccountContext, accountMethod } from '../method.js'
import { wantedIds } from '../standard.js'

const ARGUMENTS = { filter: anyValue, emailIds: arrayOf(string) }

export const searchSnippetGet = accountMethod(ARGUMENTS, async (context, args) => {
  const terms = snippetTerms(readEmailFilter(args.filter))
  const wanted = wantedIds('email', args.emailIds, context.limits)!
  const emails = await context.account.read((r) => r.email.get(wanted.ids))
  const visible = emails.filter(({ mailboxIds }) => mailboxIds.length > 0)
  const list: object[] = []
  for (const email of visible) {
    list.push({
      emailId: formatId('email', email.id),
      subject: terms.subject.length > 0 ? markAll(email.summary.subject ?? '', terms.subject) : null,
      preview: await preview(context, email, terms),
    })
  }
  const notFound = wanted.notFound(visible.map(({ id }) => id))
  return { list, notFound: notFound.length > 0 ? notFound : null }
})

/** Of the first text of the body that has a match. */
async function preview(
  context: AccountContext,
  email: Email,
  { body: terms }: SnippetTerms,
): Promise<string | null> {
  if (terms.length === 0) return null
  const { textBody, htmlBody } = bodyLists(email.summary.structure)
  for (const part of new Set([...textBody, ...htmlBody])) {
    if (!isText(part)) continue
    const found = markPreview(await readText(context, email, part), terms)
    if (found !== null) return found
  }
  return null
}

/** As far as the search looks into it. Errors: requestTooLarge. */
async function readText(
  { account, octets }: AccountContext,
  email: Email,
  part: SummaryPart,
): Promise<string> {
  const end = Math.min(part.bodyEnd, part.bodyStart + SEARCH_BYTES)
  if (!octets.take(end - part.bodyStart)) {
    throw new MethodError('requestTooLarge', 'these bodies are too much for one request; ask for fewer')
  }
  const read = await readOctets(account, email, [{ start: part.bodyStart, end }])
  const bytes = read.body({ ...part, bodyEnd: end })
  const decoded = decodeBody(bytes, { encoding: part.encoding, bodyStart: 0, bodyEnd: bytes.length })
  const { text } = decodeText(decoded.bytes, charsetOf(part))
  return presentedType(part) === 'text/html' ? htmlToText(text) : text
}
