import fc from 'fast-check'
import type { IngestedMessage, Transactor } from '../../src/index.js'
import { MailstoreError } from '../../src/index.js'
import type { Model } from '../../src/testing/model.js'

/**
 * One thing that is done to the account: to the store by `run`, then, with what it gave, to the model by `replay`.
 * Mailboxes and emails are named by an index into those that are there, so that an operation means something in any
 * state; what is chosen when it runs is what is replayed.
 */
export interface Operation {
  /** What a counterexample shows of it. */
  [fc.toStringMethod](): string
  run(tx: Transactor, look: Look): Promise<(model: Model) => void>
}

/** What an operation chooses from, and the bytes it files. */
export interface Look {
  /** The id of one of the mailboxes that take part. */
  mailbox(index: number): number
  /** All of them but INBOX, which keeps its role. */
  mailboxes: number[]
  email(index: number): number | null
  noteEmail(id: number): void
  message(subject: number, parent: number): Message
}

export interface Message {
  ingested: IngestedMessage
  keys: string[]
}

const KEYWORDS = ['$seen', '$draft', '$flagged', 'work'] as const

/** What should be equal but is not: the model and the store contradict each other. */
export function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(`store and model differ: ${what}`)
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** The error's code, where the store refused. */
async function refusal<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (error instanceof MailstoreError) return error.code
    throw error
  }
}

const index = fc.nat({ max: 7 })
const uids = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 6 })
const keywords = fc.uniqueArray(fc.constantFrom(...KEYWORDS), { maxLength: 3 })
const mode = fc.constantFrom('add' as const, 'remove' as const, 'replace' as const)

const file = fc
  .record({
    into: fc.uniqueArray(index, { minLength: 1, maxLength: 2 }),
    subject: fc.nat(2),
    parent: fc.nat(3),
    keywords,
    deleted: fc.nat(5),
  })
  .map(
    (choice): Operation => ({
      [fc.toStringMethod]: () => `file ${JSON.stringify(choice)}`,
      async run(tx, look) {
        const mailboxIds = [...new Set(choice.into.map(look.mailbox))].sort((a, b) => a - b)
        const { ingested, keys } = look.message(choice.subject, choice.parent)
        const deleted = choice.deleted === 0
        const [filed] = await tx.email.create([
          { message: ingested, mailboxIds, keywords: choice.keywords, deleted },
        ])
        look.noteEmail(filed!.id)
        return (model) => {
          const expected = model.threadFor(keys)
          if (expected === null) must(!model.threadBorn.has(filed!.threadId), 'a new thread')
          else must(filed!.threadId === expected, `thread ${filed!.threadId}, not ${expected}`)
          model.emails.set(filed!.id, {
            id: filed!.id,
            threadId: filed!.threadId,
            keys,
            keywords: new Set(choice.keywords),
            size: ingested.size,
            order: model.emails.size,
          })
          for (const id of mailboxIds) {
            const uid = model.append(model.mailboxes.get(id)!, { emailId: filed!.id, deleted })
            must(filed!.uids.get(id) === uid, `UID ${filed!.uids.get(id)}, not ${uid}`)
          }
        }
      },
    }),
  )

const store = fc.record({ mailbox: index, uids, mode, keywords, deleted: fc.boolean() }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `store ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const mailboxId = look.mailbox(choice.mailbox)
      await tx.membership.store(mailboxId, choice.uids, choice)
      return (model) => {
        const rows = model.rows(mailboxId, choice.uids)
        for (const { row } of rows) {
          change(model, row.emailId, choice)
          if (choice.mode === 'replace') row.deleted = choice.deleted
          else if (choice.deleted) row.deleted = choice.mode === 'add'
        }
      }
    },
  }),
)

function change(
  model: Model,
  emailId: number,
  by: { mode: 'add' | 'remove' | 'replace'; keywords: readonly string[] },
) {
  const { keywords } = model.emails.get(emailId)!
  if (by.mode === 'replace') keywords.clear()
  for (const keyword of by.keywords) by.mode === 'remove' ? keywords.delete(keyword) : keywords.add(keyword)
}

const copy = fc.record({ from: index, uids, to: index }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `copy ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const [from, to] = [look.mailbox(choice.from), look.mailbox(choice.to)]
      const copied = await tx.membership.copy(from, choice.uids, to)
      return (model) => {
        const rows = model.rows(from, choice.uids)
        const given = rows.map(({ row }) => model.append(model.mailboxes.get(to)!, { ...row }))
        must(same([copied.from, copied.to], [rows.map(({ uid }) => uid), given]), 'COPYUID')
      }
    },
  }),
)

const move = fc.record({ from: index, uids, to: index }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `move ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const [from, to] = [look.mailbox(choice.from), look.mailbox(choice.to)]
      const moved = await tx.membership.move(from, choice.uids, to)
      return (model) => {
        const rows = model.rows(from, choice.uids)
        const target = model.mailboxes.get(to)!
        const emails = new Set(rows.map(({ row }) => row.emailId))
        for (const { uid } of rows) model.mailboxes.get(from)!.rows.delete(uid)
        for (const [uid, row] of target.rows)
          if (emails.has(row.emailId) && !row.deleted) target.rows.delete(uid)
        const given = rows.map(({ row }) => model.append(target, { ...row }))
        must(same([moved.from, moved.to], [rows.map(({ uid }) => uid), given]), 'COPYUID of MOVE')
      }
    },
  }),
)

const expunge = fc.record({ mailbox: index, uids, onlyDeleted: fc.boolean() }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `expunge ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const mailboxId = look.mailbox(choice.mailbox)
      const gone = await tx.membership.expunge(mailboxId, choice.uids, choice)
      return (model) => {
        const rows = model
          .rows(mailboxId, choice.uids)
          .filter(({ row }) => row.deleted || !choice.onlyDeleted)
        for (const { uid } of rows) model.mailboxes.get(mailboxId)!.rows.delete(uid)
        must(
          same(
            gone,
            rows.map(({ uid }) => uid),
          ),
          'the UIDs expunged',
        )
      }
    },
  }),
)

const setKeywords = fc.record({ email: index, mode, keywords }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `Email/set keywords ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const id = look.email(choice.email)
      const outcome = id === null ? null : await refusal(tx.email.setKeywords([id], choice))
      return (model) => {
        if (id === null) return
        must((outcome === 'emailNotFound') === !model.isVisible(id), 'whether JMAP finds the email')
        if (model.isVisible(id)) change(model, id, choice)
      }
    },
  }),
)

const setMailboxes = fc
  .record({ email: index, into: fc.uniqueArray(index, { minLength: 1, maxLength: 3 }) })
  .map(
    (choice): Operation => ({
      [fc.toStringMethod]: () => `Email/set mailboxIds ${JSON.stringify(choice)}`,
      async run(tx, look) {
        const id = look.email(choice.email)
        const wanted = [...new Set(choice.into.map(look.mailbox))]
        const outcome = id === null ? null : await refusal(tx.email.setMailboxes(new Map([[id, wanted]])))
        return (model) => {
          if (id === null) return
          must((outcome === 'emailNotFound') === !model.isVisible(id), 'whether JMAP finds the email')
          if (!model.isVisible(id)) return
          const shown = model.shownIn(id)
          for (const mailboxId of wanted) {
            if (!shown.includes(mailboxId))
              model.append(model.mailboxes.get(mailboxId)!, { emailId: id, deleted: false })
          }
          for (const { mailbox, uid, deleted } of model.memberships(id)) {
            if (!deleted && !wanted.includes(mailbox.id)) mailbox.rows.delete(uid)
          }
        }
      },
    }),
  )

const destroy = fc.record({ email: index }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `Email/set destroy ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const id = look.email(choice.email)
      const outcome = id === null ? null : await refusal(tx.email.destroy([id]))
      return (model) => {
        if (id === null) return
        must((outcome === 'emailNotFound') === !model.isVisible(id), 'whether JMAP finds the email')
        if (!model.isVisible(id)) return
        for (const { mailbox, uid } of model.memberships(id)) mailbox.rows.delete(uid)
      }
    },
  }),
)

const undelete = fc
  .record({ emails: fc.uniqueArray(index, { minLength: 1, maxLength: 4 }), into: fc.option(index) })
  .map(
    (choice): Operation => ({
      [fc.toStringMethod]: () => `undelete ${JSON.stringify(choice)}`,
      async run(tx, look) {
        const ids = [...new Set(choice.emails.flatMap((each) => look.email(each) ?? []))]
        const target = choice.into === null ? undefined : look.mailbox(choice.into)
        const listed = (await tx.email.retained({ limit: 1_000 })).emails
        const undeleted = await tx.email.undelete(ids, target)
        return (model) => {
          const retained = [...model.lastIn].map(([id, mailboxes]) => [id, mailboxes.sort((a, b) => a - b)])
          const told = listed.map((each) => [each.id, each.mailboxIds])
          const byId = (a: unknown, b: unknown) => (a as number[])[0]! - (b as number[])[0]!
          must(same(told.sort(byId), retained.sort(byId)), 'what is retained, and where it was')
          const came = undeleted.map((each) => each.id)
          const expected = ids.filter((id) => model.lastIn.has(id))
          must(same(came.slice().sort(), expected.sort()), 'what came back')
          for (const { id, uids } of undeleted) {
            const mailboxes = target === undefined ? model.lastIn.get(id)! : [target]
            must(same([...uids.keys()], mailboxes), `where ${id} came back`)
            for (const mailboxId of mailboxes) {
              const uid = model.append(model.mailboxes.get(mailboxId)!, { emailId: id, deleted: false })
              must(uids.get(mailboxId) === uid, `UID ${uids.get(mailboxId)}, not ${uid}`)
            }
          }
        }
      },
    }),
  )

const trashRole = fc.record({ mailbox: index }).map(
  (choice): Operation => ({
    [fc.toStringMethod]: () => `role trash ${JSON.stringify(choice)}`,
    async run(tx, look) {
      const id = look.mailboxes[choice.mailbox % look.mailboxes.length]!
      const patches = new Map(
        look.mailboxes.map((each) => [each, { role: each === id ? ('trash' as const) : null }]),
      )
      const refused = await tx.mailbox.updateMany(patches)
      must(refused.size === 0, 'nothing is in the way of the role')
      return (model) => {
        for (const mailbox of model.mailboxes.values()) mailbox.role = mailbox.id === id ? 'trash' : null
      }
    },
  }),
)

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: file, weight: 5 },
  { arbitrary: store, weight: 5 },
  { arbitrary: copy, weight: 3 },
  { arbitrary: move, weight: 4 },
  { arbitrary: expunge, weight: 3 },
  { arbitrary: setKeywords, weight: 2 },
  { arbitrary: setMailboxes, weight: 3 },
  { arbitrary: destroy, weight: 1 },
  { arbitrary: undelete, weight: 2 },
  { arbitrary: trashRole, weight: 1 },
)
