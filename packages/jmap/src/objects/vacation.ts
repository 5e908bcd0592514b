// The VacationResponse object, and what a client may say of it: RFC 8621 §8.
import type { Vacation } from '@tandem/mailstore'
import type { JsonObject } from '../api/json.js'
import { formatUTCDate, parseUTCDate } from './dates.js'
import { isBoolean, line, type Rule, type Rules, text } from './record.js'

export const SINGLETON = 'singleton'

const render = (date: Date | null) => date && formatUTCDate(date)

const PROPERTIES: Record<string, (vacation: Vacation) => unknown> = {
  id: () => SINGLETON,
  isEnabled: ({ isEnabled }) => isEnabled,
  fromDate: ({ fromDate }) => render(fromDate),
  toDate: ({ toDate }) => render(toDate),
  subject: ({ subject }) => subject,
  textBody: ({ textBody }) => textBody,
  htmlBody: ({ htmlBody }) => htmlBody,
}

export const VACATION_PROPERTIES = Object.keys(PROPERTIES)

export function renderVacation(
  vacation: Vacation,
  properties: Iterable<string> = VACATION_PROPERTIES,
): JsonObject {
  return Object.fromEntries([...properties].map((name) => [name, PROPERTIES[name]!(vacation)]))
}

/** UTF-16 units; RFC 3834 §3.2 has responses be brief. */
const MAX_SUBJECT = 500
const MAX_BODY = 100_000

const date: Rule = {
  default: null,
  problem: (value) => (value === null || parseUTCDate(value) ? null : 'must be null or a UTCDate'),
}

export const VACATION_RULES: Rules = {
  isEnabled: isBoolean,
  fromDate: date,
  toDate: date,
  subject: line(MAX_SUBJECT, null),
  textBody: text(MAX_BODY, null),
  htmlBody: text(MAX_BODY, null),
}

/** Values that fit the rules, as the store takes them. */
export function vacationValues(values: JsonObject): Partial<Vacation> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'fromDate' || name === 'toDate' ? parseUTCDate(value) : value,
    ]),
  )
}
