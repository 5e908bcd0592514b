import { connect } from '../../src/db/connect.js'

/** The ids of bulk emails begin above any that the allocator gives to a test. */
const FIRST_ID = 2 ** 41

/** The id of the n-th bulk email, from 1 on; a higher one was received later. */
export const bulkId = (n: number) => FIRST_ID + n

/**
 * Fills an empty mailbox with `count` small emails in threads of four, a minute apart, by one statement a table: what
 * 20,000 messages cost is to be measured, not what filing them does. Every tenth is unread, every hundredth is
 * flagged; number n has the word `n<n>` in its body and `every` in common with all.
 */
export async function fillMailbox(
  url: string,
  accountId: number,
  mailboxId: number,
  count: number,
): Promise<void> {
  const sql = connect(url, { max: 1 })
  try {
    await sql.begin(async (tx) => {
      await tx`
        create temporary table bulk on commit drop as
        select n, ${FIRST_ID} + n as email_id, ${FIRST_ID} + (n - 1) / 4 as thread_id, sha256(n::text::bytea) as digest,
          timestamptz '2026-01-01' + n * interval '1 minute' as received_at,
          (case when n % 10 = 0 then 0 else 1 end + case when n % 100 = 0 then 4 else 0 end)::smallint as flags
        from generate_series(1, ${count}::bigint) n`
      await tx`insert into blob (account_id, blob_no, digest) select ${accountId}, email_id, digest from bulk`
      await tx`
        insert into email (account_id, email_id, thread_id, digest, size, received_at, base_subject, summary)
        select ${accountId}, email_id, thread_id, digest, 1000 + n, received_at, 'subject ' || n % 500,
          jsonb_build_object('subject', 'subject ' || n % 500, 'hasAttachment', n % 7 = 0, 'preview',
            repeat('some text of this email ', 20), 'from', jsonb_build_array(jsonb_build_object('name',
            'person ' || n % 50, 'email', 'p' || n % 50 || '@example.com')))
        from bulk`
      await tx`
        insert into email_state (account_id, email_id, thread_id, flags, mailbox_ids, modseq, created_modseq, born_modseq)
        select ${accountId}, email_id, thread_id, flags, array[${mailboxId}::bigint], 10 + n, 10 + n, 10 + n from bulk`
      await tx`
        insert into membership (account_id, mailbox_id, uid, email_id, modseq, created_modseq, received_at, shown)
        select ${accountId}, ${mailboxId}, n, email_id, ${count} + 10 + n, ${count} + 10 + n, received_at, true from bulk`
      await tx`
        insert into thread (account_id, thread_id, emails, unread_elsewhere, modseq, created_modseq, born_modseq)
        select ${accountId}, thread_id, count(*), count(*) filter (where flags & 1 = 0), m, m, m
        from bulk cross join lateral (select ${2 * count + 11 - FIRST_ID} + thread_id as m) modseqs group by thread_id, m`
      await tx`
        insert into thread_mailbox
          (account_id, thread_id, mailbox_id, emails, unread, latest_received_at, latest_email_id)
        select ${accountId}, thread_id, ${mailboxId}, count(*), count(*) filter (where flags & 1 = 0), max(received_at),
          max(email_id)
        from bulk group by thread_id`
      await tx`
        insert into search (account_id, digest, envelope, header, body, people, words)
        select ${accountId}, digest, concat(E'\nfrom: person ', n % 50, E'\nsubject: subject ', n % 500),
          concat(E'\nfrom: person ', n % 50, E'\nx-number: ', n), concat('every n', n, ' ', repeat(filler, 20)),
          format('''person'':1A ''%s'':2A', n % 50)::tsvector,
          format('''subject'':1A ''%s'':2A ''every'':3 ''n%s'':4 %s', n % 500, n, format('''%s'':5', filler))::tsvector
        from bulk cross join lateral (select md5((n % 100)::text) as filler) fillers`
      await tx`
        update mailbox_counter set messages = ${count}, total_emails = ${count}, uid_next = ${count + 1},
          total_threads = (select count(distinct thread_id) from bulk), highest_modseq = ${2 * count + 10},
          unseen = n.unread, unread_emails = n.unread, unread_threads = n.threads
        from (select count(*) filter (where flags & 1 = 0) as unread,
          count(distinct thread_id) filter (where flags & 1 = 0) as threads from bulk) n
        where account_id = ${accountId} and mailbox_id = ${mailboxId}`
      await tx`
        update account set modseq = ${4 * count}, mark_email = ${count + 10}, mark_membership = ${2 * count + 10},
          mark_thread = ${4 * count}, mark_email_delivery = ${count + 10}
        where account_id = ${accountId}`
    })
    await sql`vacuum analyze`
  } finally {
    await sql.end()
  }
}
