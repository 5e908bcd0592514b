// date-time and date of RFC 3501 §9. Pure.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Beyond the grammar: a day or hour of one digit, more spaces, a zone with a colon, and what is another word for +0000. */
const DATE_TIME =
  /^ *(\d{1,2})-([A-Za-z]{3})-(\d{4}) +(\d{1,2}):(\d{2}):(\d{2}) +(?:([+-])(\d{2}):?(\d{2})|GMT|UTC?|Z) *$/i
/** Beyond the grammar: a time behind it, which is passed over. */
const DATE = /^ *(\d{1,2})-([A-Za-z]{3})-(\d{4})(?: +\d{1,2}:\d{2}:\d{2}(?: +[+-]\d{4})?)? *$/

/** Seconds since 1970 as INTERNALDATE shows them, always in the zone +0000, with the quotes. */
export function formatDateTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `"${day}-${MONTHS[date.getUTCMonth()]}-${year} ${time} +0000"`
}

/** The moment of a date-time without its quotes; null where there is no such day, time or zone. */
export function parseDateTime(text: string): Date | null {
  const match = DATE_TIME.exec(text)
  if (!match) return null
  const days = daysOf(Number(match[1]), match[2]!, Number(match[3]))
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])]
  const [zoneHour, zoneMinute] = [Number(match[8] ?? 0), Number(match[9] ?? 0)]
  // A leap second becomes the second after it.
  if (days === null || hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59)
    return null
  const east = (match[7] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute)
  return new Date(((days * 24 + hour) * 60 + minute - east) * 60_000 + second * 1000)
}

/** The day of a date (date-text without quotes) as days since 1970-01-01; null where there is no such day. */
export function parseDate(text: string): number | null {
  const match = DATE.exec(text)
  return match ? daysOf(Number(match[1]), match[2]!, Number(match[3])) : null
}

function daysOf(day: number, monthName: string, year: number): number | null {
  const month = MONTHS.findIndex((name) => name.toLowerCase() === monthName.toLowerCase())
  if (month < 0) return null
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return null
  return date.getTime() / 86_400_000
}
