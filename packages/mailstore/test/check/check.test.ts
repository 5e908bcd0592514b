import t from 'tap'
import { CHECKS } from '../../src/check/check.js'
import { connect, type Sql } from '../../src/db/connect.js'
import type { CheckOptions } from '../../src/index.js'
import { type Account, openMailstore, type Violation } from '../../src/index.js'
import type { Mailstore } from '../../src/types.js'
import { file, mailboxIds, openTestStore } from '../support/store.js'

async function all(mailstore: Mailstore, options: CheckOptions): Promise<Violation[]> {
  const found: Violation[] = []
  for await (const violation of mailstore.check(options)) found.push(violation)
  return found
}

/** Mail in two mailboxes and the Trash, an email twice in one, one \Deleted, one expunged, and one on its way out. */
async function fill(account: Account, mailboxes: Record<string, number>, principalId: number) {
  const { INBOX: inbox, Archive: archive, Trash: trash } = mailboxes as Record<string, number>
  const first = await file(account, inbox!, { messageId: 'a@x', keywords: ['work'] })
  await file(account, [inbox!, archive!], { messageId: 'b@x', inReplyTo: 'a@x', keywords: ['$seen'] })
  const thrown = await file(account, inbox!, { messageId: 'c@x', inReplyTo: 'a@x' })
  await account.move(inbox!, [thrown.uid], trash!)
  await account.transact((tx) => tx.membership.copy(inbox!, [first.uid], inbox!))
  await file(account, inbox!, { subject: 'hidden', deleted: true })
  const gone = await file(account, inbox!, { subject: 'gone', messageId: 'd@x' })
  await account.expunge(inbox!, [gone.uid], { onlyDeleted: false })
  const { digest } = await account.blobs.put(Buffer.from('to send'))
  await account.transact(async (tx) => {
    const { id: identityId } = await tx.identity.create({ principalId, email: 'alice@example.org' })
    const spare = await tx.identity.create({ principalId, email: 'alice@example.org' })
    await tx.identity.destroy(spare.id)
    await tx.vacation.update({ isEnabled: true })
    const email = { emailId: first.id, identityId }
    const recipients = [{ address: 'a@b.example' }]
    for (let count = 0; count < 2; count++) {
      await tx.submission.create({ principalId, digest, email, mailFrom: '', recipients })
    }
    const [canceled] = await tx.submission.ids(1)
    await tx.submission.cancel(canceled!)
    const dropped = await tx.submission.create({ principalId, digest, email, mailFrom: '', recipients })
    await tx.submission.destroy([dropped])
  })
}

const INBOX = `mailbox_id = (select mailbox_id from mailbox where role = 'inbox')`
const SUBSCRIPTION = `insert into push_subscription (account_id, push_subscription_id, principal_id, credential_id,
    device_client_id, url, server_key, verification_code, expires_at)
  select account_id, 1, principal_id, credential_id, 'phone', 'https://a.example/', '', 'code', now() + interval '1 day'
  from credential`
const FIRST = `email_id = (select email_id from membership where ${INBOX} and uid = 1)`
const GONE = `email_id = (select email_id from membership_tombstone order by modseq desc limit 1)`

interface Case {
  /** What is done to the rows behind the store's back. */
  sql: string
  /** The check that has to notice; others may too. */
  notices: string
  /** False where no repair would be honest. */
  mends: boolean
}

const CASES: Case[] = [
  {
    sql: `update mailbox_counter set messages = messages + 1 where ${INBOX}`,
    notices: 'IMAP counters count memberships',
    mends: true,
  },
  {
    sql: `update mailbox_counter set unseen = 0, deleted = 5, size = 1 where ${INBOX}`,
    notices: 'IMAP counters count memberships',
    mends: true,
  },
  ...['total_emails', 'unread_emails', 'total_threads', 'unread_threads'].map((column) => ({
    sql: `update mailbox_counter set ${column} = ${column} + 1 where ${INBOX}`,
    notices: 'JMAP counters count visible emails, with the Trash rule',
    mends: true,
  })),
  {
    sql: `update mailbox_counter set uid_next = 1 where ${INBOX}`,
    notices: 'UIDs are below UIDNEXT',
    mends: true,
  },
  {
    sql: `update membership set created_modseq = 1 where ${INBOX} and uid = 2`,
    notices: 'UIDs ascend in the order of filing',
    mends: false,
  },
  ...['mailbox', 'mailbox_counts', 'email', 'thread', 'membership', 'submission', 'identity', 'vacation'].map(
    (mark) => ({
      sql: `update account set mark_${mark} = 1`,
      notices: 'no modseq is above the mark of its type',
      mends: true,
    }),
  ),
  {
    sql: `update account set modseq = 2, mark_mailbox = 1, mark_mailbox_counts = 1, mark_email = 1, mark_thread = 1,
      mark_email_delivery = 1, mark_membership = 1, mark_submission = 1, mark_identity = 1, mark_vacation = 1`,
    notices: 'no modseq is above the counter of the account',
    mends: true,
  },
  {
    sql: `update mailbox_counter set highest_modseq = 1 where ${INBOX}`,
    notices: 'HIGHESTMODSEQ is not below a message or tombstone of its mailbox',
    mends: true,
  },
  ...[
    `update membership set modseq = (select max(modseq) from thread) where ${INBOX} and uid = 1`,
    `update membership_tombstone set modseq = (select max(modseq) from membership_tombstone)`,
    `update email_state set modseq = (select max(modseq) from membership_tombstone) where ${FIRST}`,
    `update email_state set modseq = (select max(modseq) from thread), hidden_modseq = (select max(modseq)
      from thread) where mailbox_ids = '{}' and hidden_modseq is not null`,
    `update thread set modseq = (select max(modseq) from email_state) where emails > 0`,
    `update mailbox set modseq = 7 where role in ('sent', 'junk')`,
    `update mailbox_counter set counts_modseq = (select max(modseq) from email_state) where ${INBOX}`,
    `update submission set modseq = (select max(modseq) from email_state)`,
    `update identity set modseq = (select max(modseq) from submission) where may_delete`,
    `update tombstone set modseq = (select max(modseq) from submission)`,
    `update vacation set modseq = (select max(modseq) from submission)`,
  ].map((sql) => ({ sql, notices: 'each modseq is given once', mends: true })),
  {
    sql: `update email_state set born_modseq = modseq + 1 where ${FIRST}`,
    notices: 'a row is born, created and changed in this order',
    mends: false,
  },
  {
    sql: `update membership set flipped_modseq = modseq + 1 where ${INBOX} and uid = 1`,
    notices: 'a row is born, created and changed in this order',
    mends: false,
  },
  {
    sql: `insert into membership_tombstone (account_id, mailbox_id, uid, email_id, thread_id, modseq, created_modseq)
      select account_id, mailbox_id, uid, email_id, 1, (select max(modseq) from membership), created_modseq
      from membership where ${INBOX} and uid = 1`,
    notices: 'a UID that is gone is not there again',
    mends: true,
  },
  {
    sql: `delete from membership_tombstone where ${INBOX}`,
    notices: 'a UID that is gone has a tombstone until the horizon',
    mends: true,
  },
  {
    sql: 'update account set last_uid_validity = 1',
    notices: 'no UIDVALIDITY is above the last one given',
    mends: true,
  },
  {
    sql: `update membership set shown = false where ${INBOX} and uid = 1`,
    notices: 'the live membership with the lowest UID is shown',
    mends: true,
  },
  {
    sql: `update membership set shown = (uid <> 1) where ${FIRST}`,
    notices: 'the live membership with the lowest UID is shown',
    mends: true,
  },
  {
    sql: `update email_state set mailbox_ids = '{}' where ${FIRST}`,
    notices: 'mailbox_ids are the mailboxes where the email is shown',
    mends: true,
  },
  {
    sql: `update email_state set mailbox_ids = array[${`(select mailbox_id from mailbox where role = 'sent')`}] where ${FIRST}`,
    notices: 'mailbox_ids are the mailboxes where the email is shown',
    mends: true,
  },
  {
    sql: `update email_state set expunged_at = now() where ${FIRST}`,
    notices: 'an email is expunged when its last membership goes',
    mends: true,
  },
  {
    sql: `update email_state set expunged_at = null where ${GONE}`,
    notices: 'an email is expunged when its last membership goes',
    mends: true,
  },
  {
    sql: `update email_state set keywords = '{1,9}' where ${FIRST}`,
    notices: 'an email has no keyword that the account has not',
    mends: true,
  },
  {
    sql: `update email_state set thread_id = thread_id + 1 where ${FIRST}`,
    notices: 'an email has its content and its state',
    mends: false,
  },
  {
    sql: `delete from email_state where ${GONE}`,
    notices: 'an email has its content and its state',
    mends: false,
  },
  {
    sql: `delete from mailbox_counter where mailbox_id = (select mailbox_id from mailbox where role = 'junk')`,
    notices: 'a mailbox has its counters and hangs from the top',
    mends: false,
  },
  {
    sql: `update mailbox set parent_id = mailbox_id where role = 'junk'`,
    notices: 'a mailbox has its counters and hangs from the top',
    mends: false,
  },
  ...['emails', 'unread_elsewhere', 'unread_in_trash'].map((column) => ({
    sql: `update thread set ${column} = ${column} + 1`,
    notices: 'a thread counts its visible emails and the unread of them',
    mends: true,
  })),
  {
    sql: `delete from thread where emails > 1`,
    notices: 'a thread counts its visible emails and the unread of them',
    mends: true,
  },
  ...[
    'update thread_mailbox set emails = emails + 1',
    'update thread_mailbox set unread = unread + 1',
    'update thread_mailbox set latest_email_id = 1',
    `update thread_mailbox set latest_received_at = latest_received_at - interval '1 day'`,
    'delete from thread_mailbox',
    `insert into thread_mailbox select account_id, thread_id, 1, 1, 1, latest_received_at, latest_email_id
      from thread_mailbox limit 1`,
  ].map((sql) => ({
    sql,
    notices: 'a thread counts its emails in each mailbox and knows the latest',
    mends: true,
  })),
  {
    sql: `update thread_key set thread_id = 1`,
    notices: 'thread keys are those of emails that are there, and lead to their threads',
    mends: true,
  },
  {
    sql: `insert into thread_key select account_id, decode(repeat('00', 16), 'hex'), email_id, thread_id
      from email where ${GONE}`,
    notices: 'thread keys are those of emails that are there, and lead to their threads',
    mends: true,
  },
  {
    sql: 'delete from thread_key',
    notices: 'an email has the thread keys of its message',
    mends: true,
  },
  {
    sql: `update thread_key set key = decode(repeat('00', 16), 'hex') where ${FIRST}`,
    notices: 'an email has the thread keys of its message',
    mends: true,
  },
  {
    sql: 'update account set used_bytes = used_bytes + 1',
    notices: 'the quota counts each email that is somewhere once',
    mends: true,
  },
  {
    sql: `update email set size = size + 1 where ${FIRST}`,
    notices: 'an email and a submission have their bytes',
    mends: false,
  },
  {
    sql: 'delete from blob_chunk where blob_no = (select min(blob_no) from blob)',
    notices: 'a blob is as long as its chunks',
    mends: false,
  },
  {
    sql: `update blob_chunk set bytes = set_byte(bytes, 0, 0) where blob_no = (select min(blob_no) from blob)`,
    notices: 'a blob holds the bytes that it is named by',
    mends: false,
  },
  {
    sql: 'delete from search',
    notices: 'the bytes of every email can be searched, or are about to be',
    mends: true,
  },
  { sql: 'delete from job', notices: 'a submission that is not settled is due', mends: true },
  {
    sql: `delete from submission_recipient where state = 'queued'`,
    notices: 'a job has something to send',
    mends: true,
  },
  ...['now()', 'null'].map((value) => ({
    sql: `update submission set finished_at = ${value}`,
    notices: 'a submission is finished when nobody is queued',
    mends: true,
  })),
  ...[
    'update submission set is_destroyed = false',
    `insert into tombstone select account_id, 'identity', identity_id, (select max(modseq) + 1 from submission), 2
      from identity where may_delete`,
  ].map((sql) => ({ sql, notices: 'what is destroyed is not there', mends: true })),
  {
    sql: 'update identity set may_delete = true',
    notices: 'an address has an identity',
    mends: true,
  },
  {
    sql: `${SUBSCRIPTION}; update account set has_push = true`,
    notices: 'a push subscription can become due',
    mends: true,
  },
  {
    sql: `${SUBSCRIPTION}; insert into push_due (account_id, push_subscription_id, told)
      select account_id, 1, '{}' from push_subscription`,
    notices: 'an account with push subscriptions says so',
    mends: true,
  },
  {
    sql: `${SUBSCRIPTION}; update account set has_push = true;
      insert into push_due (account_id, push_subscription_id, told, is_verified, watched, due_at)
      select account_id, 1, '{"email": 1}', true, '{email}', 'infinity' from push_subscription`,
    notices: 'a push subscription is due where something was not told',
    mends: true,
  },
  // It leaves an account behind, for the guest.
  {
    sql: `insert into account (account_id) values (1);
      insert into principal (account_id, principal_id, name) values (1, 1, 'guest@example.org');
      insert into share select 1, account_id, 1, 1 from account where account_id <> 1`,
    notices: 'a share gives a right somewhere',
    mends: true,
  },
  // It changes the schema for those after it.
  {
    sql: `alter table email drop constraint email_account_id_digest_fkey; delete from blob b using email e
      where b.digest = e.digest and e.${FIRST}`,
    notices: 'an email and a submission have their bytes',
    mends: false,
  },
]

/** What clients remember; none of it may ever go down. */
async function remembered(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql<{ what: string; value: number }[]>`
    select 'account ' || key as what, value::text::bigint as value from account a, jsonb_each(to_jsonb(a)) each
    where key like 'mark%' or key in ('modseq', 'horizon_modseq')
    union all select 'uidnext ' || mailbox_id, uid_next from mailbox_counter
    union all select 'highest ' || mailbox_id, highest_modseq from mailbox_counter
    union all select 'counts ' || mailbox_id, counts_modseq from mailbox_counter
    union all select 'email ' || email_id, modseq from email_state
    union all select 'thread ' || thread_id, modseq from thread`
  return new Map(rows.map(({ what, value }) => [what, value]))
}

t.test('what is wrong is named, and mended where that can be done without lying', async (t) => {
  t.same(
    CHECKS.map(({ name }) => name).filter((name) => !CASES.some(({ notices }) => notices === name)),
    [],
    'each check has a case',
  )
  const { mailstore, url, principal } = await openTestStore(t)
  await mailstore.directory.deleteAccount(principal.name)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  for (const { sql: harm, notices, mends } of CASES) {
    await t.test(harm.replace(/\s+/g, ' ').slice(0, 90), async (t) => {
      const { id, accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
      t.teardown(() => mailstore.directory.deleteAccount('alice@example.org'))
      const account = mailstore.account(accountId)
      await fill(account, await mailboxIds(account), id)
      t.same(await all(mailstore, { deep: true }), [], 'all is well before')
      await sql.unsafe(harm)
      const before = await remembered(sql)
      const found = await all(mailstore, { deep: true })
      const own = found.filter(({ name }) => name === notices)
      t.ok(own.length > 0, `${notices}: ${JSON.stringify(found)}`)
      t.match(own[0], { accountId: account.id, repaired: null, at: /./, found: /./, expected: /./ })
      t.same(await remembered(sql), before, 'a look changes nothing')

      const repaired = await all(mailstore, { deep: true, repair: true })
      const left = await all(mailstore, { deep: true })
      if (mends) t.same(left, [], 'clean after the repair')
      else
        t.ok(
          left.some(({ name }) => name === notices),
          'it cannot be mended, and is told again',
        )
      for (const each of repaired.filter(({ name }) => name === notices)) t.equal(each.repaired, mends)
      for (const [what, value] of await remembered(sql))
        if (value < (before.get(what) ?? 0)) t.fail(`${what} went from ${before.get(what)} to ${value}`)
      t.same(
        await all(mailstore, { deep: true, repair: true }),
        left.map((each) => ({ ...each, repaired: false })),
      )
    })
  }
})

t.test('clients that follow by changes hear of what was repaired', async (t) => {
  const { mailstore, account, mailboxes, principal, url } = await openTestStore(t)
  await fill(account, mailboxes, principal.id)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const { marks } = await account.read(async (r) => r)
  await sql.unsafe(`update email_state set mailbox_ids = '{}' where ${FIRST}`)
  await sql.unsafe(`update mailbox_counter set total_emails = 9
    where mailbox_id = (select mailbox_id from mailbox where role = 'sent')`)
  const heard = new Promise((resolve) => account.subscribe(new Set(['email', 'mailbox']), resolve))
  await all(mailstore, { repair: true })
  await heard
  const [{ email_id: id }] = (await sql.unsafe(`select email_id from email where ${FIRST}`)) as [
    { email_id: number },
  ]
  await account.read(async (r) => {
    const emails = await r.changes.email({ position: marks.email, floor: marks.email }, 100)
    t.ok([...emails.created, ...emails.updated].includes(id), 'the email is told of')
    const boxes = await r.changes.mailbox({ position: marks.mailbox, floor: marks.mailbox }, 100)
    t.ok(boxes.updated.includes(mailboxes.Sent!), 'and the mailbox whose counters were wrong')
    t.match(await r.mailbox.get([mailboxes.Sent!]), [{ totalEmails: 0 }])
  })
})

t.test('a check of one account looks at no other, and progress counts accounts', async (t) => {
  const { mailstore, account, url } = await openTestStore(t)
  const bob = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  await sql`update account set used_bytes = 1`
  t.match(await all(mailstore, { accountId: bob.accountId }), [{ accountId: bob.accountId, rule: 11 }])
  const progress: string[] = []
  const found = await all(mailstore, {
    onProgress: ({ checked, accounts }) => progress.push(`${checked}/${accounts}`),
  })
  t.same(new Set(found.map(({ accountId }) => accountId)), new Set([account.id, bob.accountId]))
  t.same(progress, ['1/2', '2/2'])
})

t.test('no false alarm while writers of two processes write, with and without repair', async (t) => {
  const { mailstore, account, mailboxes, url } = await openTestStore(t)
  const other = await openMailstore({ url })
  t.teardown(() => other.close())
  const inbox = mailboxes.INBOX!
  const archive = mailboxes.Archive!
  let writing = true
  let steps = 0
  const write = async (writer: Account) => {
    for (; writing; steps++) {
      const { uid } = await file(writer, [inbox, archive], { messageId: `m${steps % 5}@x`, text: `${steps}` })
      await writer.store(inbox, [uid], { mode: 'add', keywords: ['$seen', 'work'], deleted: steps % 2 === 0 })
      await writer.transact((tx) => tx.membership.copy(archive, [uid - 1, uid], inbox))
      await writer.move(inbox, [uid - 1], mailboxes.Trash!)
      await writer.expunge(inbox, [uid], { onlyDeleted: true })
    }
  }
  const writers = [account, account, other.account(account.id)].map(write)
  // Each look has to see something new, or it would prove nothing.
  for (let looks = 0, last = -1; looks < 12; ) {
    const found = await all(mailstore, { deep: looks % 2 === 0, repair: looks % 3 === 0 })
    if (found.length > 0) t.same(found, [], `after ${steps} steps`)
    if (steps > last) looks++
    last = steps
  }
  writing = false
  await Promise.all(writers)
  t.same(await all(mailstore, { deep: true }), [])
  t.comment(`${steps} steps`)
})
