import fc from 'fast-check'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type {
  EmailSubmission,
  SubmissionCondition,
  SubmissionFilter,
  SubmissionSort,
} from '../../src/index.js'
import { file, openTestStore } from '../support/store.js'

const { account, mailboxes, principal, url } = await openTestStore(t)
const sql = connect(url, { max: 1 })
t.teardown(() => sql.end())
const BASE = Date.parse('2030-01-01T00:00:00Z')

const emails = await Promise.all(
  ['one', 'two', 'three'].map((subject) => file(account, mailboxes.INBOX!, { subject })),
)
const identities = await account.transact(async (tx) => [
  (await tx.identity.list())[0]!.id,
  (await tx.identity.create({ email: principal.name, principalId: principal.id })).id,
])
const { digest } = await account.blobs.put(Buffer.from('to send'))

const create = (email: number, identity: number, hour: number) =>
  account.transact((tx) =>
    tx.submission.create({
      principalId: principal.id,
      digest,
      email: { emailId: emails[email]!.id, identityId: identities[identity]! },
      mailFrom: '',
      recipients: [{ address: 'a@example.org' }],
      sendAt: new Date(BASE + hour * 3_600_000),
    }),
  )

for (let n = 0; n < 12; n++) await create(n % 3, n % 2, (n * 5) % 7)
await account.transact(async (tx) => {
  for (const id of (await tx.submission.ids(3)).slice(1)) await tx.submission.cancel(id)
  // By SMTP: never shown.
  await tx.submission.create({ principalId: principal.id, digest, mailFrom: '', recipients: [] })
})

const date = fc.integer({ min: 0, max: 7 }).map((hour) => new Date(BASE + hour * 3_600_000))
const some = (ids: number[]) => fc.subarray([...ids, 1])
const condition: fc.Arbitrary<SubmissionCondition> = fc.record(
  {
    identityIds: some(identities),
    emailIds: some(emails.map(({ id }) => id)),
    threadIds: some(emails.map(({ threadId }) => threadId)),
    undoStatus: fc.constantFrom('pending', 'final', 'canceled'),
    before: date,
    after: date,
  },
  { requiredKeys: [] },
)
const { filter } = fc.letrec<{ filter: SubmissionFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    condition,
    fc.record({
      operator: fc.constantFrom('AND', 'OR', 'NOT'),
      conditions: fc.array(tie('filter'), { maxLength: 3 }),
    }),
  ),
}))
const sort: fc.Arbitrary<SubmissionSort[]> = fc.array(
  fc.record({ property: fc.constantFrom('emailId', 'threadId', 'sentAt'), isAscending: fc.boolean() }),
  { maxLength: 3 },
)

/** RFC 8621 §7.3, in plain code. */
function matches(s: EmailSubmission, f: SubmissionFilter): boolean {
  if ('operator' in f) {
    const each = f.conditions.map((one) => matches(s, one))
    if (f.operator === 'AND') return each.every(Boolean)
    return f.operator === 'OR' ? each.some(Boolean) : !each.some(Boolean)
  }
  return (
    (!f.identityIds || f.identityIds.includes(s.email.identityId)) &&
    (!f.emailIds || f.emailIds.includes(s.email.emailId)) &&
    (!f.threadIds || f.threadIds.includes(s.email.threadId)) &&
    (!f.undoStatus || f.undoStatus === s.undoStatus) &&
    (!f.before || s.sendAt < f.before) &&
    (!f.after || s.sendAt >= f.after)
  )
}

const KEYS = {
  emailId: (s: EmailSubmission) => s.email.emailId,
  threadId: (s: EmailSubmission) => s.email.threadId,
  sentAt: (s: EmailSubmission) => s.sendAt.getTime(),
}

function expected(all: EmailSubmission[], f: SubmissionFilter | null, sorts: SubmissionSort[]): number[] {
  return all
    .filter((s) => !f || matches(s, f))
    .sort((a, b) => {
      for (const { property, isAscending } of sorts) {
        const order = KEYS[property](a) - KEYS[property](b)
        if (order !== 0) return isAscending ? order : -order
      }
      return b.sendAt.getTime() - a.sendAt.getTime() || b.id - a.id
    })
    .map(({ id }) => id)
}

const everything = () => account.read(async (r) => r.submission.list(await r.submission.ids(1_000)))

t.test('any filter and sort give what the definition gives, page by page', async (t) => {
  const all = await everything()
  t.equal(all.length, 12)
  await fc.assert(
    fc.asyncProperty(
      fc.option(filter),
      sort,
      fc.integer({ min: -15, max: 15 }),
      fc.nat(5),
      async (f, s, position, limit) => {
        const want = expected(all, f, s)
        const base = { filter: f, sort: s, limit, calculateTotal: true }
        const first = position < 0 ? Math.max(0, want.length + position) : position
        const page = await account.read((r) => r.submission.query({ ...base, position }))
        t.strictSame(page, { ids: want.slice(first, first + limit), position: first, total: want.length })
        if (want.length === 0) return
        const id = want[want.length >> 1]!
        const at = Math.max(0, (want.length >> 1) + position)
        const anchored = await account.read((r) =>
          r.submission.query({ ...base, position: 0, anchor: { id, offset: position } }),
        )
        t.strictSame(anchored.ids, want.slice(at, at + limit))
      },
    ),
    { numRuns: 60 },
  )
  const query = { filter: null, sort: [], position: 0, limit: 1, calculateTotal: false }
  const ask = (changes: object) => account.read((r) => r.submission.query({ ...query, ...changes }))
  t.equal((await ask({})).total, null)
  await t.rejects(ask({ anchor: { id: 1, offset: 0 } }), { code: 'anchorNotFound' })
  await t.rejects(ask({ filter: { color: 'red' } }), { code: 'unsupportedFilter' })
  await t.rejects(ask({ sort: [{ property: 'color', isAscending: true }] }), { code: 'unsupportedSort' })
})

t.test('the old list with the changes is the new list', async (t) => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('create' as const), email: fc.nat(2), hour: fc.nat(6) }),
    fc.record({ do: fc.constantFrom('cancel' as const, 'destroy' as const), which: fc.nat(30) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.option(filter),
      sort,
      fc.array(step, { minLength: 1, maxLength: 5 }),
      async (f, s, steps) => {
        const query = { filter: f, sort: s }
        const list = () =>
          account.read(async (r) => ({
            ...(await r.submission.query({ ...query, position: 0, limit: 1_000, calculateTotal: true })),
            state: r.marks.submission,
          }))
        const before = await list()
        for (const each of steps) {
          if (each.do === 'create') await create(each.email, 0, each.hour)
          else {
            const ids = await account.read((r) => r.submission.ids(1_000))
            const id = ids[each.which % Math.max(ids.length, 1)]
            if (id === undefined) continue
            await account.transact((tx) =>
              each.do === 'cancel' ? tx.submission.cancel(id) : tx.submission.destroy([id]),
            )
          }
        }
        const after = await list()
        const changes = await account.read((r) =>
          r.submission.queryChanges({
            ...query,
            sinceQueryState: before.state,
            maxChanges: null,
            calculateTotal: true,
          }),
        )
        if (changes.tooMany) return t.fail('any number was asked for')
        const now = before.ids.filter((id) => !changes.removed.includes(id))
        for (const { id, index } of changes.added) now.splice(index, 0, id)
        t.strictSame(now, after.ids)
        t.equal(changes.total, after.total)
        t.equal(changes.newQueryState, after.state)
        const upToId = before.ids[before.ids.length >> 1]
        if (upToId !== undefined && after.ids.includes(upToId)) {
          const request = {
            ...query,
            sinceQueryState: before.state,
            maxChanges: null,
            upToId,
            calculateTotal: false,
          }
          const some = await account.read((r) => r.submission.queryChanges(request))
          if (some.tooMany) return t.fail('any number was asked for')
          const prefix = before.ids.filter((id) => !some.removed.includes(id))
          for (const { id, index } of some.added) prefix.splice(index, 0, id)
          const end = after.ids.indexOf(upToId) + 1
          t.strictSame(prefix.slice(0, end), after.ids.slice(0, end), 'up to that one')
        }
        const count = changes.removed.length + changes.added.length
        if (count === 0) return
        const request = {
          ...query,
          sinceQueryState: before.state,
          maxChanges: count - 1,
          calculateTotal: false,
        }
        t.strictSame(await account.read((r) => r.submission.queryChanges(request)), { tooMany: true })
      },
    ),
    { numRuns: 40 },
  )
})
