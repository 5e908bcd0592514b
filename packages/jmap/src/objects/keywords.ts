import { isObject } from '../api/json.js'

/** RFC 8621 §4.1.1: 1 to 255 of %x21-7e without ( ) { ] % * " \ */
const KEYWORD = /^[!#-$&'+-Z[^-z|}~]{1,255}$/

/** IMAP's own: $recent is not shown, $deleted hides the email (RFC 8621 §4.1.1). */
const REFUSED = new Set(['$deleted', '$recent'])

/** In lower case, as JMAP shows it (RFC 8621 §4.1.1). */
export function foldKeyword(keyword: string): string {
  return keyword.toLowerCase()
}

/**
 * The set in a `keywords` property, lower case and sorted; or why it is none. What the email `has` already may
 * stay, whatever it is.
 */
export function readKeywords(value: unknown, has: readonly string[] = []): string[] | { problem: string } {
  if (!isObject(value)) return { problem: 'keywords must be an object' }
  const keywords = new Set<string>()
  for (const [keyword, is] of Object.entries(value)) {
    if (is !== true) return { problem: `the value of keyword "${keyword}" must be true` }
    const folded = foldKeyword(keyword)
    if (!KEYWORD.test(keyword)) return { problem: `"${keyword}" is no keyword` }
    if (REFUSED.has(folded) && !has.includes(folded))
      return { problem: `"${folded}" is not a keyword of JMAP` }
    keywords.add(folded)
  }
  return [...keywords].sort()
}
