// STORE: RFC 9051 §6.4.6. EXPUNGE and UID EXPUNGE: §6.4.3, §6.4.9.
import fc from 'fast-check'
import { same } from '../model.js'
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
    // One with something to expunge, if there is one.
    const marked = model.list().filter(({ rows }) => [...rows.values()].some(({ deleted }) => deleted))
    const mailbox = marked.length === 0 ? undefined : marked[step.mailbox % marked.length]
    const some = mailbox && {
      selects: selects(model, mailbox),
      key: mailbox.id,
      uids: [...mailbox.rows.keys()].sort((a, b) => a - b),
    }
    if (!some) return null
    const session = imapOf(world, step)
    const named = step.messages?.map((each) => some.uids[each % some.uids.length]!) ?? null
    return {
      ...plan(
        session,
        () => session.run(named ? `UID EXPUNGE ${[...new Set(named)]}` : 'EXPUNGE'),
        (model, answer) => {
          const mailbox = model.mailboxes.get(some.key)
          if (!mailbox) return
          mustAnswer(answer, 'OK')
          const rows = model.rows(mailbox.id, named ?? [...mailbox.rows.keys()])
          model.expunge(
            mailbox,
            rows.filter(({ row }) => row.deleted).map(({ uid }) => uid),
          )
          model.commit()
        },
      ),
      selects: some.selects,
    }
  },
}
