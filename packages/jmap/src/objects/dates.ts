/** RFC 8620 §1.4: a fraction of zero is left out. */
export function formatUTCDate(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}

/** Null where the text is no UTCDate, and for the year 0000, which Postgres has not. */
export function parseUTCDate(text: unknown): Date | null {
  if (typeof text !== 'string') return null
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)) return null
  if (text.startsWith('0000')) return null
  const date = new Date(text)
  // Dates that don't exist are carried over by some engines: 30 February.
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text.slice(0, 10) ? date : null
}
