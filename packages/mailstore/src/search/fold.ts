/**
 * What both sides of a substring search go through: NFC, lower case. Done here and not in the database, whose lower()
 * depends on its locale.
 */
export function fold(text: string): string {
  // Text in Postgres holds no NUL.
  return lower(normalForm(text.replaceAll('\0', ''), 'NFC'))
}

/**
 * Normalized, in linear time: a run of marks is put in order by sorting it, and of 500,000 of them that took two
 * minutes. UAX #15 §13: no text needs more than 30.
 */
export function normalForm(text: string, form: 'NFC' | 'NFKC' | 'NFKD'): string {
  return text.replace(/(\p{M}{30})\p{M}+/gu, '$1').normalize(form)
}

/** Lower case; a sigma is one letter wherever it stands in its word. */
export function lower(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ')
}

/** A LIKE pattern for text that contains this. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
