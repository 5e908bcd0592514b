// A guest with `lr` in one mailbox, through every read.
import t from 'tap'
import {
  ALL_RIGHTS,
  type ChangeCursor,
  type EmailQuery,
  type Marks,
  type SharedReader,
} from '../../src/index.js'
import { file, message, openTestStore } from '../support/store.js'

const { mailstore, account, principal, mailboxes } = await openTestStore(t)
const bob = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
const carol = await mailstore.directory.createAccount('carol@example.org', 'correct horse')
const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }
const shared = account.as(bob)

const set = (mailboxId: number, rights: string, who = bob) =>
  account.transact((tx) => tx.rights.set(mailboxId, who, rights))
const ALL: EmailQuery = {
  filter: null,
  sort: [],
  collapseThreads: false,
  position: 0,
  limit: 100,
  calculateTotal: true,
}
/** Where a client of the guest that has read everything stands. */
const stand = (type: keyof Marks) =>
  shared.read(async ({ marks, epoch }) => ({ position: marks[type], floor: marks[type], epoch }))
const both = <T>(look: (r: SharedReader) => Promise<T>) =>
  Promise.all([shared.read(look), account.read(look)])

await set(archive, 'lr')

t.test('the owner is shown the account itself; a stranger finds none', async (t) => {
  t.equal(account.as(principal), account)
  t.equal(await account.read(async (r) => r.epoch), 0)
  await t.rejects(
    account.as(carol).read(async () => {}),
    { code: 'accountNotFound' },
  )
  await t.rejects(account.as(carol).view(archive), { code: 'accountNotFound' })
})

t.test('mailboxes: those with l, with his rights and his own count of unread threads', async (t) => {
  const seen = await file(account, archive, { messageId: 'a@x', subject: 'T', keywords: ['$seen'] })
  await file(account, inbox, { messageId: 'b@x', inReplyTo: 'a@x', subject: 'Re: T' })
  await file(account, archive, { messageId: 'c@x', subject: 'U' })
  const [his, hers] = await both((r) => r.mailbox.get([archive, inbox]))
  t.match(his, [
    { id: archive, rights: 'lr', totalEmails: 2, unreadEmails: 1, totalThreads: 2, unreadThreads: 1 },
  ])
  t.equal(his.length, 1)
  t.match(
    hers.find(({ id }) => id === archive),
    { rights: ALL_RIGHTS, unreadThreads: 2 },
    'the owner sees the unread answer in INBOX',
  )
  t.equal(await shared.read((r) => r.mailbox.byRole('inbox')), null)
  t.equal(await shared.read((r) => r.mailbox.byPath('INBOX')), null)
  t.equal((await shared.read((r) => r.mailbox.byPath('Archive')))?.id, archive)
  const all = await account.read((r) => r.mailbox.list())
  t.same([...(await shared.read((r) => r.mailbox.countRecent(all))).keys()], [archive])
  await account.transact((tx) => tx.email.destroy([seen.id]))
})

t.test('a mailbox with l alone is there, and as if it were empty', async (t) => {
  await file(account, inbox, {})
  await set(inbox, 'l')
  const list = await shared.read((r) => r.mailbox.list())
  t.match(
    list.find(({ id }) => id === inbox),
    { rights: 'l', messages: 0, size: 0, totalEmails: 0, totalThreads: 0, uidNext: 1 },
  )
  t.same(
    await shared.read(async (r) => (await r.email.query({ ...ALL, filter: { inMailbox: inbox } })).ids),
    [],
  )
  await t.rejects(shared.view(inbox), { code: 'mailboxNotFound' })
  await set(inbox, '')
})

t.test(
  'a mailbox below one that he may not see hangs on the nearest that he may, by the rest of its path',
  async (t) => {
    const make = (path: string) => account.transact((tx) => tx.mailbox.createPath(path))
    const [x, , y] = [await make('Work'), await make('Work/Secret'), await make('Work/Secret/Team')]
    const z = await make('Home/Team')
    await set(y.id, 'lr')
    await set(z.id, 'lr')
    const look = async () =>
      (await shared.read((r) => r.mailbox.get([y.id, z.id]))).map(({ parentId, name, path }) => [
        parentId,
        name,
        path,
      ])
    t.same(await look(), [
      [null, 'Home/Team', 'Home/Team'],
      [null, 'Work/Secret/Team', 'Work/Secret/Team'],
    ])
    await set(x.id, 'l')
    t.same((await look())[1], [x.id, 'Secret/Team', 'Work/Secret/Team'])
    const since = await stand('mailbox')
    await account.transact((tx) => tx.mailbox.renamePath('Work/Secret', 'Work/Public'))
    t.same((await look())[1], [x.id, 'Public/Team', 'Work/Public/Team'])
    const changes = await shared.read((r) => r.changes.mailbox(since, 10))
    t.match(changes, { created: [], updated: [y.id], destroyed: [], onlyCountsChanged: false })

    const sibling = await make('Work/Public/Club')
    await set(sibling.id, 'lr')
    const later = await stand('mailbox')
    await account.transact((tx) => tx.mailbox.renamePath('Work/Public', 'Work/Open'))
    await file(account, z.id, { messageId: 'page@x' })
    const page = (since: ChangeCursor, max: number) => shared.read((r) => r.changes.mailbox(since, max))
    const first = await page(later, 2)
    t.same([new Set(first.updated), first.hasMore], [new Set([y.id, sibling.id]), true])
    t.match(await page(first.next, 2), { updated: [z.id], hasMore: false })
    await t.rejects(
      page(later, 1),
      { code: 'cannotCalculateChanges' },
      'no page ends between two renamed by one',
    )
  },
)

t.test('subscriptions are his own, and outlive nobody', async (t) => {
  await account.transact((tx) => tx.mailbox.setSubscribed(bob.id, 'Archive', true))
  await account.transact((tx) => tx.mailbox.setSubscribed(principal.id, 'Archive', false))
  const of = (r: SharedReader) => r.mailbox.list(bob.id)
  t.equal((await shared.read(of)).find(({ id }) => id === archive)?.isSubscribed, true)
  t.same(await shared.read((r) => r.mailbox.subscriptions(bob.id)), ['Archive'])
  t.same(await shared.read((r) => r.mailbox.subscriptions(principal.id)), [])
  const asOwner = await shared.read((r) => r.mailbox.list(principal.id))
  t.notOk(asOwner.some(({ isSubscribed }) => isSubscribed))
  const dave = await mailstore.directory.createAccount('dave@example.org', 'correct horse')
  await set(archive, 'l', dave)
  await account.transact((tx) => tx.mailbox.setSubscribed(dave.id, 'Archive', true))
  await mailstore.directory.deleteAccount(dave.name)
  t.same(await account.read((r) => r.mailbox.subscriptions(dave.id)), [])
  await t.rejects(account.transact((tx) => tx.mailbox.setSubscribed(carol.id, 'Archive', true)))
})

t.test('emails and threads: what is shown where he may read, and no word of the rest', async (t) => {
  const draft = { subject: 'Plan', from: 'Eve <eve@example.net>' }
  const two = await file(account, [archive, inbox], { ...draft, messageId: 'p1@x', text: 'gamma' })
  const away = await file(account, inbox, { ...draft, messageId: 'p2@x', inReplyTo: 'p1@x', text: 'gamma' })
  t.equal(two.threadId, away.threadId)
  const dead = await file(account, archive, { ...draft, messageId: 'p3@x', inReplyTo: 'p1@x', deleted: true })
  const ids = [two.id, away.id, dead.id]
  const got = await shared.read((r) => r.email.get(ids))
  t.same(
    got.map(({ id, mailboxIds }) => [id, mailboxIds]),
    [
      [two.id, [archive]],
      [dead.id, []],
    ],
    '\\Deleted messages are there for IMAP',
  )
  t.same(await shared.read((r) => r.thread.get([two.threadId])), [{ id: two.threadId, emailIds: [two.id] }])
  const ask = (filter: EmailQuery['filter']) =>
    shared.read(async (r) => (await r.email.query({ ...ALL, filter })).ids)
  t.same(await ask({ text: 'gamma' }), [two.id])
  t.same(await ask({ inMailbox: inbox }), [])
  t.same(await ask({ operator: 'AND', conditions: [{ inMailbox: inbox }, { text: 'gamma' }] }), [])
  t.notOk((await ask({ inMailboxOtherThan: [archive] })).includes(two.id), 'INBOX is no other mailbox to him')
  t.ok((await ask({ operator: 'NOT', conditions: [{ inMailbox: inbox }] })).includes(two.id))
  t.same(await shared.read((r) => r.email.matching(inbox, { field: 'subject', value: 'Plan' })), [])
  t.same(await shared.read((r) => r.email.matching(archive, { field: 'text', value: 'gamma' })), [two.id])
  t.same([...(await shared.read((r) => r.email.sentOn(ids))).keys()].sort(), [two.id, dead.id].sort())
  const view = await shared.view(archive)
  t.ok([...view.emailIds].includes(two.id))
  await account.transact((tx) => tx.email.destroy([away.id]))
  t.same(await shared.read((r) => r.email.retained({ limit: 10 })), { emails: [], next: null })
})

t.test('bytes: of an email that he may read, or his own upload', async (t) => {
  const { uploads } = account
  const [hers, his] = [message({ text: 'for her' }), message({ text: 'for both' })]
  const secret = await account.ingest(hers, { nul: 'refuse' })
  const open = await account.ingest(his, { nul: 'refuse' })
  await account.transact((tx) =>
    tx.email.create([
      { message: secret, mailboxIds: [inbox] },
      { message: open, mailboxIds: [archive] },
    ]),
  )
  for (const [digest, who, can] of [
    [secret.digest, principal, true],
    [secret.digest, bob, false],
    [open.digest, bob, true],
    [open.digest, carol, false],
  ] as const) {
    t.equal(await uploads.canSee(who.id, digest), can)
  }
  t.same(
    await Promise.all([secret, open].map(({ digest }) => shared.read((r) => r.email.hasDigest(digest)))),
    [false, true],
  )
  const upload = await account.blobs.put(Buffer.from('uploaded by a guest'))
  await uploads.add(bob.id, upload.digest, 'text/plain')
  t.same(await Promise.all([bob, principal].map(({ id }) => uploads.canSee(id, upload.digest))), [
    true,
    false,
  ])
  await set(archive, 'l')
  t.equal(await uploads.canSee(bob.id, open.digest), false, 'to read it takes r')
  await set(archive, 'lr')
})

t.test('rights: his own, and of others where he administers', async (t) => {
  const his = await shared.read((r) => r.rights.of(bob.id))
  t.match(his, { isOwner: false })
  t.equal(his.byMailbox.get(archive), 'lr')
  t.equal(await shared.read(async (r) => r.epoch), his.epoch)
  t.same((await shared.read((r) => r.rights.of(principal.id))).byMailbox, new Map())
  t.same(await shared.read((r) => r.rights.on(archive)), [])
  await set(archive, 'lra')
  t.equal((await shared.read((r) => r.rights.on(archive))).length, 1)
  await set(archive, 'lr')
})

t.test(
  'what moves between a mailbox that he may read and one that he may not is created and destroyed',
  async (t) => {
    const here = await file(account, archive, { messageId: 'm1@x', subject: 'Move' })
    const away = await file(account, inbox, { messageId: 'm2@x', subject: 'Away' })
    const since = await stand('email')
    const threads = await stand('thread')
    await account.move(archive, [here.uid], inbox)
    await account.move(inbox, [away.uid], archive)
    t.match(await shared.read((r) => r.changes.email(since, 10)), {
      created: [away.id],
      updated: [],
      destroyed: [here.id],
    })
    t.match(await shared.read((r) => r.changes.thread(threads, 10)), {
      created: [away.threadId],
      updated: [],
      destroyed: [here.threadId],
    })
    t.match(await account.read((r) => r.changes.email({ ...since, epoch: 0 }, 10)), {
      updated: [here.id, away.id],
    })
    const later = await stand('email')
    await account.transact((tx) => tx.email.setKeywords([here.id], { mode: 'add', keywords: ['$flagged'] }))
    t.match(await shared.read((r) => r.changes.email(later, 10)), { created: [], updated: [], destroyed: [] })
    t.same(await shared.read((r) => r.changes.vanished(inbox, 0)), [], 'of a mailbox that he may not read')
  },
)

t.test('other rights are another epoch, and no state from before says anything', async (t) => {
  const states = {
    email: await stand('email'),
    thread: await stand('thread'),
    mailbox: await stand('mailbox'),
  }
  const query = {
    ...ALL,
    sinceQueryState: states.email.position,
    epoch: states.email.epoch,
    maxChanges: null,
  }
  await shared.read((r) => r.email.queryChanges(query))
  await set(inbox, 'lr')
  for (const type of ['email', 'thread', 'mailbox'] as const) {
    const stale = { code: 'cannotCalculateChanges' }
    await t.rejects(
      shared.read((r) => r.changes[type](states[type], 10)),
      stale,
      type,
    )
    const { epoch: _, ...without } = await stand(type)
    await t.rejects(
      shared.read((r) => r.changes[type](without, 10)),
      stale,
      `${type} without an epoch`,
    )
    const now = await stand(type)
    t.match(await shared.read((r) => r.changes[type](now, 10)), { hasMore: false, next: now }, type)
  }
  await t.rejects(
    shared.read((r) => r.email.queryChanges(query)),
    { code: 'cannotCalculateChanges' },
  )
  await t.rejects(
    account.read((r) => r.changes.email(states.email, 10)),
    { code: 'cannotCalculateChanges' },
    "a guest's state is none of the owner's",
  )
  await set(inbox, '')
})

t.test('he is called for what changes his mailboxes and threads', async (t) => {
  const told: Marks[] = []
  const stop = shared.subscribe(new Set(['thread', 'mailbox']), (marks) => told.push(marks))
  const { id } = await file(account, inbox, { messageId: 's@x' })
  told.length = 0
  await account.transact((tx) => tx.email.setMailboxes(new Map([[id, [archive]]])))
  t.equal(told.length, 1)
  const since = await stand('thread')
  t.equal(told[0]!.thread, since.position, 'with the marks that his states are made of')
  stop()
  await account.transact((tx) => tx.email.destroy([id]))
  t.equal(told.length, 1)
})
