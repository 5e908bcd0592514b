import t from 'tap'
import { openTestStore } from '../support/store.js'

t.test(
  'what comes to a path that was subscribed to has changed, with its own row or above it (rule 8)',
  async (t) => {
    const { mailstore } = await openTestStore(t)
    const { accountId, id } = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
    const account = mailstore.account(accountId)
    const child = await account.transact((tx) => tx.mailbox.createPath('a/b'))
    await account.transact((tx) => tx.mailbox.setSubscribed(id, 'c/b', true))
    const { mailbox: state } = await account.read(async (r) => r.marks)
    await account.transact((tx) => tx.mailbox.renamePath('a', 'c'))

    const changes = await account.read((r) => r.changes.mailbox({ position: state, floor: state }, 100))
    t.same(changes.updated, [child.parentId, child.id])
    t.equal(changes.onlyCountsChanged, false)
    const [after] = await account.read((r) => r.mailbox.get([child.id], id))
    t.equal(after!.isSubscribed, true)

    const { mailbox: later } = await account.read(async (r) => r.marks)
    await account.transact((tx) => tx.mailbox.update(child.parentId!, { name: 'd' }))
    const moved = await account.read((r) => r.changes.mailbox({ position: later, floor: later }, 100))
    t.same(moved.updated, [child.parentId], 'its subscription came along')
  },
)
