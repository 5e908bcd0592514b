import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'

/** The bits of email_state.flags; the other keywords have rows of their own. */
export const SYSTEM_KEYWORDS = { $seen: 1, $answered: 2, $flagged: 4, $draft: 8 } as const
export const SEEN = SYSTEM_KEYWORDS.$seen
/** What makes an email read in RFC 8621 §2's sense: $seen or $draft. */
export const SEEN_OR_DRAFT = SYSTEM_KEYWORDS.$seen | SYSTEM_KEYWORDS.$draft

/** At most so many other keywords an account (DESIGN §2 rule 5). */
export const MAX_KEYWORDS = 1000

/** Keywords as the rows hold them. */
export interface KeywordSet {
  flags: number
  /** Ascending, without doubles. */
  keywordIds: number[]
}

/** RFC 8621 §4.1.1: 1 to 255 characters of %x21-7e without ( ) { ] % * " \ — an IMAP atom that JMAP also takes. */
export function checkKeyword(keyword: string): void {
  if (!/^[\x21-\x7e]{1,255}$/.test(keyword) || /[(){\]%*"\\]/.test(keyword)) {
    throw new MailstoreError(
      'invalidKeyword',
      'the keyword holds a character that keywords cannot, or is too long',
    )
  }
}

/**
 * The set for these keywords; those the account has not had yet are added, spelled as here. Nothing is written
 * where one of them is wrong. Errors: invalidKeyword, tooManyKeywords.
 */
export async function keywordSet(
  sql: Queryable,
  accountId: number,
  keywords: readonly string[],
  options: { add: boolean },
): Promise<KeywordSet> {
  let flags = 0
  const others = new Map<string, string>()
  for (const keyword of keywords) {
    checkKeyword(keyword)
    const name = keyword.toLowerCase()
    const bit = SYSTEM_KEYWORDS[name as keyof typeof SYSTEM_KEYWORDS]
    if (bit) flags |= bit
    else if (!others.has(name)) others.set(name, keyword)
  }
  if (others.size === 0) return { flags, keywordIds: [] }
  const names = [...others.keys()]
  const known = await sql<{ keyword_id: number; name: string }[]>`
    select keyword_id, name from keyword where account_id = ${accountId} and name = any(${names}::text[])`
  const ids = known.map((row) => row.keyword_id)
  const unknown = names.filter((name) => !known.some((row) => row.name === name))
  if (options.add && unknown.length > 0) ids.push(...(await addKeywords(sql, accountId, unknown, others)))
  return { flags, keywordIds: ids.sort((a, b) => a - b) }
}

async function addKeywords(
  sql: Queryable,
  accountId: number,
  names: readonly string[],
  spelled: ReadonlyMap<string, string>,
): Promise<number[]> {
  const [row] = await sql<{ last: number }[]>`
    select coalesce(max(keyword_id), 0)::int as last from keyword where account_id = ${accountId}`
  const first = row!.last + 1
  if (first + names.length - 1 > MAX_KEYWORDS) {
    throw new MailstoreError('tooManyKeywords', `an account holds at most ${MAX_KEYWORDS} different keywords`)
  }
  const ids = names.map((_, i) => first + i)
  await sql`
    insert into keyword (account_id, keyword_id, name, spelled)
    select ${accountId}, * from unnest(
      ${ids}::smallint[], ${names as string[]}::text[], ${names.map((name) => spelled.get(name)!)}::text[])`
  return ids
}

/** All keywords of the account by id: how IMAP spells them and their lower-case names. */
export async function keywordNames(
  sql: Queryable,
  accountId: number,
): Promise<Map<number, { name: string; spelled: string }>> {
  const rows = await sql<{ keyword_id: number; name: string; spelled: string }[]>`
    select keyword_id, name, spelled from keyword where account_id = ${accountId}`
  return new Map(rows.map((row) => [row.keyword_id, row]))
}

/** The keywords of flags and ids, in lower case, sorted: JMAP's form. */
export function keywordList(set: KeywordSet, names: ReadonlyMap<number, { name: string }>): string[] {
  const system = Object.entries(SYSTEM_KEYWORDS).flatMap(([name, bit]) => (set.flags & bit ? [name] : []))
  return [...system, ...set.keywordIds.map((id) => names.get(id)!.name)].sort()
}
