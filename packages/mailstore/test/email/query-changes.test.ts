import fc from 'fast-check'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type {
  Account,
  EmailFilter,
  EmailQuery,
  EmailQueryChanges,
  EmailQueryChangesRequest,
  EmailSort,
} from '../../src/index.js'
import { ask, fileBytes } from '../support/queries.js'
import { openTestStore } from '../support/store.js'

type Question = Pick<EmailQuery, 'filter' | 'sort' | 'collapseThreads'>
type Delta = Exclude<EmailQueryChanges, { tooMany: true }>

const EVERYTHING: Question = { filter: null, sort: [], collapseThreads: false }

function changes(
  account: Account,
  question: Question,
  since: number,
  rest: Partial<EmailQueryChangesRequest> = {},
): Promise<EmailQueryChanges> {
  return account.read((r) =>
    r.email.queryChanges({
      ...question,
      sinceQueryState: since,
      maxChanges: null,
      calculateTotal: true,
      ...rest,
    }),
  )
}

async function delta(...args: Parameters<typeof changes>): Promise<Delta> {
  const result = await changes(...args)
  if (result.tooMany) throw new Error('too many changes')
  return result
}

/** RFC 8620 §5.6: what a client makes of the list it has. Null stands for an id it doesn't know. */
function apply(list: readonly (number | null)[], { removed, added, total }: Delta): (number | null)[] {
  const next = list.filter((id) => id === null || !removed.includes(id))
  let last = -1
  for (const { id, index } of added) {
    if (index <= last) throw new Error('added is not in order of index')
    last = index
    next.splice(index, 0, id)
  }
  while (next.length < total!) next.push(null)
  return next.slice(0, total!)
}

function mustBe(got: readonly unknown[], expected: readonly unknown[], about: () => string): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${about()}: ${a} instead of ${b}`)
}

/** Any way to ask for the emails of `places`. */
function questions(places: readonly number[]): fc.Arbitrary<Question> {
  const keyword = fc.constantFrom('$flagged', '$seen', 'work')
  const place = fc.constantFrom(...places)
  const minute = fc.integer({ min: 0, max: 9 }).map((n) => new Date(Date.UTC(2026, 0, 1, 0, n)))
  const condition = fc.oneof(
    place.map((inMailbox) => ({ inMailbox })),
    place.map((id) => ({ inMailboxOtherThan: [id] })),
    minute.map((before) => ({ before })),
    minute.map((after) => ({ after })),
    fc.constantFrom({ minSize: 80 }, { maxSize: 80 }, { hasAttachment: false }),
    keyword.map((hasKeyword) => ({ hasKeyword })),
    keyword.map((notKeyword) => ({ notKeyword })),
    keyword.map((allInThreadHaveKeyword) => ({ allInThreadHaveKeyword })),
    keyword.map((someInThreadHaveKeyword) => ({ someInThreadHaveKeyword })),
    keyword.map((noneInThreadHaveKeyword) => ({ noneInThreadHaveKeyword })),
    fc.constantFrom({ text: 'even' }, { subject: 'thread 1' }, { header: ['Message-ID'] as const }),
  )
  const group = fc.record({
    operator: fc.constantFrom('AND' as const, 'OR' as const, 'NOT' as const),
    conditions: fc.array(condition, { maxLength: 3 }),
  })
  const filter: fc.Arbitrary<EmailFilter | null> = fc.oneof(
    fc.constant(null),
    place.map((inMailbox) => ({ inMailbox })),
    condition,
    group,
  )
  const sort: fc.Arbitrary<EmailSort> = fc.record({
    property: fc.constantFrom(
      ...(['receivedAt', 'sentAt', 'size', 'from', 'to', 'subject'] as const),
      ...(['hasKeyword', 'allInThreadHaveKeyword', 'someInThreadHaveKeyword'] as const),
    ),
    isAscending: fc.boolean(),
    keyword,
  })
  return fc.record({ filter, sort: fc.array(sort, { maxLength: 2 }), collapseThreads: fc.boolean() })
}

/** One change by either protocol. */
function steps(places: readonly number[]) {
  const place = fc.constantFrom(...places)
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 3 })
  const keyword = fc.constantFrom('$flagged', '$seen', 'work')
  const mode = fc.constantFrom('add' as const, 'remove' as const)
  const step = <A>(
    name: string,
    args: fc.Arbitrary<A>,
    run: (account: Account, args: A) => Promise<unknown>,
  ) =>
    args.map((value) => ({
      run: (account: Account) => run(account, value),
      [fc.toStringMethod]: () => `${name} ${fc.stringify(value)}`,
    }))
  const message = fc.record({
    place,
    thread: fc.integer({ min: 0, max: 3 }),
    minute: fc.integer({ min: 0, max: 9 }),
  })
  return fc.oneof(
    {
      weight: 3,
      arbitrary: step(
        'file',
        fc.tuple(message, fc.boolean()),
        (account, [{ place, thread, minute }, deleted]) => {
          const text = minute % 2 ? 'odd' : 'even '.repeat(minute)
          const bytes = `From: p${minute}@x\nMessage-ID: <${thread}@x>\nSubject: thread ${thread}\n\n${text}`
          return fileBytes(account, place, bytes, { minute, deleted: deleted && minute > 7 })
        },
      ),
    },
    step('keyword', fc.tuple(place, uids, keyword, mode), (account, [place, uids, keyword, mode]) =>
      account.store(place, uids, { mode, keywords: [keyword], deleted: false }),
    ),
    step('deleted', fc.tuple(place, uids, mode), (account, [place, uids, mode]) =>
      account.store(place, uids, { mode, keywords: [], deleted: true }),
    ),
    step('copy', fc.tuple(place, uids, place), (account, [place, uids, target]) =>
      account.transact((tx) => tx.membership.copy(place, uids, target)),
    ),
    step('move', fc.tuple(place, uids, place), (account, [place, uids, target]) =>
      account.move(place, uids, target),
    ),
    step('expunge', fc.tuple(place, uids), (account, [place, uids]) =>
      account.expunge(place, uids, { onlyDeleted: false }),
    ),
  )
}

t.test('applied to any older list, the changes give the new one (RFC 8620 §5.6)', async (t) => {
  const { mailstore } = await openTestStore(t)
  let accounts = 0
  const kinds = { changed: 0, cut: 0 }
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (draw) => {
      const { accountId } = await mailstore.directory.createAccount(
        `u${accounts++}@example.org`,
        'correct horse',
      )
      const account = mailstore.account(accountId)
      const list = await account.read((r) => r.mailbox.list())
      const places = list.slice(0, 3).map((mailbox) => mailbox.id)
      const asked = draw(() => fc.array(questions(places), { minLength: 6, maxLength: 8 }))
      const history: { state: number; lists: number[][] }[] = []
      const look = async () => {
        const lists = []
        for (const question of asked) lists.push((await ask(account, question)).ids)
        history.push({ state: (await account.read(async (r) => r.marks)).email, lists })
      }
      for (let round = 0; round < 4; round++) {
        const taken = draw(() => fc.array(steps(places), { minLength: 4, maxLength: 7 }))
        for (const step of taken) await step.run(account)
        await look()
      }
      const now = history.at(-1)!
      for (const { state, lists } of history) {
        for (const [i, question] of asked.entries()) {
          const about = () => `${fc.stringify(question)} since ${state}`
          const found = await delta(account, question, state)
          if (found.newQueryState !== now.state) throw new Error(`new state of ${about()}`)
          mustBe(apply(lists[i]!, found), now.lists[i]!, about)
          if (found.removed.length + found.added.length > 0) kinds.changed++

          // A client that has only the beginning of the list.
          const known = lists[i]!.slice(0, Math.ceil(lists[i]!.length / 2))
          const upToId = known.at(-1)
          if (upToId === undefined) continue
          const cut = await delta(account, question, state, { upToId })
          if (cut.added.length + cut.removed.length < found.added.length + found.removed.length) kinds.cut++
          const padded = lists[i]!.map((id, at) => (at < known.length ? id : null))
          // What it doesn't know is not wrong: upToId itself may have moved back, past what it never asked for.
          const expected = now.lists[i]!.slice(0, now.lists[i]!.indexOf(upToId) + 1)
          const got = apply(padded, cut).map((id, at) => id ?? now.lists[i]![at])
          mustBe(got.slice(0, expected.length), expected, () => `${about()} up to ${upToId}`)
        }
      }
    }),
    { numRuns: 8 },
  )
  t.ok(kinds.changed > 50 && kinds.cut > 5, `something was compared: ${JSON.stringify(kinds)}`)
})

t.test('flags disturb no list that does not look at them; upToId cuts only such a one', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const ids: number[] = []
  for (let minute = 0; minute < 6; minute++) {
    ids.push(await fileBytes(account, inbox, `Subject: s${minute}\n\n${minute}`, { minute }))
  }
  const newest = ids.toReversed()
  const state = async () => (await account.read(async (r) => r.marks)).email
  const before = await state()
  await account.store(inbox, [1, 2], { mode: 'add', keywords: ['$seen'], deleted: false })
  const unseen = { ...EVERYTHING, filter: { notKeyword: '$seen' } }
  t.match(await delta(account, EVERYTHING, before), {
    removed: [],
    added: [],
    total: 6,
    newQueryState: await state(),
  })
  t.match(await delta(account, { ...EVERYTHING, collapseThreads: true }, before), { removed: [], added: [] })
  t.same((await delta(account, unseen, before)).removed, [ids[0], ids[1]])
  t.same((await delta(account, unseen, before)).added, [])

  const since = await state()
  await account.expunge(inbox, [1, 6], { onlyDeleted: false })
  const late = await fileBytes(account, inbox, 'Subject: late\n\nx', { minute: 9 })
  const early = await fileBytes(account, inbox, 'Subject: early\n\nx', { minute: -1 })
  const all = await delta(account, EVERYTHING, since, { calculateTotal: false })
  t.strictSame(all, {
    tooMany: false,
    removed: [ids[0], ids[5]],
    added: [
      { id: late, index: 0 },
      { id: early, index: 5 },
    ],
    total: null,
    newQueryState: await state(),
  })
  const upTo = await delta(account, EVERYTHING, since, { upToId: newest[2]! })
  t.same([upTo.removed, upTo.added], [[ids[5]], [{ id: late, index: 0 }]], 'what lies beyond is left out')
  const gone = await delta(account, EVERYTHING, since, { upToId: ids[0]! })
  t.same(gone.added, all.added, 'an upToId that is not in the list cuts nothing')
  const inMailbox = { ...EVERYTHING, filter: { inMailbox: inbox } }
  const mutable = await delta(account, inMailbox, since, { upToId: newest[2]! })
  t.same([mutable.removed, mutable.added], [all.removed, all.added], 'ignored where the filter can change')

  t.strictSame(await changes(account, EVERYTHING, since, { maxChanges: 3 }), { tooMany: true })
  t.strictSame(await changes(account, EVERYTHING, since, { maxChanges: 1 }), { tooMany: true })
  t.match(await changes(account, EVERYTHING, since, { maxChanges: 4 }), { tooMany: false })
  t.match(await changes(account, EVERYTHING, await state(), { maxChanges: 0 }), { removed: [], added: [] })
})

t.test('a revived email is taken out and put in again', async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  const inbox = mailboxes.INBOX!
  const id = await fileBytes(account, inbox, 'Subject: s\n\nx')
  const { email: since } = await account.read(async (r) => r.marks)
  for (const mode of ['add', 'remove'] as const)
    await account.store(inbox, [1], { mode, keywords: [], deleted: true })
  t.match(await delta(account, EVERYTHING, since), { removed: [id], added: [{ id, index: 0 }], total: 1 })
})

t.test('behind the horizon, or from no state there was, nothing can be told', async (t) => {
  const { account, mailboxes, mailstore, url } = await openTestStore(t)
  await fileBytes(account, mailboxes.INBOX!, 'Subject: s\n\nx')
  const { email: since } = await account.read(async (r) => r.marks)
  await account.expunge(mailboxes.INBOX!, [1], { onlyDeleted: false })
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  await sql`update email_state set expunged_at = now() - interval '31 days'`
  await mailstore.housekeeping.run()
  await t.rejects(changes(account, EVERYTHING, since), { code: 'cannotCalculateChanges' })
  await t.rejects(changes(account, EVERYTHING, 1_000), { code: 'cannotCalculateChanges' })
  const nonsense = { ...EVERYTHING, filter: { nonsense: 1 } as never }
  await t.rejects(changes(account, nonsense, since), { code: 'cannotCalculateChanges' })
})
