// COPY, MOVE and STORE by message numbers, of what a session was told, some of which others may have expunged:
// RFC 2180 §4, RFC 9051 §7.1 EXPUNGEISSUED.
import fc from 'fast-check'
import { imapOf, index, mustAnswer, pathOf, plan, type Step, type StepKind, who } from '../step.js'
import { TRANSFERS } from './transfer.js'

interface ByNumber extends Step {
  kind: 'byNumber'
  verb: 'copy' | 'move' | 'store'
  /** `from:to` of what the session knows. */
  from: number
  to: number
  into: number
}

export const byNumber: StepKind<ByNumber> = {
  weight: 5,
  step: fc.record({
    kind: fc.constant('byNumber'),
    who,
    verb: fc.constantFrom('copy' as const, 'copy' as const, 'move' as const, 'store' as const),
    from: fc.nat(2),
    to: fc.nat(5),
    into: index,
  }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const key = world.selected.get(session)
    const { uids } = session
    if (!session.isOpen || session.isIdling || key === undefined || uids.length === 0) return null
    const from = step.from % uids.length
    const to = Math.max(from, Math.min(uids.length - 1, step.to))
    const named = uids.slice(from, to + 1)
    const path = pathOf(model, step.into)
    const set = `${from + 1}:${to + 1}`
    const command =
      step.verb === 'store'
        ? `STORE ${set} +FLAGS (\\Flagged)`
        : `${step.verb.toUpperCase()} ${set} "${path}"`
    return plan(
      session,
      () => session.run(command),
      (model, answer) => {
        if (!model.mailboxes.has(key)) return
        const there = model.rows(key, named)
        const target = model.byPath(path)
        if (step.verb !== 'store' && !target) return mustAnswer(answer, 'NO', 'TRYCREATE')
        const isWhole = there.length === named.length
        const isDone = isWhole || (step.verb !== 'copy' && there.length > 0)
        mustAnswer(answer, isDone ? 'OK' : 'NO', isWhole ? undefined : 'EXPUNGEISSUED')
        if (step.verb === 'store') {
          for (const { row } of there) model.changeKeywords(row.emailId, 'add', ['$flagged'])
        } else if (isWhole || step.verb === 'move') {
          // RFC 2180 §4.4.1: all are copied or none; MOVE (RFC 6851 §3.3) may leave some.
          TRANSFERS[step.verb](model, key, named, target!.id)
        }
        model.commit()
      },
    )
  },
}
