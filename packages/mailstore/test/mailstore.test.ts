import fc from 'fast-check'
import t from 'tap'
import { connect } from '../src/db/connect.js'
import type { Account, MailstoreError, Transactor } from '../src/index.js'
import { violations } from './support/invariants.js'
import { file, mailboxIds, openTestStore } from './support/store.js'

const mailbox = async (account: Account, id: number) => (await account.read((r) => r.mailbox.get([id])))[0]!

t.test('filing gives UIDs in order, counts, threads by reply and moves the marks', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const before = await account.read(async (r) => r.marks)
  const first = await file(account, inbox, { subject: 'Plan', messageId: 'a@x' })
  const second = await file(account, inbox, { subject: 'Re: Plan', messageId: 'b@x', inReplyTo: 'a@x' })
  const other = await file(account, inbox, { subject: 'Other', messageId: 'c@x', inReplyTo: 'a@x' })
  t.same([first.uid, second.uid, other.uid], [1, 2, 3])
  t.equal(second.threadId, first.threadId)
  t.not(other.threadId, first.threadId, 'another subject is another thread (RFC 8621 §3)')
  const after = await mailbox(account, inbox)
  t.match(after, {
    messages: 3,
    unseen: 3,
    totalEmails: 3,
    unreadEmails: 3,
    totalThreads: 2,
    unreadThreads: 2,
    uidNext: 4,
  })
  const marks = await account.read(async (r) => r.marks)
  for (const type of ['email', 'thread', 'mailbox', 'emailDelivery', 'membership'] as const) {
    t.ok(marks[type] > before[type], `${type} moved`)
  }
  t.equal(marks.mailboxProperties, before.mailboxProperties, 'properties did not')
  t.same(await violations(url), [])
})

t.test('what fails half way leaves nothing behind (rule 2)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const { uid, id } = await file(account, inbox)
  const before = await account.read(async (r) => [r.marks, await r.mailbox.list(), await r.email.get([id])])
  await t.rejects(
    account.transact(async (tx) => {
      await tx.membership.copy(inbox, [uid], archive)
      await tx.membership.store(inbox, [uid], { mode: 'add', keywords: ['$seen'], deleted: true })
      await tx.membership.copy(inbox, [uid], 7)
    }),
    { code: 'mailboxNotFound' },
  )
  t.same(await account.read(async (r) => [r.marks, await r.mailbox.list(), await r.email.get([id])]), before)
  t.equal((await account.view(archive)).count, 0)
  t.same(await violations(url), [])
})

t.test(
  'a keyword set through one mailbox is set in all, each with a modseq of its own (rule 5)',
  async (t) => {
    const { account, mailboxes, url } = await openTestStore(t)
    const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
    const { uid, id } = await file(account, inbox)
    await account.transact((tx) => tx.membership.copy(inbox, [uid], archive))
    const was = await account.view(archive)
    await account.store(inbox, [uid], { mode: 'add', keywords: ['$seen', 'Project-X'], deleted: false })
    const now = await account.view(archive)
    t.equal(now.flags.at(0), 1)
    t.same(now.keywords(0), ['Project-X'], 'spelled as first set')
    t.ok(now.highestModseq > was.highestModseq)
    t.equal((await mailbox(account, archive)).unseen, 0)
    const [email] = await account.read((r) => r.email.get([id]))
    t.same(email!.keywords, ['$seen', 'project-x'])
    const marks = await account.read(async (r) => r.marks)
    await account.store(inbox, [uid], { mode: 'add', keywords: ['$seen', 'project-x'], deleted: false })
    t.same(await account.read(async (r) => r.marks), marks, 'what changes nothing writes nothing')
    t.same(await violations(url), [])
  },
)

t.test('a keyword that an RFC spells is spelled so, whoever sets it first (RFC 9051 §2.3.2)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const { uid, id } = await file(account, inbox)
  const keywords = ['$forwarded', '$NOTJUNK', '$mdnSent', 'pRoject']
  await account.store(inbox, [uid], { mode: 'add', keywords, deleted: false })
  t.same([...(await account.view(inbox)).keywords(0)].sort(), [
    '$Forwarded',
    '$MDNSent',
    '$NotJunk',
    'pRoject',
  ])
  const [email] = await account.read((r) => r.email.get([id]))
  t.same(email!.keywords, ['$forwarded', '$mdnsent', '$notjunk', 'project'])
})

t.test('\\Deleted hides an email from JMAP and taking it back revives it (rule 5)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const { uid, id } = await file(account, inbox)
  const at = async () => (await account.read(async (r) => r.marks)).email
  const changes = (position: number) =>
    account.read((r) => r.changes.email({ position, floor: position }, 100))
  const known = await at()
  await account.store(inbox, [uid], { mode: 'add', keywords: [], deleted: true })
  const hidden = await at()
  t.match(await changes(known), { created: [], updated: [], destroyed: [id] })
  t.match(await mailbox(account, inbox), { messages: 1, deleted: 1, totalEmails: 0, unreadThreads: 0 })
  await account.store(inbox, [uid], { mode: 'remove', keywords: [], deleted: true })
  t.match(await changes(known), { created: [], updated: [id], destroyed: [] }, 'knew it all along')
  t.match(await changes(hidden), { created: [id], updated: [], destroyed: [] }, 'was told of the destroy')
  const between = { position: hidden, floor: known }
  await t.rejects(
    account.read((r) => r.changes.email({ ...between, began: hidden }, 100)),
    { code: 'cannotCalculateChanges' },
    'revived after the first page, which told of the destroy',
  )
  t.match(
    await account.read(async (r) => r.changes.email({ ...between, began: r.marks.email }, 100)),
    { created: [], updated: [id], destroyed: [] },
    'back before the first page: nobody was told of the destroy',
  )
  t.same(await violations(url), [])
})

t.test('COPY appends always, and JMAP sees a set (rule 6)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const { uid, id } = await file(account, inbox)
  const marks = await account.read(async (r) => r.marks)
  const copied = await account.transact((tx) => tx.membership.copy(inbox, [uid], inbox))
  t.match(copied, { from: [1], to: [2] })
  t.match(await mailbox(account, inbox), { messages: 2, totalEmails: 1 })
  const after = await account.read(async (r) => r.marks)
  t.equal(after.email, marks.email, 'no state of JMAP moved')
  t.equal(after.mailbox, marks.mailbox)
  t.ok(after.membership > marks.membership)
  // The move by COPY, STORE and EXPUNGE keeps the id.
  await account.store(inbox, [1], { mode: 'add', keywords: [], deleted: true })
  t.same(await account.expunge(inbox, [1, 2], { onlyDeleted: true }), [1])
  const [email] = await account.read((r) => r.email.get([id]))
  t.same(email!.mailboxIds, [inbox])
  t.same(await violations(url), [])
})

t.test('MOVE leaves one of each in the target (rule 6)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const { uid, id } = await file(account, [inbox, archive])
  const moved = await account.move(inbox, [uid], archive)
  t.match(moved, { from: [1], to: [2] })
  const view = await account.view(archive)
  t.same([...view.uids], [2], 'the double went')
  t.equal((await account.view(inbox)).count, 0)
  t.same((await account.read((r) => r.email.get([id])))[0]!.mailboxIds, [archive])
  const again = await account.move(archive, [2], archive)
  t.match(again, { from: [2], to: [3] }, 'onto itself gives a new UID')
  t.same(await violations(url), [])
})

t.test('MOVE to a name finds the mailbox that has it when the messages move', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive, Drafts: drafts } = mailboxes as Record<string, number>
  const { uid, id } = await file(account, [inbox!])
  const renamed = account.transact((tx) =>
    tx.mailbox.updateMany(
      new Map([
        [archive!, { name: 'Drafts' }],
        [drafts!, { name: 'Archive' }],
      ]),
    ),
  )
  const target = async (tx: Transactor) => (await tx.mailbox.byPath('Archive'))!.id
  await Promise.all([renamed, account.move(inbox!, [uid], target)])
  t.same((await account.read((r) => r.email.get([id])))[0]!.mailboxIds, [drafts])
})

t.test('Email/changes in pages of any size ends where a full read does', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const filed = []
  for (let i = 0; i < 7; i++) filed.push(await file(account, inbox, { subject: `m${i}` }))
  const start = (await account.read(async (r) => r.marks)).email
  await account.store(inbox, [2, 5], { mode: 'add', keywords: ['$flagged'], deleted: false })
  await account.expunge(inbox, [3], { onlyDeleted: false })
  const late = await file(account, inbox, { subject: 'late' })
  for (const size of [1, 2, 3, 100]) {
    const all = { created: [] as number[], updated: [] as number[], destroyed: [] as number[] }
    let cursor = { position: start, floor: start }
    for (let more = true; more; ) {
      const page = await account.read((r) => r.changes.email(cursor, size))
      for (const list of ['created', 'updated', 'destroyed'] as const) all[list].push(...page[list])
      cursor = page.next
      more = page.hasMore
    }
    t.same(all.created, [late.id], `page size ${size}`)
    t.same(all.updated.sort(), [filed[1]!.id, filed[4]!.id].sort())
    t.same(all.destroyed, [filed[2]!.id])
    t.equal(cursor.position, (await account.read(async (r) => r.marks)).email)
  }
})

t.test('what was created since the first page is created on every page (rule 4)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const start = (await account.read(async (r) => r.marks)).email
  const first = await file(account, inbox, { subject: 'first' })
  const second = await file(account, inbox, { subject: 'second' })
  await account.store(inbox, [first.uid], { mode: 'add', keywords: ['$flagged'], deleted: false })
  const one = await account.read((r) => r.changes.email({ position: start, floor: start }, 1))
  t.match(one, { created: [second.id], updated: [], hasMore: true })
  const two = await account.read((r) => r.changes.email(one.next, 1))
  t.match(two, { created: [first.id], updated: [], hasMore: false }, 'the client has not heard of it')
})

t.test('a state moves when, and only when, the data of its type did (rule 8)', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
  const { uid } = await file(account, inbox, { messageId: 'a@x' })
  const add = (keywords: string[]) => account.store(inbox, [uid], { mode: 'add', keywords, deleted: false })
  const steps: [what: string, run: () => Promise<unknown>, moved: string[]][] = [
    ['a keyword', () => add(['$flagged']), ['email', 'membership']],
    ['the same again', () => add(['$flagged']), []],
    ['read', () => add(['$seen']), ['email', 'mailbox', 'membership']],
    ['a copy', () => account.transact((tx) => tx.membership.copy(inbox, [uid], inbox)), ['membership']],
    ['a move', () => account.move(inbox, [uid], archive), ['email', 'mailbox', 'membership']],
    [
      'a new name',
      () => account.transact((tx) => tx.mailbox.update(archive, { name: 'Old' })),
      ['mailbox', 'mailboxProperties'],
    ],
    [
      'a message',
      () => file(account, inbox, { messageId: 'b@x', inReplyTo: 'a@x' }),
      ['email', 'emailDelivery', 'mailbox', 'membership', 'thread'],
    ],
  ]
  for (const [what, run, wanted] of steps) {
    const before = await account.read(async (r) => r.marks)
    await run()
    const after = await account.read(async (r) => r.marks)
    const moved = Object.keys(after).filter((mark) => {
      const type = mark as keyof typeof after
      return after[type] !== before[type]
    })
    t.same(moved.sort(), wanted, what)
  }
})

t.test('an unread email in the Trash makes no thread unread elsewhere (RFC 8621 §2)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const { INBOX: inbox, Trash: trash } = mailboxes as { INBOX: number; Trash: number }
  await file(account, inbox, { messageId: 'a@x', keywords: ['$seen'] })
  const reply = await file(account, inbox, { messageId: 'b@x', inReplyTo: 'a@x' })
  t.equal((await mailbox(account, inbox)).unreadThreads, 1)
  await account.move(inbox, [reply.uid], trash)
  t.equal((await mailbox(account, inbox)).unreadThreads, 0)
  t.equal((await mailbox(account, trash)).unreadThreads, 1)
  await account.transact((tx) => tx.mailbox.update(trash, { role: null }))
  t.equal((await mailbox(account, inbox)).unreadThreads, 1, 'no Trash, no exception')
  t.same(await violations(url), [])
})

t.test('siblings swap names in one call, and a refused patch leaves the others', async (t) => {
  const { account, principal, mailboxes } = await openTestStore(t)
  const {
    Sent: sent,
    Junk: junk,
    Archive: archive,
  } = mailboxes as Record<'Sent' | 'Junk' | 'Archive', number>
  const refused = await account.transact((tx) =>
    tx.mailbox.updateMany(
      new Map([
        [sent, { name: 'Junk' }],
        [junk, { name: 'Sent' }],
        [archive, { name: 'Drafts' }],
      ]),
    ),
  )
  t.same(
    [...refused].map(([id, error]) => [id, error.code]),
    [[archive, 'mailboxExists']],
  )
  const now = await mailboxIds(account)
  t.equal(now.Sent, junk)
  t.equal(now.Junk, sent)
  t.equal(now.Archive, archive)
  t.ok((await account.read((r) => r.mailbox.subscriptions(principal.id))).includes('Sent'))
})

t.test('RENAME of INBOX moves its messages and INBOX stays (RFC 9051 §6.3.6)', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const { id } = await file(account, mailboxes.INBOX!)
  await account.transact((tx) => tx.mailbox.renamePath('inbox', 'old/mail'))
  const now = await mailboxIds(account)
  t.equal(now.INBOX, mailboxes.INBOX)
  t.same((await account.read((r) => r.email.get([id])))[0]!.mailboxIds, [now['old/mail']])
  t.same(await violations(url), [])
})

t.test('a mailbox made again under an old name has a higher UIDVALIDITY (rule 7)', async (t) => {
  const { account } = await openTestStore(t)
  // Several times, so that not each falls into another second of the clock.
  let last = { id: 0, uidValidity: 0 }
  for (let round = 0; round < 5; round++) {
    const made = await account.transact((tx) => tx.mailbox.createPath('a/b'))
    t.ok(made.uidValidity > last.uidValidity, `${made.uidValidity} after ${last.uidValidity}`)
    t.not(made.id, last.id)
    last = made
    await account.transact((tx) => tx.mailbox.destroy(made.id, { removeEmails: false }))
  }
})

t.test(
  'emails filed at once have the keywords of each, and one wrong keyword leaves none behind',
  async (t) => {
    const { account, mailboxes, url } = await openTestStore(t)
    const sql = connect(url, { max: 1 })
    t.teardown(() => sql.end())
    const message = await account.ingest(Buffer.from('Subject: x\r\n\r\nx\r\n'), { nul: 'refuse' })
    const create = (lists: string[][]) =>
      account.transact(async (tx) => {
        const emails = lists.map((keywords) => ({ message, mailboxIds: [mailboxes.INBOX!], keywords }))
        // The error is caught in the transaction, which then commits what was written.
        return tx.email.create(emails).catch((error: MailstoreError) => error.code)
      })
    t.equal(await create([['Before'], ['(']]), 'invalidKeyword')
    t.same(await sql`select name from keyword`, [])
    const filed = await create([['$seen', 'Work'], [], ['work', 'WORK', 'Home', '$flagged']])
    if (typeof filed === 'string') return t.fail(filed)
    const emails = await account.read((r) => r.email.get(filed.map((each) => each!.id)))
    t.same(
      emails.map(({ keywords }) => keywords),
      [['$seen', 'work'], [], ['$flagged', 'home', 'work']],
    )
    const view = await account.view(mailboxes.INBOX!)
    t.same([...view.keywords(2)].sort(), ['Home', 'Work'], 'as first spelled')
  },
)

t.test('a local delivery that is repeated files nothing, also where there is no more room', async (t) => {
  const { mailstore } = await openTestStore(t)
  const small = await mailstore.directory.createAccount('small@example.org', 'correct horse', {
    quotaBytes: 20,
  })
  const account = mailstore.account(small.accountId)
  const mailboxes = await mailboxIds(account)
  const ingested = await account.ingest(Buffer.from('Subject: x\r\n\r\nx\r\n'), { nul: 'refuse' })
  const deliver = () =>
    account.transact((tx) =>
      tx.email.create([
        {
          message: ingested,
          mailboxIds: [mailboxes.INBOX!],
          delivery: { submissionId: 7, address: 'alice@example.org' },
        },
      ]),
    )
  t.ok((await deliver())[0])
  t.equal((await deliver())[0], null)
})

t.test('more writers than connections all finish, though each needs an id of its own', async (t) => {
  const { mailstore, url } = await openTestStore(t)
  const names = Array.from({ length: 8 }, (_, i) => `user${i}@example.org`)
  const people = await Promise.all(
    names.map((name) => mailstore.directory.createAccount(name, 'correct horse')),
  )
  // A process of its own has no ids yet, so that all of them ask at once.
  const { openMailstore } = await import('../src/index.js')
  const other = await openMailstore({ url, poolSize: 2 })
  t.teardown(() => other.close())
  const filed = await Promise.all(
    people.map(async ({ accountId }) => {
      const account = other.account(accountId)
      const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!
      return Promise.all([file(account, inbox.id), file(account, inbox.id)])
    }),
  )
  const ids = filed.flat().map(({ id }) => id)
  t.equal(new Set(ids).size, 16, 'each id was given once')
})

t.test('a change is announced to another process, and to this one', async (t) => {
  const { account, mailstore, url, mailboxes } = await openTestStore(t)
  const { openMailstore } = await import('../src/index.js')
  const other = await openMailstore({ url })
  t.teardown(() => other.close())
  const types = new Set(['email'] as const)
  const here = new Promise((resolve) => account.subscribe(types, resolve))
  const there = new Promise<{ email: number }>((resolve) => {
    other.account(account.id).subscribe(types, (marks) => marks.email > 1 && resolve(marks))
  })
  await file(mailstore.account(account.id), mailboxes.INBOX!)
  await here
  t.equal((await there).email, (await account.read(async (r) => r.marks)).email)
})

t.test('any sequence of operations keeps every derived row in line', async (t) => {
  const store = await openTestStore(t)
  const { account, mailboxes, url } = store
  const places = [mailboxes.INBOX!, mailboxes.Archive!, mailboxes.Trash!]
  const place = fc.integer({ min: 0, max: 2 }).map((i) => places[i]!)
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 })
  const step = fc.oneof(
    fc.tuple(fc.constant('file' as const), place, fc.boolean(), fc.integer({ min: 0, max: 3 })),
    fc.tuple(
      fc.constant('store' as const),
      place,
      uids,
      fc.constantFrom('$seen', '$draft', '$flagged'),
      fc.boolean(),
    ),
    fc.tuple(fc.constant('delete' as const), place, uids, fc.boolean()),
    fc.tuple(fc.constant('copy' as const), place, uids, place),
    fc.tuple(fc.constant('move' as const), place, uids, place),
    fc.tuple(fc.constant('expunge' as const), place, uids),
    fc.tuple(fc.constant('trash' as const), place),
  )
  const run = async (s: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<unknown> => {
    switch (s[0]) {
      case 'file':
        return file(account, s[1], { subject: `s${s[3]}`, messageId: `root${s[3]}@x`, deleted: s[2] })
      case 'store':
        return account.store(s[1], s[2], { mode: s[4] ? 'add' : 'remove', keywords: [s[3]], deleted: false })
      case 'delete':
        return account.store(s[1], s[2], { mode: s[3] ? 'add' : 'remove', keywords: [], deleted: true })
      case 'copy':
        return account.transact((tx) => tx.membership.copy(s[1], s[2], s[3]))
      case 'move':
        return account.move(s[1], s[2], s[3])
      case 'expunge':
        return account.expunge(s[1], s[2], { onlyDeleted: true })
      case 'trash':
        return account.transact((tx) =>
          tx.mailbox.updateMany(
            new Map(places.slice(1).map((id) => [id, { role: id === s[1] ? ('trash' as const) : null }])),
          ),
        )
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const views = await Promise.all(places.map((id) => account.view(id)))
      for (const s of steps) await run(s)
      const found = await violations(url)
      if (found.length > 0) throw new Error(found.join('\n'))
      for (const [i, id] of places.entries()) {
        // The view refreshed by delta equals one read afresh from rows.
        const view = await account.view(id)
        if (view.count !== (await mailbox(account, id)).messages) throw new Error(`view of ${i} is off`)
        if (views[i]!.uidNext > view.uidNext) throw new Error('UIDNEXT went back')
      }
    }),
    { numRuns: 40, endOnFailure: process.env.TANDEM_TEST_SHRINK === 'no' },
  )
})
