import fc from 'fast-check'
import t from 'tap'
import { ALL_RIGHTS, requireRight } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { openTestStore } from '../support/store.js'

const { mailstore, account, principal, mailboxes, url } = await openTestStore(t)
const { directory } = mailstore
const bob = await directory.createAccount('bob@example.org', 'correct horse')
const carol = await directory.createAccount('carol@example.org', 'correct horse')
const { INBOX: inbox, Archive: archive } = mailboxes as { INBOX: number; Archive: number }

const of = (id: number) => account.read((r) => r.rights.of(id))
const set = (mailboxId: number, who: typeof bob, rights: string) =>
  account.transact((tx) => tx.rights.set(mailboxId, who, rights))

t.afterEach(async () => {
  for (const who of [bob, carol]) for (const id of (await of(who.id)).byMailbox.keys()) await set(id, who, '')
})

t.test('the owner has every right everywhere, a stranger none', async (t) => {
  const owner = await of(principal.id)
  t.match(owner, { isOwner: true, epoch: 0 })
  t.same(new Set(owner.byMailbox.keys()), new Set(Object.values(mailboxes)))
  t.same([...new Set(owner.byMailbox.values())], [ALL_RIGHTS])
  t.same(await of(bob.id), { isOwner: false, epoch: 0, byMailbox: new Map() })
  t.same(await directory.sharesOf(bob.id), [])
})

t.test('what is given is had, in the order of RFC 4314, by whom it was given to', async (t) => {
  await set(inbox, bob, 'tarlr')
  await set(archive, carol, 'l')
  t.match(await of(bob.id), { isOwner: false, byMailbox: new Map([[inbox, 'lrta']]) })
  t.same((await of(carol.id)).byMailbox, new Map([[archive, 'l']]))
  t.same(await account.read((r) => r.rights.on(inbox)), [
    { principalId: bob.id, accountId: bob.accountId, rights: 'lrta' },
  ])
  t.match(await directory.sharesOf(bob.id), [{ accountId: account.id, name: principal.name }])
  t.same(await directory.sharesOf(principal.id), [])
  await set(inbox, bob, '')
  t.same((await of(bob.id)).byMailbox, new Map())
  t.same(await directory.sharesOf(bob.id), [], 'without a right there is nothing to open')
})

t.test('rights follow what was set, whatever the order, and their epoch never comes again', async (t) => {
  const rights = fc.subarray([...ALL_RIGHTS]).map((letters) => letters.join(''))
  const step = fc.record({
    mailbox: fc.constantFrom(inbox, archive),
    who: fc.constantFrom(bob, carol),
    rights,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const seen = new Map<number, Set<number>>([bob, carol].map(({ id }) => [id, new Set()]))
      for (const each of steps) {
        const before = await Promise.all([bob, carol].map(({ id }) => of(id)))
        await set(each.mailbox, each.who, each.rights)
        for (const [i, who] of [bob, carol].entries()) {
          const want = new Map(before[i]!.byMailbox)
          const changes = who === each.who && (want.get(each.mailbox) ?? '') !== each.rights
          if (who === each.who) {
            if (each.rights === '') want.delete(each.mailbox)
            else want.set(each.mailbox, each.rights)
          }
          const after = await of(who.id)
          t.same(after.byMailbox, want)
          t.equal(after.epoch !== before[i]!.epoch, changes, 'the epoch moves with his rights alone')
          if (!changes || after.epoch === 0) continue
          t.notOk(seen.get(who.id)!.has(after.epoch))
          seen.get(who.id)!.add(after.epoch)
          t.match(await directory.sharesOf(who.id), [{ epoch: after.epoch }])
        }
      }
    }),
    { numRuns: 25 },
  )
  t.same(await violations(url), [])
})

t.test('what cannot be given is refused, and changes nothing', async (t) => {
  await set(inbox, bob, 'lr')
  const before = await of(bob.id)
  await t.rejects(set(inbox, bob, 'lrz'), { code: 'invalidRights' })
  await t.rejects(set(inbox, bob, 'lrc'), { code: 'invalidRights' }, 'obsolete: RFC 4314 §2.1.1')
  await t.rejects(set(inbox, principal, 'lr'), { code: 'invalidRights' })
  await t.rejects(set(1, bob, 'lr'), { code: 'mailboxNotFound' })
  await t.rejects(set(inbox, { ...bob, id: 1 }, 'lr'), { code: 'principalNotFound' })
  await set(inbox, bob, 'rl')
  t.same(await of(bob.id), before)
})

t.test('a mailbox, a guest and an account take their rights with them', async (t) => {
  const shared = await account.transact((tx) => tx.mailbox.create({ name: 'Shared' }))
  await set(shared.id, bob, 'lr')
  await set(inbox, bob, 'lr')
  await set(shared.id, carol, 'lr')
  const before = await of(bob.id)
  await account.transact((tx) => tx.mailbox.destroy(shared.id, { removeEmails: true }))
  const after = await of(bob.id)
  t.same(after.byMailbox, new Map([[inbox, 'lr']]))
  t.not(after.epoch, before.epoch)
  t.same(await directory.sharesOf(carol.id), [])

  const dave = await directory.createAccount('dave@example.org', 'correct horse')
  await set(inbox, dave, 'lr')
  await mailstore.account(dave.accountId).transact(async (tx) => {
    const box = await tx.mailbox.byRole('inbox')
    await tx.rights.set(box!.id, bob, 'l')
  })
  t.equal((await directory.sharesOf(bob.id)).length, 2)
  await directory.deleteAccount(dave.name)
  t.equal((await directory.sharesOf(bob.id)).length, 1)
  t.same(
    (await account.read((r) => r.rights.on(inbox))).map(({ principalId }) => principalId),
    [bob.id],
  )
  t.same(await violations(url), [])
})

t.test('a right that is missing is refused; a mailbox that one may not see is not there', async (t) => {
  await set(inbox, bob, 'lr')
  await set(archive, bob, 'r')
  const [guest, owner] = [await of(bob.id), await of(principal.id)]
  requireRight(guest, inbox, 'lr')
  requireRight(guest, inbox, '')
  requireRight(owner, archive, ALL_RIGHTS)
  t.throws(() => requireRight(guest, inbox, 'rw'), { code: 'forbidden' })
  t.throws(() => requireRight(guest, archive, 'r'), { code: 'mailboxNotFound' }, 'RFC 4314 §6')
  t.throws(() => requireRight(guest, mailboxes.Sent!, ''), { code: 'mailboxNotFound' })
  t.throws(() => requireRight(owner, 1, 'l'), { code: 'mailboxNotFound' })
})
