import { normalForm } from '@tandem/mime'

/**
 * What both sides of a substring search go through: NFC, lower case. Done here and not in the database, whose lower()
 * depends on its locale.
 */
export function fold(text: string): string {
  // Text in Postgres holds no NUL.
  return lower(normalForm(text.replaceAll('\0', ''), 'NFC'))
}

/** Lower case; a sigma is one letter wherever it stands in its word. */
export function lower(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ')
}

/** A LIKE pattern for text that contains this. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
