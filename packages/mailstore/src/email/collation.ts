// Collations as keys of ORDER BY: RFC 4790 §9, RFC 5051. Each key is compared by its octets.
import type { Fragment, Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'

export const COLLATIONS = ['i;ascii-casemap', 'i;ascii-numeric', 'i;octet', 'i;unicode-casemap'] as const
export type Collation = (typeof COLLATIONS)[number]

const KEYS: Record<Collation, (sql: Queryable, text: Fragment) => Fragment> = {
  'i;octet': (sql, text) => sql`(${text} collate "C")`,
  // In this collation upper() knows a to z alone.
  'i;ascii-casemap': (sql, text) => sql`upper(${text} collate "C")`,
  // The digits that it begins with, after how many they are; after all numbers where there are none.
  'i;ascii-numeric': (sql, text) => {
    const digits = sql`ltrim(substring(${text} collate "C" from '^[0-9]+'), '0')`
    return sql`coalesce(lpad(length(${digits})::text, 10, '0') || ${digits}, '~')`
  },
  // RFC 5051 §2: titlecase, compatibility decomposition. Of Postgres there is upper case in titlecase's place: the same
  // but for digraphs and Georgian, and all of Unicode only where the database's locale is not C.
  'i;unicode-casemap': (sql, text) =>
    sql`(normalize(translate(upper(${text}), 'ǄǇǊǱ', 'ǅǈǋǲ'), nfkd) collate "C")`,
}

/** The key of a text. Errors: unsupportedSort. */
export function collationKey(sql: Queryable, text: Fragment, collation: Collation): Fragment {
  if (!Object.hasOwn(KEYS, collation))
    throw new MailstoreError('unsupportedSort', `cannot compare by ${collation}`)
  return KEYS[collation](sql, text)
}
