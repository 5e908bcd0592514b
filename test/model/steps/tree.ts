// The mailbox tree by IMAP: CREATE, RENAME, DELETE, SUBSCRIBE and UNSUBSCRIBE: RFC 9051 §6.3.4 to §6.3.8.
import fc from 'fast-check'
import type { WireMailbox, WireModel } from '../model.js'
import {
  codeOf,
  imapOf,
  mustAnswer,
  path,
  pathOf,
  place,
  plan,
  type Step,
  type StepKind,
  who,
} from '../step.js'

interface Create extends Step {
  kind: 'create'
  path: string
  /** RFC 6154 §3. */
  use: string | null
}

export const create: StepKind<Create> = {
  weight: 4,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('create'),
    who,
    path,
    use: fc.option(fc.constantFrom('Trash', 'Archive'), { freq: 3 }),
  }),
  plan(world, _model, step) {
    const session = imapOf(world, step)
    const role = step.use?.toLowerCase() ?? null
    return plan(
      session,
      () => session.run(`CREATE "${step.path}"${step.use ? ` (USE (\\${step.use}))` : ''}`),
      (model, answer) => {
        if (model.isTaken(step.path)) return mustAnswer(answer, 'NO', 'ALREADYEXISTS')
        // Nothing of it is done then, nor are those above it made.
        if (role && model.list().some((each) => each.role === role))
          return mustAnswer(answer, 'NO', 'USEATTR')
        const made = model.ensure(step.path)
        made.role = role
        model.commit()
        mustAnswer(answer, 'OK', 'MAILBOXID')
        if (answer) model.bind('mailbox', made.id, codeOf(answer.text)!.rest.replace(/[()]/g, ''))
      },
    )
  },
}

interface Rename extends Step {
  kind: 'rename'
  from: number | string
  to: string
}

export const rename: StepKind<Rename> = {
  weight: 4,
  atOnce: true,
  step: fc.record({ kind: fc.constant('rename'), who, from: place, to: path }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const from = pathOf(model, step.from)
    return plan(
      session,
      () => session.run(`RENAME "${from}" "${step.to}"`),
      (model, answer) => {
        const mailbox = model.byPath(from)
        if (!mailbox) return mustAnswer(answer, 'NO', 'NONEXISTENT')
        if (model.byPath(step.to)) return mustAnswer(answer, 'NO', 'ALREADYEXISTS')
        const isBelowItself = mailbox.role !== 'inbox' && step.to.startsWith(`${from}/`)
        if (isBelowItself) return mustAnswer(answer, 'NO', 'CANNOT')
        if (model.isTaken(step.to)) return mustAnswer(answer, 'NO', 'ALREADYEXISTS')
        if (mailbox.role === 'inbox') renameInbox(model, mailbox, step.to)
        else {
          const parts = step.to.split('/')
          const name = parts.pop()!
          const parent = parts.length === 0 ? null : model.ensure(parts.join('/')).id
          // RFC 9051 §6.3.6: the old names stay subscribed; the new ones are too.
          changeTree(model, 'copy', () => Object.assign(mailbox, { name, parent }))
        }
        model.commit()
        mustAnswer(answer, 'OK')
      },
    )
  },
}

/** RFC 9051 §6.3.6: its messages move to a new mailbox; what is below it stays. */
function renameInbox(model: WireModel, inbox: WireMailbox, to: string): void {
  const target = model.ensure(to)
  for (const [uid, row] of [...inbox.rows].sort(([a], [b]) => a - b)) {
    inbox.rows.delete(uid)
    model.append(target, row)
  }
}

/** Who was subscribed to a path is to the new one; `move` takes the old one away. */
export function changeTree(model: WireModel, subscriptions: 'copy' | 'move', change: () => void): void {
  const before = new Map(model.list().map((mailbox) => [mailbox, model.path(mailbox)]))
  change()
  const renamed = [...before].filter(([mailbox, was]) => model.path(mailbox) !== was)
  const subscribed = renamed.filter(([, was]) => model.subscriptions.has(was))
  if (subscriptions === 'move') for (const [, was] of renamed) model.subscriptions.delete(was)
  for (const [mailbox] of subscribed) model.subscriptions.add(model.path(mailbox))
}

interface Delete extends Step {
  kind: 'delete'
  mailbox: number | string
}

export const deleteMailbox: StepKind<Delete> = {
  weight: 3,
  atOnce: true,
  step: fc.record({ kind: fc.constant('delete'), who, mailbox: place }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    // Those that came last go first, so that an account keeps some.
    const path =
      typeof step.mailbox === 'string'
        ? step.mailbox
        : pathOf(model, model.list().length * 12 - 1 - step.mailbox)
    return plan(
      session,
      () => session.run(`DELETE "${path}"`),
      (model, answer) => {
        const mailbox = model.byPath(path)
        if (!mailbox) return mustAnswer(answer, 'NO', 'NONEXISTENT')
        if (mailbox.role === 'inbox') return mustAnswer(answer, 'NO', 'CANNOT')
        if (model.children(mailbox.id).length > 0) return mustAnswer(answer, 'NO', 'HASCHILDREN')
        model.remove(mailbox)
        model.commit()
        mustAnswer(answer, 'OK')
      },
    )
  },
}

interface Subscribe extends Step {
  kind: 'subscribe'
  path: number | string
  isTo: boolean
}

/** By name: the mailbox need not be there. */
export const subscribe: StepKind<Subscribe> = {
  weight: 2,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('subscribe'),
    who,
    path: fc.oneof(place, path),
    isTo: fc.boolean(),
  }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const path = pathOf(model, step.path)
    return plan(
      session,
      () => session.run(`${step.isTo ? '' : 'UN'}SUBSCRIBE "${path}"`),
      (model, answer) => {
        step.isTo ? model.subscriptions.add(path) : model.subscriptions.delete(path)
        model.commit()
        mustAnswer(answer, 'OK')
      },
    )
  },
}
