import type { Queryable } from '../db/connect.js'
import { MailstoreError } from '../errors.js'

/** The bits of email_state.flags; the other keywords have rows of their own. */
export const SYSTEM_KEYWORDS = { $seen: 1, $answered: 2, $flagged: 4, $draft: 8 } as const
export const SEEN = SYSTEM_KEYWORDS.$seen
/** What makes an email read in RFC 8621 §2's sense: $seen or $draft. */
export const SEEN_OR_DRAFT = SYSTEM_KEYWORDS.$seen | SYSTEM_KEYWORDS.$draft

/**
 * Spelled as RFC 9051 §2.3.2, RFC 5550 §5.10 and RFC 8457 §2 do, whoever sets them first: JMAP writes lower case, and
 * mbsync knows `$Forwarded` in this spelling alone.
 */
const SPELLED = new Map(
  [
    '$Forwarded',
    '$MDNSent',
    '$Junk',
    '$NotJunk',
    '$Phishing',
    '$SubmitPending',
    '$Submitted',
    '$Important',
  ].map((keyword) => [keyword.toLowerCase(), keyword]),
)

/** At most so many other keywords an account (rule 5). */
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

/** The set for these keywords: `keywordSets` for one list of them. */
export async function keywordSet(
  sql: Queryable,
  accountId: number,
  keywords: readonly string[],
  options: { add: boolean },
): Promise<KeywordSet> {
  return (await keywordSets(sql, accountId, [keywords], options))[0]!
}

/**
 * The set for each list of keywords, looked up at once; with `add`, those the account has not had yet are added, as
 * SPELLED or as first given here, else they are left out. Nothing is written where one of them is wrong. Errors:
 * invalidKeyword, tooManyKeywords.
 */
export async function keywordSets(
  sql: Queryable,
  accountId: number,
  lists: readonly (readonly string[])[],
  options: { add: boolean },
): Promise<KeywordSet[]> {
  const spelled = new Map<string, string>()
  for (const keyword of lists.flat()) {
    checkKeyword(keyword)
    const name = keyword.toLowerCase()
    if (!bitOf(name) && !spelled.has(name)) spelled.set(name, SPELLED.get(name) ?? keyword)
  }
  const ids =
    spelled.size === 0 ? new Map<string, number>() : await keywordIds(sql, accountId, spelled, options)
  return lists.map((keywords) => {
    const names = [...new Set(keywords.map((keyword) => keyword.toLowerCase()))]
    return {
      flags: names.reduce((flags, name) => flags | bitOf(name), 0),
      keywordIds: names.flatMap((name) => ids.get(name) ?? []).sort((a, b) => a - b),
    }
  })
}

/** The flag of a system keyword, by its lower-case name; 0 for any other, `constructor` among them. */
export const bitOf = (name: string): number =>
  Object.hasOwn(SYSTEM_KEYWORDS, name) ? SYSTEM_KEYWORDS[name as keyof typeof SYSTEM_KEYWORDS] : 0

/** `spelled`: by their lower-case names. */
async function keywordIds(
  sql: Queryable,
  accountId: number,
  spelled: ReadonlyMap<string, string>,
  options: { add: boolean },
): Promise<Map<string, number>> {
  const names = [...spelled.keys()]
  const known = await sql<{ keyword_id: number; name: string }[]>`
    select keyword_id, name from keyword where account_id = ${accountId} and name = any(${names}::text[])`
  const ids = new Map(known.map((row) => [row.name, row.keyword_id]))
  const unknown = names.filter((name) => !ids.has(name))
  if (!options.add || unknown.length === 0) return ids
  const added = await addKeywords(sql, accountId, unknown, spelled)
  for (const [i, name] of unknown.entries()) ids.set(name, added[i]!)
  return ids
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
