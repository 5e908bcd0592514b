import type { Sql } from '../db/connect.js'
import { type Book, type Guess, type Row, type Subject, subjectsOf, type Taken } from './book.js'
import { DAY, KNOWN_FOR, RULES } from './standing.js'

/** Rows that stay when more were written: an attack from everywhere must not fill the disk. */
const MAX_ROWS = 200_000
/** Those who are known of one banned address or account. */
const MAX_KNOWN = 1_000
/** Bans that a process takes in; guesses that one statement writes. */
const MAX_BANS = 10_000
const BATCH = 1_000

interface Written extends Subject {
  score: number
  guessed_at: Date
  bans: number
  banned_until: Date
  known_at: Date
}

const toRow = ({ network, account, score, bans, ...times }: Written): Row => ({
  network,
  account,
  score,
  bans,
  at: times.guessed_at.getTime(),
  until: times.banned_until.getTime(),
  knownAt: times.known_at.getTime(),
})

/** Those guesses that no process counted before. Errors: the driver's. */
export async function newGuesses(sql: Sql, guesses: readonly Guess[]): Promise<Guess[]> {
  const fresh: Guess[] = []
  for (let at = 0; at < guesses.length; at += BATCH) {
    // In one order, so that two processes never wait for each other.
    const batch = new Map(guesses.slice(at, at + BATCH).map((guess) => [guess.digest, guess]))
    const sorted = [...batch.keys()].sort()
    const rows = await sql<{ digest: string }[]>`
      insert into login_guess (digest, guessed_at)
      select d.digest, to_timestamp(d.at / 1000.0)
      from unnest(${sorted}::text[],
        ${sorted.map((key) => batch.get(key)!.at)}::bigint[]) as d (digest, at)
      on conflict do nothing returning digest`
    for (const { digest } of rows) fresh.push(batch.get(digest)!)
  }
  return fresh
}

/** Adds `score` of each row to what is there; gives what is there then. Errors: the driver's. */
export async function addRows(sql: Sql, rows: readonly Row[]): Promise<Row[]> {
  const sum: Row[] = []
  const sorted = [...rows].sort((a, b) =>
    `${a.network} ${a.account}` < `${b.network} ${b.account}` ? -1 : 1,
  )
  for (let at = 0; at < sorted.length; at += BATCH) {
    const batch = sorted.slice(at, at + BATCH)
    const written = await sql<Written[]>`
      insert into login_guard as g (network, account, score, guessed_at, bans, banned_until, known_at)
      select d.network, d.account, d.score, to_timestamp(d.at / 1000.0), d.bans,
        to_timestamp(d.until / 1000.0), to_timestamp(d.known / 1000.0)
      from unnest(${batch.map((row) => row.network)}::text[], ${batch.map((row) => row.account)}::text[],
        ${batch.map((row) => row.score)}::float8[], ${batch.map((row) => row.at)}::bigint[],
        ${batch.map((row) => row.bans)}::integer[], ${batch.map((row) => row.until)}::bigint[],
        ${batch.map((row) => row.knownAt)}::bigint[]) as d (network, account, score, at, bans, until, known)
      on conflict (network, account) do update set
        score = excluded.score + greatest(0, g.score
          - greatest(0, extract(epoch from excluded.guessed_at - g.guessed_at)) * 1000
          / case when g.network = '' then ${RULES.account.leak}::float8
              when g.account = '' then ${RULES.address.leak}::float8 else ${RULES.both.leak}::float8 end),
        guessed_at = greatest(g.guessed_at, excluded.guessed_at),
        bans = greatest(g.bans, excluded.bans),
        banned_until = greatest(g.banned_until, excluded.banned_until),
        known_at = greatest(g.known_at, excluded.known_at)
      returning network, account, score, guessed_at, bans, banned_until, known_at`
    sum.push(...written.map(toRow))
  }
  return sum
}

/** Whoever is banned. */
export async function readBans(sql: Sql, now: number): Promise<Row[]> {
  const rows = await sql<Written[]>`
    select network, account, score, guessed_at, bans, banned_until, known_at from login_guard
    where banned_until > to_timestamp(${now}::bigint / 1000.0)
    order by banned_until desc limit ${MAX_BANS}`
  return rows.map(toRow)
}

/** Who logged in lately, of what is banned: at this account, or from this address. */
export async function readKnown(sql: Sql, { network, account }: Subject, now: number): Promise<Row[]> {
  const rows = await sql<Written[]>`
    select network, account, score, guessed_at, bans, banned_until, known_at from login_guard
    where ${network === '' ? sql`account = ${account} and network <> ''` : sql`network = ${network} and account <> ''`}
      and known_at > to_timestamp(${now - KNOWN_FOR}::bigint / 1000.0)
    order by known_at desc limit ${MAX_KNOWN}`
  return rows.map(toRow)
}

/** All that counts, with who is banned first. */
export async function listRows(sql: Sql, now: number, limit: number): Promise<Row[]> {
  const rows = await sql<Written[]>`
    select network, account, score, guessed_at, bans, banned_until, known_at from login_guard
    where guessed_at > to_timestamp(${now - DAY}::bigint / 1000.0)
    order by greatest(banned_until, to_timestamp(${now}::bigint / 1000.0)) desc, score desc limit ${limit}`
  return rows.map(toRow)
}

/** Every name that somebody logs in with. */
export async function loginNames(sql: Sql): Promise<string[]> {
  return (await sql<{ name: string }[]>`select name from login order by name`).map(({ name }) => name)
}

/** Forgets guesses, not who is known; how many rows there were. */
export async function clearRows(sql: Sql, what: Partial<Subject>): Promise<number> {
  const { network, account } = what
  const { count } = await sql`
    update login_guard set score = 0, bans = 0, banned_until = to_timestamp(0), guessed_at = to_timestamp(0)
    where guessed_at > to_timestamp(0)
      ${network === undefined ? sql`` : sql`and network = ${network}`}
      ${account === undefined ? sql`` : sql`and account = ${account}`}`
  return count
}

/** Takes away what counts no more, and the oldest of too many. */
export async function reapRows(sql: Sql, now: number): Promise<void> {
  const before = (age: number) => sql`to_timestamp(${now - age}::bigint / 1000.0)`
  await sql`delete from login_guess where guessed_at < ${before(DAY)}`
  await sql`
    delete from login_guard
    where guessed_at < ${before(DAY)} and banned_until < ${before(DAY)} and known_at < ${before(KNOWN_FOR)}`
  await sql`
    delete from login_guard where (network, account) in (
      select network, account from login_guard order by greatest(guessed_at, banned_until, known_at) desc
      offset ${MAX_ROWS})`
  await sql`
    delete from login_guess where digest in (
      select digest from login_guess order by guessed_at desc offset ${MAX_ROWS})`
}

/** The rows to be written: one for each address, account and both; only `fresh` guesses add to them. */
export function rowsOf(
  { guesses, changed }: Taken,
  fresh: ReadonlySet<Guess>,
  book: Pick<Book, 'get'>,
): Row[] {
  const rows = new Map<string, Row>()
  const rowFor = (subject: Subject): Row => {
    const key = `${subject.network} ${subject.account}`
    const row = rows.get(key) ?? { ...book.get(subject), ...subject, score: 0 }
    rows.set(key, row)
    return row
  }
  for (const guess of guesses) {
    for (const subject of subjectsOf(guess)) rowFor(subject).score += fresh.has(guess) ? 1 : 0
  }
  for (const subject of changed) rowFor(subject)
  return [...rows.values()]
}
