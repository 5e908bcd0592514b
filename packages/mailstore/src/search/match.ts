/** Conditions on a row `x` of search. */
import type { Fragment, Queryable } from '../db/connect.js'
import { containing, fold, foldField } from './fold.js'
import type { TermField, TextSearch, TextTerm } from './types.js'
import { termWords, type Weight, wordQuery } from './words.js'

/** The column and weight that hold a field's words. */
const WORDS: Record<Exclude<TermField, 'text'>, { column: 'people' | 'words'; weight: Weight }> = {
  from: { column: 'people', weight: 'A' },
  to: { column: 'people', weight: 'B' },
  cc: { column: 'people', weight: 'C' },
  bcc: { column: 'people', weight: 'D' },
  subject: { column: 'words', weight: 'A' },
  body: { column: 'words', weight: 'D' },
}

/** The term is in that field. One without any word (`?!`, an emoji) is looked for as a substring. */
export function hasTerm(sql: Queryable, field: TermField, term: TextTerm): Fragment {
  const { text, words, isPrefix } = termWords(term)
  const query = (weight: Weight | null) => wordQuery(words, { weight, isPrefix })
  if (words.length === 0) return containsText(sql, { field, value: text })
  if (field === 'text') {
    const any = query(null)
    return sql`(x.people @@ ${any}::text::tsquery or x.words @@ ${any}::text::tsquery)`
  }
  const { column, weight } = WORDS[field]
  return sql`${sql(`x.${column}`)} @@ ${query(weight)}::text::tsquery`
}

/** The text is in that field, anywhere in a word, in any case. */
export function containsText(sql: Queryable, search: TextSearch): Fragment {
  // No text holds it.
  if (search.value.includes('\0')) return sql`false`
  const value = fold(search.value.replaceAll('\r\n', '\n'))
  const fieldValue = foldField(search.value)
  // RFC 9051 §6.4.4: every string contains the empty one, that of a field that isn't there too.
  if (value === '' && search.field !== 'header') return sql`true`
  const pattern = containing(value)
  switch (search.field) {
    case 'body':
      return sql`x.body like ${pattern}`
    case 'text':
      return sql`(x.header like ${containing(fieldValue)} or x.body like ${pattern})`
    case 'header':
      // Of all the lines, those of the message's own header (see SearchDocument).
      return lineContains(sql, { column: 'header', name: search.name, value: fieldValue })
    default:
      return lineContains(sql, { column: 'envelope', name: search.field, value: fieldValue })
  }
}

/** One line of that name contains the value. The patterns on the whole column are what the index can help with. */
function lineContains(
  sql: Queryable,
  { column, name, value }: { column: 'header' | 'envelope'; name: string; value: string },
): Fragment {
  // RFC 5322 §2.2: what no field can be called.
  if (!/^[!-9;-~]+$/.test(name)) return sql`false`
  const label = fold(`${name}: `)
  const begun = containing(`\n${label}`)
  const text = sql(`x.${column}`)
  const own = sql`split_part(${text}, E'\n\n', 1)`
  if (value === '') return sql`(${text} like ${begun} and ${own} like ${begun})`
  return sql`(${text} like ${begun} and ${text} like ${containing(value)} and exists (
    select from string_to_table(${own}, E'\n') line
    where starts_with(line, ${label}) and strpos(substr(line, ${label.length + 1}), ${value}) > 0))`
}
