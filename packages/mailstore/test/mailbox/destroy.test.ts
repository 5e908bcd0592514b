import t from 'tap'
import { finishDestroyInChunks, renameInChunks } from '../../src/account/chunks.js'
import type { Account, Transactor } from '../../src/index.js'
import { fill } from '../support/fill.js'
import { violations } from '../support/invariants.js'
import { file, mailboxIds, message, openTestStore } from '../support/store.js'

const FULL = 2_500

async function make(account: Account, path: string, count: number): Promise<number> {
  const { id } = await account.transact((tx) => tx.mailbox.createPath(path))
  await fill(account, id, count)
  return id
}

const close = (account: Account, id: number) =>
  account.transact((tx) => tx.mailbox.destroy(id, { removeEmails: true }))

/** The account as somebody has it who ends after so many transactions. */
function endsAfter(account: Account, steps: number): Account {
  let left = steps
  const transact = async <T>(work: (tx: Transactor) => Promise<T>) => {
    if (left-- === 0) throw new Error('killed')
    return account.transact(work)
  }
  return { ...account, transact, move: (...args) => account.move(...args) }
}

t.test('a full mailbox is closed, emptied while others write, and gone with its last message', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const full = await make(account, 'Full', FULL)
  const { marks } = await account.read(async (r) => ({ marks: r.marks }))
  t.equal(await close(account, full), false, 'it is too full for one transaction')
  t.equal((await account.read(async (r) => r.marks)).mailboxProperties, marks.mailboxProperties)
  const sizes: number[] = []
  const steps: { mailbox: number }[] = []
  const watching: Account = {
    ...account,
    async transact(work) {
      // Between two steps others have their turn, and see what is left.
      await file(account, mailboxes.INBOX!)
      sizes.push((await account.view(full)).count)
      const [shown] = await account.read((r) => r.mailbox.get([full]))
      t.match(shown, { path: 'Full', isClosing: true, messages: sizes.at(-1) })
      return account.transact(work)
    },
  }
  await finishDestroyInChunks(watching, full, ({ after }) => steps.push(after))
  t.strictSame(sizes, [1_500, 500])
  await t.rejects(account.view(full), { code: 'mailboxNotFound' })
  await account.read(async (r) => {
    const { destroyed } = await r.changes.mailbox({ position: marks.mailbox, floor: marks.mailbox }, 100)
    t.strictSame(destroyed, [full])
    t.equal(r.marks.mailbox, steps.at(-1)!.mailbox)
  })
  t.equal((await account.read((r) => r.email.retained({ limit: 5_000 }))).emails.length, FULL)
  t.strictSame(await violations(url), [])
})

t.test('a closed mailbox takes nothing in: to what adds to it, it is gone', async (t) => {
  const { account, mailboxes, principal } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const full = await make(account, 'Full', 2_001)
  const kept = await file(account, inbox)
  const lost = await file(account, full)
  await account.expunge(full, [lost.uid], { onlyDeleted: false })
  await account.store(full, [1_007], { mode: 'add', keywords: [], deleted: true })
  await close(account, full)
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const additions: Record<string, (tx: Transactor) => Promise<unknown>> = {
    file: (tx) => tx.email.create([{ message: ingested, mailboxIds: [inbox, full] }]),
    copy: (tx) => tx.membership.copy(inbox, [kept.uid], full),
    'copy nothing': (tx) => tx.membership.copy(inbox, [], full),
    move: (tx) => tx.membership.move(inbox, [kept.uid], full),
    show: (tx) => tx.email.setMailboxes(new Map([[kept.id, [inbox, full]]])),
    undelete: (tx) => tx.email.undelete([lost.id], full),
    'take \\Deleted back': (tx) =>
      tx.membership.store(full, [1_007], { mode: 'remove', keywords: [], deleted: true }),
    rename: (tx) => tx.mailbox.update(full, { name: 'Other' }),
    'rename its path': (tx) => tx.mailbox.renamePath('Full', 'Other'),
  }
  const { marks } = await account.read(async (r) => ({ marks: r.marks }))
  for (const [what, add] of Object.entries(additions)) {
    await t.rejects(account.transact(add), { code: 'mailboxNotFound' }, what)
  }
  const below = (work: (tx: Transactor) => Promise<unknown>) => account.transact(work)
  const noParent = { code: 'invalidMailboxParent' }
  await t.rejects(
    below((tx) => tx.mailbox.createPath('Full/Child')),
    noParent,
  )
  await t.rejects(
    below((tx) => tx.mailbox.update(mailboxes.Archive!, { parentId: full })),
    noParent,
  )
  await t.rejects(
    below((tx) => tx.mailbox.createPath('Full')),
    { code: 'mailboxExists' },
    'its name is not free yet',
  )
  t.strictSame(await account.read(async (r) => r.marks), marks, 'and nothing was changed')
  const [undeleted] = await account.transact((tx) => tx.email.undelete([lost.id]))
  t.strictSame([...undeleted!.uids.keys()], [inbox], 'what comes back does not go there either')
  // What is in it may still be read, flagged and taken out.
  t.equal((await account.claimRecent(full))?.from, 1)
  await account.store(full, [1_001], { mode: 'add', keywords: ['$seen'], deleted: true })
  await account.move(full, [1_002], inbox)
  t.equal((await account.view(full)).count, 1_000)
  t.ok(await account.read((r) => r.mailbox.list(principal.id)))
})

t.test('whoever destroys it may be killed: housekeeping, or the next one to ask, goes on', async (t) => {
  const { account, mailstore, url } = await openTestStore(t)
  for (const [path, goOn] of [
    ['Housekept', (_id: number) => mailstore.housekeeping.run()],
    ['Asked again', (id: number) => account.destroyMailbox(id, { removeEmails: false })],
  ] as const) {
    const id = await make(account, path, FULL)
    await close(account, id)
    await t.rejects(finishDestroyInChunks(endsAfter(account, 1), id), { message: 'killed' })
    t.equal((await account.view(id)).count, 500, `${path}: two steps were taken`)
    await goOn(id)
    await t.rejects(account.view(id), { code: 'mailboxNotFound' }, path)
    await t.rejects(account.destroyMailbox(id, { removeEmails: true }), { code: 'mailboxNotFound' })
  }
  t.strictSame(await violations(url), [])
})

t.test(
  'a refusal comes before anything is closed; a mailbox goes after those that close below it',
  async (t) => {
    const { account, mailboxes, url } = await openTestStore(t)
    const parent = await make(account, 'Parent', 10)
    const child = await make(account, 'Parent/Child', 1_001)
    const destroy = (id: number, removeEmails = true) => account.destroyMailbox(id, { removeEmails })
    await t.rejects(destroy(child, false), { code: 'mailboxHasEmail' })
    await t.rejects(destroy(parent), { code: 'mailboxHasChild' })
    await t.rejects(destroy(mailboxes.INBOX!), { code: 'mailboxProtected' })
    t.ok((await account.read((r) => r.mailbox.list())).every((mailbox) => !mailbox.isClosing))
    await account.transact(async (tx) => {
      t.equal(await tx.mailbox.destroy(child, { removeEmails: true }), false)
      t.equal(
        await tx.mailbox.destroy(parent, { removeEmails: true }),
        false,
        'small, but it cannot go first',
      )
    })
    await account.finishDestroy(parent)
    t.strictSame(await account.read((r) => r.mailbox.get([parent, child])), [])
    t.strictSame(await violations(url), [])
  },
)

t.test('RENAME of a full INBOX moves what was there, in order, while others write', async (t) => {
  const { account, mailboxes, url } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const filed = await fill(account, inbox, FULL)
  let late = 0
  const renaming: Account = {
    ...account,
    async move(...args) {
      late = (await file(account, inbox, { subject: 'late' })).id
      return account.move(...args)
    },
  }
  await renameInChunks(renaming, 'INBOX', 'old/mail')
  const { INBOX: kept, 'old/mail': made } = await mailboxIds(account)
  t.equal(kept, inbox)
  const view = await account.view(made!)
  t.strictSame(
    [...view.emailIds],
    filed.map((each) => each.id),
  )
  t.strictSame([...(await account.view(inbox)).emailIds], [late], 'what arrived meanwhile stays')
  t.strictSame(await violations(url), [])
})
