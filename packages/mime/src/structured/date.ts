import { plainValue } from '../headers/text.js'
import { stripComments } from './lexer.js'
import { zoneOffset } from './zone.js'

const names = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const month =
  '(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)'
// Whatever it says, in any language, the date goes by its other fields.
const weekday = '(?:[\\p{L}]{2,12}\\.?[ ,]*)?'
const day = '(?<day>\\d{1,2})(?:st|nd|rd|th|\\.)?'
const year = '(?<year>\\d{4}|\\d{2,3})(?!\\d)'
const time =
  '(?<hour>\\d{1,2}) ?(?<dot>[:.]) ?(?<minute>\\d{1,2})(?: ?\\k<dot> ?(?<second>\\d{1,2})(?:[.,]\\d{1,9})?)?(?![\\d:.])(?: ?(?<half>[ap])\\.?m\\b\\.?)?'

/** All for text whose white space was collapsed. What follows a time is a zone, or nothing that is known. */
const forms = [
  // RFC 5322 §3.3 and §4.3, RFC 850
  `${weekday}${day}[ ,-]*${month}\\.?[ ,-]*${year}[ ,]+${time}(?<zone>.*)`,
  // Fri, May 09 2017 10:00:00
  `${weekday}${month}\\.? ?${day}[ ,]+(?<year>\\d{4})[ ,]+(?:at )?${time}(?<zone>.*)`,
  // asctime, and date of Unix: Tue May  9 10:00:00 CEST 2017
  `${weekday}${month} ${day} ${time}(?<zone> ?[^ ]{1,9})? (?<year>\\d{4})(?<after>(?: .*)?)`,
].map((form) => new RegExp(`^${form}$`, 'iu'))

/** Longer than any date; beyond are comments that have no end, and the like. */
const maxLength = 200

/**
 * RFC 8621 §4.1.2.6: the date-time of RFC 5322 §3.3 and §4.3 as an RFC 3339 string in the zone it was written in
 * ('2014-10-30T14:12:00+08:00'; 'Z' where the offset is zero or not known), or null. Reads what else senders write where
 * it can mean one thing only. A zone that is there but not understood gives null: no date is better than one that is
 * hours off.
 */
export function asDate(raw: string): string | null {
  const value = plainValue(raw)
  const text = tidy(stripComments(value))
  if (text.length > maxLength) return null
  for (const form of forms) {
    const found = form.exec(text)?.groups
    if (found) return dateOf(found, tidy(value))
  }
  return null
}

function tidy(text: string): string {
  return text
    .replace(/[\s"]+/g, ' ')
    .replaceAll('\u2212', '-')
    .trim()
}

function dateOf(found: Record<string, string | undefined>, written: string): string | null {
  const number = (name: string) => Number(found[name] ?? 0)
  const monthNumber = names.indexOf(found.month!.slice(0, 3).toLowerCase()) + 1
  const yearNumber = fullYear(found.year!)
  const isDay =
    number('day') > 0 && number('day') <= new Date(Date.UTC(yearNumber, monthNumber, 0)).getUTCDate()
  const hour = hourOf(number('hour'), found.half)
  if (yearNumber < 1900 || !isDay || hour === null || number('minute') > 59 || number('second') > 60)
    return null
  const zones = [found.zone ?? '', found.after ?? ''].map((zone) => zone.trim()).filter((zone) => zone !== '')
  const offset = zones.length > 1 ? null : zoneOffset(zones[0] ?? commentedZone(written))
  if (offset === null) return null
  // A leap second is not one everywhere RFC 3339 is read.
  const seconds = Math.min(59, number('second'))
  const date = `${yearNumber}-${two(monthNumber)}-${two(number('day'))}`
  return `${date}T${two(hour)}:${two(number('minute'))}:${two(seconds)}${offset}`
}

/** Where a comment is all there is of a zone: `10:28:03 (GMT+1)`. */
function commentedZone(written: string): string {
  const zone = /\(([^()]{1,9})\)$/.exec(written)?.[1]?.trim() ?? ''
  return zoneOffset(zone) === null ? '' : zone
}

function hourOf(hour: number, half: string | undefined): number | null {
  if (half === undefined || hour > 12)
    return hour <= 23 && (hour <= 12 || half?.toLowerCase() !== 'a') ? hour : null
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

// RFC 5322 §4.3.
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 4) return year
  return text.length === 2 && year < 50 ? year + 2000 : year + 1900
}
