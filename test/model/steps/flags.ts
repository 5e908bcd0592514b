// STORE: RFC 9051 §6.4.6. EXPUNGE, UID EXPUNGE and CLOSE: §6.4.3, §6.4.9, §6.4.1.
import fc from 'fast-check'
import { same, type WireMailbox, type WireModel } from '../model.js'
import type { ImapSession } from '../sessions/imap.js'
import {
  codeOf,
  expand,
  flagList,
  imapOf,
  index,
  indexes,
  keywords,
  mode,
  mustAnswer,
  type Plan,
  pick,
  plan,
  type Step,
  type StepKind,
  selects,
  someMessages,
  who,
} from '../step.js'

interface Store extends Step {
  kind: 'store'
  mailbox: number
  messages: number[]
  mode: 'add' | 'remove' | 'replace'
  keywords: string[]
  deleted: boolean
  silent: boolean
  /** UNCHANGEDSINCE (RFC 7162 §3.1.3) with FLAGS: the mailbox's mark, or before the first message's last change. */
  since: 'mark' | 'before' | null
}

const SIGN = { add: '+', remove: '-', replace: '' } as const

export const store: StepKind<Store> = {
  weight: 8,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('store'),
    who,
    mailbox: index,
    messages: indexes,
    mode,
    keywords,
    deleted: fc.boolean(),
    silent: fc.boolean(),
    since: fc.option(fc.constantFrom('mark' as const, 'before' as const), { freq: 1 }),
  }),
  plan(world, model, step) {
    const some = someMessages(model, step.mailbox, step.messages)
    if (!some) return null
    const session = imapOf(world, step)
    const seen = world.seen!.imap.mailboxes.get(some.selects.path)!
    const modseq = (uid: number) => seen.rows.get(uid)!.modseq
    const marks = { mark: Number(seen.status.HIGHESTMODSEQ), before: modseq(some.uids[0]!) - 1 }
    const isConditional = step.since !== null && step.mode === 'replace' && session.mode !== 'plain'
    const since = isConditional ? marks[step.since!] : Number.POSITIVE_INFINITY
    const condition = isConditional ? `(UNCHANGEDSINCE ${since}) ` : ''
    const item = `${condition}${SIGN[step.mode]}FLAGS${step.silent ? '.SILENT' : ''}`
    const command = `UID STORE ${some.uids} ${item} (${flagList(step.keywords, step.deleted)})`
    return {
      ...plan(
        session,
        () => session.run(command),
        (model, answer) => {
          if (!model.mailboxes.has(some.key)) return
          mustAnswer(answer, 'OK')
          const failed: number[] = []
          for (const { uid, row } of model.rows(some.key, some.uids)) {
            const isChanged = modseq(uid) > since || model.moved.rows.has(`${some.key} ${uid}`)
            if (isConditional && isChanged) {
              failed.push(uid)
              continue
            }
            model.changeKeywords(row.emailId, step.mode, step.keywords)
            if (step.mode === 'replace') row.deleted = step.deleted
            else if (step.deleted) row.deleted = step.mode === 'add'
          }
          model.commit()
          if (!answer) return
          const code = codeOf(answer.text)
          same(code?.name === 'MODIFIED' ? expand(code.rest) : [], failed, 'MODIFIED')
        },
      ),
      selects: some.selects,
    }
  },
}

/** Expunges what is marked: among some UIDs, or all. */
function expungeMarked(model: WireModel, key: number, among: readonly number[] | null): void {
  const mailbox = model.mailboxes.get(key)
  if (!mailbox) return
  const rows = model.rows(key, among ?? [...mailbox.rows.keys()])
  model.expunge(
    mailbox,
    rows.filter(({ row }) => row.deleted).map(({ uid }) => uid),
  )
  model.commit()
}

const marked = ({ rows }: WireMailbox) =>
  [...rows]
    .filter(([, { deleted }]) => deleted)
    .map(([uid]) => uid)
    .sort((a, b) => a - b)

/** One with something to expunge, if there is one. */
const toExpunge = (model: WireModel, at: number): WireMailbox | undefined =>
  pick(
    model.list().filter((mailbox) => marked(mailbox).length > 0),
    at,
  )

/** EXPUNGE and CLOSE. Their UIDs are fixed before the lock is taken (rule 2): what is marked meanwhile stays. */
function expungeAll(session: ImapSession, model: WireModel, mailbox: WireMailbox, command: string): Plan {
  const { id } = mailbox
  const fixed = marked(mailbox)
  return {
    ...plan(
      session,
      () => session.run(command),
      (model, answer) => {
        if (model.mailboxes.has(id)) mustAnswer(answer, 'OK')
        expungeMarked(model, id, null)
      },
    ),
    selects: selects(model, mailbox),
    otherwise: (model) => expungeMarked(model, id, fixed),
  }
}

interface Expunge extends Step {
  kind: 'expunge'
  mailbox: number
  /** Null: EXPUNGE, without UIDs. */
  messages: number[] | null
}

export const expunge: StepKind<Expunge> = {
  weight: 4,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('expunge'),
    who,
    mailbox: index,
    messages: fc.option(indexes),
  }),
  plan(world, model, step) {
    const mailbox = toExpunge(model, step.mailbox)
    if (!mailbox) return null
    const session = imapOf(world, step)
    if (!step.messages) return expungeAll(session, model, mailbox, 'EXPUNGE')
    const { id } = mailbox
    const there = [...mailbox.rows.keys()].sort((a, b) => a - b)
    const uids = [...new Set(step.messages.map((each) => pick(there, each)!))]
    return {
      ...plan(
        session,
        () => session.run(`UID EXPUNGE ${uids}`),
        (model, answer) => {
          if (model.mailboxes.has(id)) mustAnswer(answer, 'OK')
          expungeMarked(model, id, uids)
        },
      ),
      selects: selects(model, mailbox),
    }
  },
}

interface Close extends Step {
  kind: 'close'
  mailbox: number
}

/** What goes is not told: whoever resumes by QRESYNC hears of it then. */
export const close: StepKind<Close> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('close'), who, mailbox: index }),
  plan(world, model, step) {
    const mailbox = toExpunge(model, step.mailbox) ?? pick(model.list(), step.mailbox)!
    return expungeAll(imapOf(world, step), model, mailbox, 'CLOSE')
  },
}
