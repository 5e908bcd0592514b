import { baseSubject } from '@tandem/mime'
import type { Ledger } from '../account/ledger.js'
import { booleans } from '../db/connect.js'
import { MailstoreError } from '../errors.js'
import { count as countMembership, readUidNext, takeUids } from '../membership/rows.js'
import { formerThreadKeys, older, type ThreadCandidate, threadKeys, threadsByKey } from '../thread/match.js'
import { type KeywordSet, keywordSets, SEEN } from './keywords.js'
import { findNew, recordFiled } from './repeats.js'
import type { FiledEmail, NewEmail } from './types.js'

/** One email on its way into rows: its ids, thread, keywords and UIDs are settled. */
interface Filing {
  email: NewEmail
  id: number
  threadId: number
  keys: string[]
  set: KeywordSet
  receivedAt: Date
  modseq: number
  uids: Map<number, number>
}

/**
 * Files messages in order, with one statement per table however many they are. A repeat of a
 * delivery files nothing. Errors as EmailTransactor.create, before anything is written.
 */
export async function createEmails(
  ledger: Ledger,
  emails: readonly NewEmail[],
): Promise<(FiledEmail | null)[]> {
  await checkMailboxes(ledger, emails)
  const isNew = await findNew(ledger, emails)
  checkQuota(
    ledger,
    emails.filter((_, i) => isNew[i]),
  )
  const keywords = emails.map((email) => email.keywords ?? [])
  const sets = await keywordSets(ledger.sql, ledger.accountId, keywords, { add: true })
  const kept = emails.flatMap((email, i) => (isNew[i] ? [{ email, set: sets[i]! }] : []))
  const filings = await prepare(ledger, kept)
  if (filings.length > 0) await write(ledger, filings)
  await recordFiled(
    ledger,
    filings.map(({ email, id }) => ({ ...email, id })),
  )
  for (const filing of filings) note(ledger, filing)
  let next = 0
  return emails.map((_, i) => {
    if (!isNew[i]) return null
    const { id, threadId, uids } = filings[next++]!
    return { id, threadId, uids }
  })
}

async function checkMailboxes(ledger: Ledger, emails: readonly NewEmail[]): Promise<void> {
  if (emails.some((email) => email.mailboxIds.length === 0)) {
    throw new MailstoreError('emailNeedsMailbox', 'an email is in at least one mailbox')
  }
  const wanted = [...new Set(emails.flatMap((email) => email.mailboxIds))]
  const uidNext = await readUidNext(ledger, wanted)
  if (wanted.some((id) => !uidNext.has(id))) {
    throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
  }
  // What this transaction gave out before is ahead of the rows.
  for (const [id, uid] of uidNext) ledger.mailbox(id).uidNext ??= uid
}

function checkQuota({ row }: Ledger, emails: readonly NewEmail[]): void {
  const bytes = emails.reduce((sum, email) => sum + email.message.size, 0)
  if (row.quotaBytes !== null && row.usedBytes + bytes > row.quotaBytes) {
    throw new MailstoreError('overQuota', 'the account has no room for this')
  }
}

async function prepare(
  ledger: Ledger,
  kept: readonly { email: NewEmail; set: KeywordSet }[],
): Promise<Filing[]> {
  const keys = kept.map(({ email }) => threadKeys(email.message.summary))
  const formerKeys = kept.map(({ email }) => formerThreadKeys(email.message.summary))
  const candidates = await threadsByKey(ledger, [...new Set(keys.flat())], [...new Set(formerKeys.flat())])
  const ids = await ledger.ids.take(kept.length * 2)
  const now = new Date()
  const filings: Filing[] = []
  for (const [i, { email, set }] of kept.entries()) {
    const joined = joinThread(
      candidates,
      [...keys[i]!, ...formerKeys[i]!],
      ids[kept.length + i]!,
      Number.MAX_SAFE_INTEGER - kept.length + i,
    )
    const uids = new Map<number, number>()
    for (const id of [...new Set(email.mailboxIds)].sort((a, b) => a - b))
      uids.set(id, await takeUids(ledger, id, 1))
    const receivedAt = new Date(Math.floor((email.receivedAt ?? now).getTime() / 1000) * 1000)
    filings.push({
      email,
      id: ids[i]!,
      threadId: joined.threadId,
      keys: keys[i]!,
      set,
      receivedAt,
      modseq: ledger.nextModseq(),
      uids,
    })
  }
  return filings
}

/** Rule 7: of several threads it could join, the one born first; a new one is younger than all there are. */
function joinThread(
  candidates: Map<string, ThreadCandidate>,
  keys: readonly string[],
  newThreadId: number,
  youngest: number,
): ThreadCandidate {
  let joined: ThreadCandidate = { threadId: newThreadId, bornModseq: youngest }
  for (const key of keys) {
    const candidate = candidates.get(key)
    if (candidate && candidate.bornModseq < joined.bornModseq) joined = candidate
  }
  // The next email of this batch finds this one by its keys.
  for (const key of keys) older(candidates, key, joined)
  return joined
}

async function write(ledger: Ledger, filings: readonly Filing[]): Promise<void> {
  const { sql, accountId } = ledger
  const memberships = filings.flatMap((f) => [...f.uids].map(([mailboxId, uid]) => ({ f, mailboxId, uid })))
  const firstModseq = ledger.nextModseq(memberships.length)
  const keys = filings.flatMap((f) => f.keys.map((key) => ({ key, f })))
  const ids = filings.map((f) => f.id)
  const threadIds = filings.map((f) => f.threadId)
  await Promise.all([
    sql`
      insert into email ${sql(
        filings.map((f) => ({
          account_id: accountId,
          email_id: f.id,
          thread_id: f.threadId,
          digest: f.email.message.digest,
          size: f.email.message.size,
          received_at: f.receivedAt,
          sent_at: sentAt(f),
          base_subject: baseSubject(f.email.message.summary.subject ?? ''),
          summary: sql.json(f.email.message.summary as never),
        })),
      )}`,
    sql`
      insert into email_state (account_id, email_id, thread_id, flags, keywords, mailbox_ids, modseq,
        created_modseq, born_modseq)
      select ${accountId}, d.email_id, d.thread_id, d.flags, d.keywords::smallint[], d.mailbox_ids::bigint[],
        d.modseq, d.modseq, d.modseq
      from unnest(
        ${ids}::bigint[], ${threadIds}::bigint[], ${filings.map((f) => f.set.flags)}::smallint[],
        ${filings.map((f) => `{${f.set.keywordIds}}`)}::text[],
        ${filings.map((f) => (f.email.deleted ? '{}' : `{${[...f.uids.keys()]}}`))}::text[],
        ${filings.map((f) => f.modseq)}::bigint[]
      ) as d (email_id, thread_id, flags, keywords, mailbox_ids, modseq)`,
    sql`
      insert into membership (account_id, mailbox_id, uid, email_id, modseq, created_modseq, received_at,
        deleted, shown)
      select ${accountId}, d.mailbox_id, d.uid, d.email_id, d.modseq, d.modseq, to_timestamp(d.received_at),
        d.deleted, not d.deleted
      from unnest(
        ${memberships.map((m) => m.mailboxId)}::bigint[], ${memberships.map((m) => m.uid)}::bigint[],
        ${memberships.map((m) => m.f.id)}::bigint[], ${memberships.map((_, i) => firstModseq + i)}::bigint[],
        ${memberships.map((m) => m.f.receivedAt.getTime() / 1000)}::bigint[],
        ${booleans(memberships.map((m) => m.f.email.deleted ?? false))}::boolean[]
      ) as d (mailbox_id, uid, email_id, modseq, received_at, deleted)`,
    sql`
      insert into thread_key (account_id, key, email_id, thread_id)
      select ${accountId}, decode(d.key, 'hex'), d.email_id, d.thread_id
      from unnest(
        ${keys.map((k) => k.key)}::text[], ${keys.map((k) => k.f.id)}::bigint[],
        ${keys.map((k) => k.f.threadId)}::bigint[]
      ) as d (key, email_id, thread_id)`,
  ])
  for (const [i, { mailboxId }] of memberships.entries())
    ledger.mailbox(mailboxId).highestModseq = firstModseq + i
}

/** The instant of the Date field; Postgres takes years 1 to 9999 of ISO 8601. */
function sentAt({ email }: Filing): Date | null {
  const date = new Date(email.message.summary.sentAt ?? Number.NaN)
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date : null
}

/** Tells the ledger: counters, quota, marks, and the thread to count again. */
function note(ledger: Ledger, { email, id, threadId, set, modseq, uids }: Filing): void {
  const deleted = email.deleted ?? false
  const seen = (set.flags & SEEN) !== 0
  for (const [mailboxId, uid] of uids) {
    countMembership(
      ledger,
      { mailboxId, uid, emailId: id, threadId, deleted, seen, size: email.message.size },
      1,
    )
  }
  ledger.row.usedBytes += email.message.size
  ledger.created.push({ emailId: id, threadId, wasVisible: false, isVisible: !deleted })
  ledger.touch('emailDelivery', modseq)
  if (!deleted) ledger.touch('email', modseq)
}
