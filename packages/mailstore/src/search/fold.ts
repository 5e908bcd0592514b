import { normalForm } from '@tandem/mime'

/**
 * What both sides of a substring search go through: NFC, lower case. Done here and not in the database, whose lower()
 * depends on its locale.
 */
export function fold(text: string): string {
  // Text in Postgres holds no NUL.
  return lower(normalForm(text.replaceAll('\0', ''), 'NFC'))
}

/** The same of a line of a header, on both sides too. A fold may be written with a TAB; people see and type a space. */
export function foldField(text: string): string {
  return fold(text.replaceAll('\t', ' '))
}

/** Lower case; a sigma is one letter wherever it stands in its word. */
export function lower(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ')
}

/** A LIKE pattern for text that contains this. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
