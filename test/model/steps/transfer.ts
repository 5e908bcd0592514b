// COPY and MOVE: RFC 9051 §6.4.7, §6.4.8. COPYUID: RFC 4315 §3.
import fc from 'fast-check'
import { same, type WireModel } from '../model.js'
import {
  codeOf,
  expand,
  imapOf,
  index,
  indexes,
  mustAnswer,
  pathOf,
  place,
  plan,
  type Step,
  type StepKind,
  someMessages,
  who,
} from '../step.js'

interface Transfer extends Step {
  kind: 'copy' | 'move'
  mailbox: number
  messages: number[]
  to: number | string
}

const transfer = (kind: 'copy' | 'move', weight: number): StepKind<Transfer> => ({
  weight,
  atOnce: true,
  step: fc.record({ kind: fc.constant(kind), who, mailbox: index, messages: indexes, to: place }),
  plan(world, model, step) {
    const some = someMessages(model, step.mailbox, step.messages)
    if (!some) return null
    const session = imapOf(world, step)
    const path = pathOf(model, step.to)
    return {
      ...plan(
        session,
        () => session.run(`UID ${kind.toUpperCase()} ${some.uids} "${path}"`),
        (model, answer) => {
          if (!model.mailboxes.has(some.key)) return
          const target = model.byPath(path)
          if (!target) return mustAnswer(answer, 'NO', 'TRYCREATE')
          mustAnswer(answer, 'OK')
          const { from, to } = TRANSFERS[kind](model, some.key, some.uids, target.id)
          model.commit()
          if (!answer) return
          const code = [answer.text, ...answer.untagged.map((each) => each.replace(/^OK /, ''))]
            .map(codeOf)
            .find((each) => each?.name === 'COPYUID')
          if (!code) return same([], from, 'no COPYUID')
          const [uidValidity, sources, copies] = code.rest.split(' ')
          model.bind('uidValidity', target.id, uidValidity!)
          same([expand(sources!), expand(copies!)], [from, to], 'COPYUID')
        },
      ),
      selects: some.selects,
    }
  },
})

export const TRANSFERS = {
  /** Rule 6: always one more, also in the same mailbox. */
  copy(model: WireModel, from: number, uids: readonly number[], to: number) {
    const rows = model.rows(from, uids)
    const target = model.mailboxes.get(to)!
    return {
      from: rows.map(({ uid }) => uid),
      to: rows.map(({ row }) => model.append(target, { ...row })),
    }
  },
  /** Rule 6: what the target held live of these emails goes. */
  move(model: WireModel, from: number, uids: readonly number[], to: number) {
    const rows = model.rows(from, uids)
    const target = model.mailboxes.get(to)!
    const emails = new Set(rows.map(({ row }) => row.emailId))
    for (const { uid } of rows) model.mailboxes.get(from)!.rows.delete(uid)
    for (const [uid, row] of target.rows) {
      if (emails.has(row.emailId) && !row.deleted) target.rows.delete(uid)
    }
    return {
      from: rows.map(({ uid }) => uid),
      to: rows.map(({ row }) => model.append(target, { ...row })),
    }
  },
}

export const copy = transfer('copy', 4)
export const move = transfer('move', 5)
