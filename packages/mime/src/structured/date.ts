import { plainValue } from '../headers/text.js'
import { stripComments } from './lexer.js'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
// RFC 5322 §4.3. All other names, the military letters too, count as -0000.
const zones: Record<string, string> = {
  edt: '-0400',
  est: '-0500',
  cdt: '-0500',
  cst: '-0600',
  mdt: '-0600',
  mst: '-0700',
  pdt: '-0700',
  pst: '-0800',
}
// For text whose white space was collapsed: `\s*,?\s*` over a long run of it would be quadratic.
const dateTime =
  /^(?:[a-z]{3,9}\.? ?,? ?)?(\d{1,2})[ -]+([a-z]{3})[a-z]*[ -]+(\d{2,4}) (\d{1,2}) ?: ?(\d{2})(?: ?: ?(\d{2}))? ?([+-]\d{2}:?\d{2}|[a-z]{1,5})?(?![\w+-])/i

/**
 * RFC 8621 §4.1.2.6: the date-time of RFC 5322 §3.3 and §4.3 as an RFC 3339 string in the zone it was written in
 * ('2014-10-30T14:12:00+08:00'; 'Z' where the offset is zero or not known), or null. Accepts a missing zone.
 */
export function asDate(raw: string): string | null {
  const match = dateTime.exec(stripComments(plainValue(raw)).replace(/\s+/g, ' ').trim())
  if (!match) return null
  const [, dayText, monthName, yearText, hour, minute, second, zone] = match
  const month = months.indexOf(monthName!.toLowerCase()) + 1
  const year = fullYear(yearText!)
  const day = Number(dayText)
  const isDay = month > 0 && day > 0 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return null
  const offset = zoneOffset(zone)
  if (offset === null) return null
  // A leap second is not one everywhere RFC 3339 is read.
  const seconds = Math.min(59, Number(second ?? 0))
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  return `${date}T${two(Number(hour))}:${minute}:${two(seconds)}${offset}`
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

function zoneOffset(zone: string | undefined): string | null {
  const name = (zone ?? '').toLowerCase().replace(':', '')
  const offset = /^[+-]/.test(name) ? name : Object.hasOwn(zones, name) ? zones[name]! : '+0000'
  const hours = offset.slice(1, 3)
  const minutes = offset.slice(3)
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  return hours === '00' && minutes === '00' ? 'Z' : `${offset[0]}${hours}:${minutes}`
}
