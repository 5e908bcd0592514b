import type { Queryable } from '../db/connect.js'
import { keywordNames } from './keywords.js'
import { createTally, isOfKinds, type Kind, type Tally } from './tally.js'
import type { EmailFilter } from './types.js'

/** Octets of all tallies of a process; an email is 64 of them. */
const DEFAULT_BYTES = 64 * 1024 * 1024
/** Emails of an account that has no tally; its counts are statements. */
const MOST_EMAILS = 500_000

/** The snapshot that a tally is wanted for. */
export interface Moment {
  sql: Queryable
  accountId: number
  /** The account's marks there: of its emails, and how far back changes are known. */
  mark: number
  horizon: number
}

/** The tallies of this process. */
export interface TallyCache {
  /**
   * How many emails match; null where that is to be asked of the database: the filter looks at more than keywords and
   * mailboxes, the account has too many emails, or its tally is of a later moment.
   */
  count(moment: Moment, filter: EmailFilter | null): Promise<number | null>
  /** The same, where the tally of that mark is here already. */
  held(accountId: number, mark: number, filter: EmailFilter | null): number | null
}

export function createTallyCache(maxBytes: number = DEFAULT_BYTES): TallyCache {
  // Insertion order is order of use.
  const tallies = new Map<number, Tally>()

  function keep(accountId: number, tally: Tally): void {
    tallies.delete(accountId)
    tallies.set(accountId, tally)
    let total = [...tallies.values()].reduce((sum, each) => sum + each.bytes, 0)
    for (const [id, each] of tallies) {
      if (total <= maxBytes) return
      total -= each.bytes
      tallies.delete(id)
    }
  }

  return {
    held(accountId, mark, filter) {
      const tally = tallies.get(accountId)
      if (tally?.mark !== mark) return null
      keep(accountId, tally)
      return tally.count(filter)
    },
    async count(moment, filter) {
      if (!isOfKinds(filter)) return null
      const { accountId, mark, horizon } = moment
      const held = tallies.get(accountId)
      if (held && held.mark > mark) return null
      // Counted in the turn in which the mark was looked at: the next one may bring changes of a later moment.
      if (held?.mark === mark) return held.count(filter)
      if (!held || held.mark < horizon) {
        const tally = await load(moment)
        // Another one may have come further meanwhile.
        if (tally && (tallies.get(accountId)?.mark ?? 0) <= mark) keep(accountId, tally)
        return tally?.count(filter) ?? null
      }
      const since = held.mark
      const { changed, names } = await changes(moment, since)
      if (held.mark === since) held.apply(mark, changed, names)
      if (held.mark !== mark) return null
      keep(accountId, held)
      return held.count(filter)
    },
  }
}

/** By kind in one statement: 200,000 emails are a few rows and 3 MB of ids. */
async function load({ sql, accountId, mark }: Moment): Promise<Tally | null> {
  const [size] = await sql<{ most: number }[]>`
    select coalesce(sum(messages), 0)::bigint as most from mailbox_counter where account_id = ${accountId}`
  if (size!.most > MOST_EMAILS) return null
  const kinds = await sql<(Kind & { ids: string })[]>`
    select flags, keywords, mailbox_ids, string_agg(email_id::text, ' ') as ids
    from email_state where account_id = ${accountId} and mailbox_ids <> '{}'
    group by flags, keywords, mailbox_ids`
  const names = await keywordIds(sql, accountId)
  return createTally(
    mark,
    kinds.map(({ ids, ...kind }) => ({ ...kind, emailIds: ids.split(' ').map(Number) })),
    names,
  )
}

async function changes({ sql, accountId }: Moment, since: number) {
  const changed = await sql<(Kind & { email_id: number })[]>`
    select email_id, flags, keywords, mailbox_ids from email_state
    where account_id = ${accountId} and modseq > ${since}`
  return { changed, names: await keywordIds(sql, accountId) }
}

async function keywordIds(sql: Queryable, accountId: number): Promise<Map<string, number>> {
  const names = await keywordNames(sql, accountId)
  return new Map([...names].map(([id, { name }]) => [name, id]))
}
