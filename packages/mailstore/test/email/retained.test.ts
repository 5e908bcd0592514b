import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type { Account } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { file, message, openTestStore } from '../support/store.js'

const retained = (account: Account, limit = 100) => account.read((r) => r.email.retained({ limit }))
const at = (state: number) => ({ position: state, floor: state })

t.test('an expunged email comes back: a new UID by IMAP, the same email by JMAP', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const archive = mailboxes.Archive!
  const first = await file(account, archive, {
    subject: 'Budget',
    messageId: 'a@x',
    keywords: ['$seen', 'work'],
  })
  const { marks: known } = await account.read(async (r) => ({ marks: r.marks }))
  const before = await account.view(archive)
  await account.expunge(archive, [first.uid], { onlyDeleted: false })
  const { marks: gone } = await account.read(async (r) => ({ marks: r.marks }))

  t.match(await retained(account), {
    emails: [
      {
        id: first.id,
        threadId: first.threadId,
        subject: 'Budget',
        from: [{ name: 'Bob', email: 'bob@example.net' }],
        mailboxIds: [archive],
      },
    ],
    next: null,
  })
  const [undeleted] = await account.transact((tx) => tx.email.undelete([first.id]))
  t.strictSame([undeleted!.id, [...undeleted!.uids]], [first.id, [[archive, first.uid + 1]]])
  t.strictSame((await retained(account)).emails, [], 'it is no longer among the expunged')

  // RFC 7162 §3.2.5: who was away is told that the old UID vanished, and of a new one.
  const view = await account.view(archive)
  t.strictSame([...view.uids], [first.uid + 1], 'UIDs are never used again')
  t.strictSame(view.keywords(0), ['work'])
  await account.read(async (r) => {
    t.strictSame(await r.changes.vanished(archive, before.highestModseq), [first.uid])
    // RFC 8620 §5.2: who never heard that it was gone finds it updated; who did is told of it as created.
    t.match(await r.changes.email(at(known.email), 10), { created: [], updated: [first.id], destroyed: [] })
    t.match(await r.changes.email(at(gone.email), 10), { created: [first.id], updated: [], destroyed: [] })
    t.match(await r.changes.thread(at(gone.thread), 10), { created: [first.threadId] })
    t.equal(r.marks.emailDelivery, gone.emailDelivery, 'nothing was delivered')
    t.match(await r.email.get([first.id]), [{ mailboxIds: [archive], keywords: ['$seen', 'work'] }])
    const found = await r.email.matching(archive, { field: 'subject', value: 'budget' })
    t.strictSame(found, [first.id], 'a search finds it')
  })
  const reply = await file(account, archive, { subject: 'Re: Budget', messageId: 'b@x', inReplyTo: 'a@x' })
  t.equal(reply.threadId, first.threadId, 'answers join its thread again')
  t.strictSame(await violations(url), [])
})

t.test('each comes back to where it was, to INBOX where that is gone, or where it is told to', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive, Sent: sent, Junk: junk } = mailboxes as Record<string, number>
  const both = await file(account, [archive!, sent!])
  const moved = await file(account, inbox!)
  const lost = await file(account, junk!)
  const { to } = await account.move(inbox!, [moved.uid], archive!)
  await account.expunge(archive!, to, { onlyDeleted: false })
  await account.transact((tx) => tx.email.destroy([both.id]))
  await account.transact((tx) => tx.mailbox.destroy(junk!, { removeEmails: true }))
  const bring = (id: number, mailboxId?: number) =>
    account.transact(async (tx) => [...(await tx.email.undelete([id], mailboxId))[0]!.uids.keys()])
  t.strictSame(
    (await bring(both.id)).sort(),
    [archive, sent].sort(),
    'both mailboxes that it was destroyed in',
  )
  t.strictSame(await bring(moved.id), [archive], 'the last one, not the one that it was moved out of')
  t.strictSame(await bring(lost.id), [inbox], 'its mailbox is gone')
  await account.transact((tx) => tx.email.destroy([both.id]))
  t.strictSame(await bring(both.id, sent), [sent])
  await account.transact((tx) => tx.email.destroy([both.id]))
  await t.rejects(bring(both.id, junk), { code: 'mailboxNotFound' })
  t.equal((await retained(account)).emails.length, 1, 'and nothing happened')
  t.strictSame(await violations(url), [])
})

t.test('what is there, what was never there and what is deleted for good are passed over', async (t) => {
  const { account, mailboxes, mailstore, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const kept = await file(account, mailboxes.INBOX!)
  const reaped = await file(account, mailboxes.INBOX!)
  await account.expunge(mailboxes.INBOX!, [reaped.uid], { onlyDeleted: false })
  await sql`update email_state set expunged_at = expunged_at - interval '8 days'`
  t.match(await mailstore.housekeeping.run(), { emails: 1 })
  const { marks } = await account.read(async (r) => ({ marks: r.marks }))
  t.strictSame(await account.transact((tx) => tx.email.undelete([kept.id, reaped.id, 7])), [])
  t.strictSame(await account.read(async (r) => r.marks), marks, 'and nothing changed')
  t.strictSame(await retained(account), { emails: [], next: null })
})

t.test('the quota counts what is brought back, and refuses what has no room', async (t) => {
  const { mailstore, url } = await openTestStore(t)
  const size = message().length
  const quota = { quotaBytes: 2 * size }
  const { accountId } = await mailstore.directory.createAccount('bob@example.org', 'correct horse', quota)
  const account = mailstore.account(accountId)
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!.id
  const two = [await file(account, inbox), await file(account, inbox)]
  await account.expunge(inbox, [two[0]!.uid, two[1]!.uid], { onlyDeleted: false })
  await file(account, inbox)
  const ids = two.map((each) => each.id)
  await t.rejects(
    account.transact((tx) => tx.email.undelete(ids)),
    { code: 'overQuota' },
  )
  t.equal((await account.transact((tx) => tx.email.undelete([ids[0]!]))).length, 1)
  await t.rejects(
    account.transact((tx) => tx.email.undelete([ids[1]!])),
    { code: 'overQuota' },
  )
  t.strictSame(await violations(url), [])
})

t.test(
  'the list comes in pages, the last expunged first, whatever is brought back between them',
  async (t) => {
    const { account, mailboxes } = await openTestStore(t)
    const inbox = mailboxes.INBOX!
    const filed = []
    for (let i = 0; i < 5; i++) filed.push(await file(account, inbox))
    const [a, b, ...rest] = filed
    for (const group of [[a!], rest, [b!]]) {
      await account.expunge(
        inbox,
        group.map((each) => each.uid),
        { onlyDeleted: false },
      )
    }
    const expected = [b!.id, ...rest.map((each) => each.id).sort((x, y) => y - x), a!.id]
    const seen: number[] = []
    for (let after = null as { micros: number; id: number } | null; ; ) {
      const page = await account.read((r) => r.email.retained({ limit: 2, ...(after ? { after } : {}) }))
      seen.push(...page.emails.map((each) => each.id))
      await account.transact((tx) => tx.email.undelete(page.emails.map((each) => each.id)))
      if (page.next === null) break
      after = page.next
    }
    t.strictSame(seen, expected)
    await account.expunge(inbox, [...(await account.view(inbox)).uids], { onlyDeleted: false })
    const since = (await retained(account)).emails[0]!.expungedAt
    const later = new Date(since.getTime() + 1)
    t.equal((await account.read((r) => r.email.retained({ limit: 9, since }))).emails.length, 5)
    t.strictSame((await account.read((r) => r.email.retained({ limit: 9, since: later }))).emails, [])
  },
)
