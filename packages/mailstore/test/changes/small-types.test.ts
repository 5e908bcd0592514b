import fc from 'fast-check'
import t from 'tap'
import type { ChangeCursor } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { file, openTestStore } from '../support/store.js'

const { account, mailboxes, principal, url } = await openTestStore(t)
const email = await file(account, mailboxes.INBOX!)
const { digest } = await account.blobs.put(Buffer.from('to send'))

/** What happens to objects of a type, and how they are seen. */
const TYPES = {
  identity: {
    create: () =>
      account.transact((tx) => tx.identity.create({ email: principal.name, principalId: principal.id })),
    update: (id: number, text: string) => account.transact((tx) => tx.identity.update(id, { name: text })),
    destroy: (id: number) => account.transact((tx) => tx.identity.destroy(id)),
    all: () => account.read(async (r) => new Map((await r.identity.list()).map((one) => [one.id, one.name]))),
    touchable: () =>
      account.read(async (r) => (await r.identity.list()).filter((one) => one.mayDelete).map(({ id }) => id)),
  },
  submission: {
    create: () =>
      account.transact(async (tx) =>
        tx.submission.create({
          principalId: principal.id,
          digest,
          email: { emailId: email.id, identityId: (await tx.identity.list())[0]!.id },
          mailFrom: '',
          recipients: [{ address: 'a@example.org' }],
        }),
      ),
    update: (id: number) => account.transact((tx) => tx.submission.cancel(id)),
    destroy: (id: number) => account.transact((tx) => tx.submission.destroy([id])),
    all: () =>
      account.read(async (r) => {
        const all = await r.submission.list(await r.submission.ids(1_000))
        return new Map(all.map((one) => [one.id, one.undoStatus as string]))
      }),
    touchable: () => account.read((r) => r.submission.ids(1_000)),
  },
}

const step = fc.record({
  do: fc.constantFrom('create', 'update', 'destroy'),
  which: fc.nat(20),
  text: fc.string(),
})

for (const [type, does] of Object.entries(TYPES) as ['identity', typeof TYPES.identity][]) {
  t.test(
    `a client that follows ${type}/changes by pages of any size, while it changes, ends with what is there`,
    async (t) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 8 }),
          fc.array(step, { maxLength: 4 }),
          fc.integer({ min: 1, max: 4 }),
          async (first, meanwhile, pageSize) => {
            const known = await does.all()
            const mark = await account.read(async (r) => r.marks[type])
            let cursor: ChangeCursor = { position: mark, floor: mark }
            for (const each of first) await perform(does, each)
            for (let more = true; more; ) {
              const page = await account.read((r) => r.changes[type](cursor, pageSize))
              const told = [...page.created, ...page.updated, ...page.destroyed]
              t.ok(told.length <= pageSize)
              t.equal(new Set(told).size, told.length)
              // A client gets what it is told of; what went in the meantime, the next page tells.
              const now = await does.all()
              for (const id of [...page.created, ...page.updated]) known.set(id, now.get(id) ?? 'gone')
              for (const id of page.destroyed) known.delete(id)
              cursor = page.next
              more = page.hasMore
              const next = meanwhile.shift()
              if (next) {
                await perform(does, next)
                more = true
              }
            }
            t.strictSame([...known].sort(), [...(await does.all())].sort())
            const end = await account.read(async (r) => r.marks[type])
            t.strictSame(cursor, { position: end, floor: end })
          },
        ),
        { numRuns: 40 },
      )
      t.same(await violations(url), [])
    },
  )
}

async function perform(
  does: (typeof TYPES)['identity'],
  { do: what, which, text }: { do: string; which: number; text: string },
) {
  const ids = await does.touchable()
  const id = ids[which % Math.max(ids.length, 1)]
  if (what === 'create' || id === undefined) await does.create()
  else if (what === 'update') await does.update(id, text.replaceAll('\0', ''))
  else await does.destroy(id)
}

t.test('one type moving leaves the other state where it is', async (t) => {
  const marks = () => account.read(async (r) => r.marks)
  const before = await marks()
  await TYPES.identity.create()
  const after = await marks()
  t.same({ ...after, identity: 0 }, { ...before, identity: 0 })
  await TYPES.submission.create()
  t.same({ ...(await marks()), submission: 0 }, { ...after, submission: 0 })
})

t.test('what no client sees has a modseq of its own all the same', async (t) => {
  const create = () =>
    account.transact((tx) =>
      tx.submission.create({
        principalId: principal.id,
        digest,
        mailFrom: '',
        recipients: [{ address: 'a@example.org' }],
      }),
    )
  const before = await account.read(async (r) => r.marks)
  await create()
  await create()
  t.same(await account.read(async (r) => r.marks), before)
  await TYPES.identity.create()
  t.same(await violations(url), [])
})

t.test('a page tells created from updated by where the paging began', async (t) => {
  const mark = await account.read(async (r) => r.marks.identity)
  const made = await TYPES.identity.create()
  const { id } = made as unknown as { id: number }
  const since = { position: mark, floor: mark }
  t.match(await account.read((r) => r.changes.identity(since, 10)), {
    created: [id],
    updated: [],
    destroyed: [],
  })
  const middle = await account.read(async (r) => r.marks.identity)
  await TYPES.identity.update(id, 'new name')
  t.match(
    await account.read((r) => r.changes.identity({ position: middle, floor: mark }, 10)),
    { created: [id] },
    'still in the paging that it was made in',
  )
  t.match(await account.read((r) => r.changes.identity({ position: middle, floor: middle }, 10)), {
    created: [],
    updated: [id],
  })
  await TYPES.identity.destroy(id)
  t.match(await account.read((r) => r.changes.identity(since, 10)), {
    created: [],
    updated: [],
    destroyed: [],
  })
  t.match(await account.read((r) => r.changes.identity({ position: middle, floor: middle }, 10)), {
    destroyed: [id],
  })
  await t.rejects(
    account.read((r) => r.changes.identity({ position: 1e9, floor: 1e9 }, 10)),
    { code: 'cannotCalculateChanges' },
  )
})
