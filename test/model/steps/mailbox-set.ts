// Mailbox/set: RFC 8621 §2.5. Several changes in one call, which may fit together only as a whole.
import fc from 'fast-check'
import type { Json } from '../../support/jmap.js'
import { must, type WireMailbox, type WireModel } from '../model.js'
import { answerOf, index, jmapOf, pick, plan, type Step, type StepKind, who } from '../step.js'
import { changeTree } from './tree.js'

const name = fc.constantFrom('a', 'b', 'c')

interface SetCreate extends Step {
  kind: 'mailboxCreate'
  name: string
  /** Null: at the top. */
  parent: number | null
  isSubscribed: boolean | null
  /** Another one below it, in the same call. */
  child: string | null
}

export const mailboxCreate: StepKind<SetCreate> = {
  weight: 2,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('mailboxCreate'),
    who,
    name,
    parent: fc.option(index),
    isSubscribed: fc.option(fc.boolean()),
    child: fc.option(name),
  }),
  plan(world, model, step) {
    const session = jmapOf(world, step)
    const parent = step.parent === null ? null : pick(model.list(), step.parent)!.id
    const create: Json = {
      m: {
        name: step.name,
        parentId: parent === null ? null : model.id('mailbox', parent)!,
        ...(step.isSubscribed === null ? {} : { isSubscribed: step.isSubscribed }),
      },
      ...(step.child === null ? {} : { n: { name: step.child, parentId: '#m' } }),
    }
    return plan(
      session,
      () => session.call(['Mailbox/set', { create }]),
      (model, answers) => {
        const answer = answerOf(answers)
        const isThere = model.list().some((each) => each.parent === parent && each.name === step.name)
        if (isThere || (parent !== null && !model.mailboxes.has(parent))) {
          for (const key of Object.keys(create))
            must(!answer?.created?.[key], () => `created ${key}: there is one, or it has no parent`)
          return
        }
        const made = model.create(step.name, parent)
        // RFC 8621 §2: the server says what is so by default; here, subscribed.
        subscribeTo(model, made, step.isSubscribed ?? true)
        const child = step.child === null ? null : model.create(step.child, made.id)
        if (child) subscribeTo(model, child, true)
        model.commit()
        if (!answer) return
        for (const [key, mailbox] of [
          ['m', made],
          ['n', child],
        ] as const) {
          if (!mailbox) continue
          must(answer.created?.[key], () => `not created: ${JSON.stringify(answer.notCreated)}`)
          model.bind('mailbox', mailbox.id, answer.created[key].id)
        }
      },
    )
  },
}

function subscribeTo(model: WireModel, mailbox: WireMailbox, isTo: boolean): void {
  const path = model.path(mailbox)
  isTo ? model.subscriptions.add(path) : model.subscriptions.delete(path)
}

type Patch = Partial<Pick<WireMailbox, 'name' | 'parent' | 'role'>> & { isSubscribed?: boolean }

/** What a call asks for, by the keys of the mailboxes. */
function setMailboxes(
  model: WireModel,
  wanted: ReadonlyMap<number, Patch>,
  answer: Json | null,
  ids: ReadonlyMap<number, string>,
): void {
  const done = new Set(
    [...wanted.keys()].filter((key) => (answer ? answer.updated?.[ids.get(key)!] !== undefined : true)),
  )
  if (answer) {
    for (const [key, id] of ids) {
      const refused = answer.notUpdated?.[id]
      must(done.has(key) !== Boolean(refused), () => `Mailbox/set does not say what became of ${id}`)
      must(!done.has(key) || model.mailboxes.has(key), () => `Mailbox/set updated ${id}, which is gone`)
    }
  } else {
    // Nobody heard which of them were refused: all, or as one after the other would be.
    for (const key of wanted.keys()) if (!model.mailboxes.has(key)) done.delete(key)
    if (trial(model, wanted, done)) {
      done.clear()
      for (const key of wanted.keys()) if (!trial(model, wanted, new Set([...done, key]))) done.add(key)
    }
  }
  const wrong = trial(model, wanted, done)
  must(wrong === null, () => `Mailbox/set did what may not be: ${wrong}`)
  for (const key of wanted.keys()) {
    if (done.has(key)) continue
    const reason = model.mailboxes.has(key) ? trial(model, wanted, new Set([...done, key])) : 'gone'
    must(reason !== null, () => `Mailbox/set refused ${JSON.stringify(answer?.notUpdated)} for no reason`)
  }
  changeTree(model, 'move', () => apply(model, wanted, done))
  for (const key of done) {
    const { isSubscribed } = wanted.get(key)!
    const mailbox = model.mailboxes.get(key)!
    if (isSubscribed !== undefined) subscribeTo(model, mailbox, isSubscribed)
  }
  model.commit()
}

/** Why the tree may not be as it were with these. */
function trial(
  model: WireModel,
  wanted: ReadonlyMap<number, Patch>,
  done: ReadonlySet<number>,
): string | null {
  const other = model.clone()
  for (const key of done) {
    const mailbox = other.mailboxes.get(key)
    const patch = wanted.get(key)!
    if (!mailbox) return 'gone'
    if (mailbox.role === 'inbox' && (patch.parent ?? null) !== null) return 'INBOX stays at the top'
    if (mailbox.role === 'inbox' && (patch.role ?? 'inbox') !== 'inbox') return 'INBOX keeps its role'
    if (patch.parent && !other.mailboxes.has(patch.parent)) return 'the parent is gone'
  }
  apply(other, wanted, done)
  return other.wrong()
}

function apply(model: WireModel, wanted: ReadonlyMap<number, Patch>, done: ReadonlySet<number>): void {
  for (const key of done) {
    const { isSubscribed: _, ...properties } = wanted.get(key)!
    Object.assign(model.mailboxes.get(key)!, properties)
  }
}

const toWire = (model: WireModel, { parent, ...rest }: Patch): Json => ({
  ...rest,
  ...(parent === undefined ? {} : { parentId: parent === null ? null : model.id('mailbox', parent)! }),
})

/** Some changes at once, of mailboxes by key. */
function update(session: ReturnType<typeof jmapOf>, model: WireModel, wanted: ReadonlyMap<number, Patch>) {
  const ids = new Map([...wanted.keys()].map((key) => [key, model.id('mailbox', key)!]))
  const patches = Object.fromEntries([...wanted].map(([key, patch]) => [ids.get(key)!, toWire(model, patch)]))
  return plan(
    session,
    () => session.call(['Mailbox/set', { update: patches }]),
    (model, answers) => setMailboxes(model, wanted, answerOf(answers), ids),
  )
}

interface SetUpdate extends Step {
  kind: 'mailboxUpdate'
  changes: {
    mailbox: number
    name: string | null
    /** -1: to the top; null: where it is. */
    parent: number | null
    isSubscribed: boolean | null
  }[]
}

export const mailboxUpdate: StepKind<SetUpdate> = {
  weight: 3,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('mailboxUpdate'),
    who,
    changes: fc.array(
      fc.record({
        mailbox: index,
        name: fc.option(name),
        parent: fc.option(fc.oneof(index, fc.constant(-1)), { freq: 2 }),
        isSubscribed: fc.option(fc.boolean(), { freq: 1 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  plan(world, model, step) {
    const wanted = new Map<number, Patch>()
    for (const { mailbox, name, parent, isSubscribed } of step.changes) {
      const { id } = pick(model.list(), mailbox)!
      const above = parent === null ? undefined : parent === -1 ? null : pick(model.list(), parent)!.id
      wanted.set(id, {
        ...(name === null ? {} : { name }),
        ...(above === undefined ? {} : { parent: above }),
        ...(isSubscribed === null ? {} : { isSubscribed }),
      })
    }
    return update(jmapOf(world, step), model, wanted)
  },
}

interface Swap extends Step {
  kind: 'mailboxSwap'
  a: number
  b: number
  what: 'name' | 'role' | 'both'
}

/** Two that change names, roles or places: which only the whole call allows. */
export const mailboxSwap: StepKind<Swap> = {
  weight: 2,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('mailboxSwap'),
    who,
    a: index,
    b: index,
    what: fc.constantFrom('name' as const, 'role' as const, 'both' as const),
  }),
  plan(world, model, step) {
    const others = model.list().filter(({ role }) => role !== 'inbox')
    const [a, b] = [pick(others, step.a), pick(others, step.b)]
    if (!a || !b || a === b) return null
    const as = ({ name, parent, role }: WireMailbox): Patch => ({
      ...(step.what === 'role' ? {} : { name, parent }),
      ...(step.what === 'name' ? {} : { role }),
    })
    return update(
      jmapOf(world, step),
      model,
      new Map([
        [a.id, as(b)],
        [b.id, as(a)],
      ]),
    )
  },
}

interface SetDestroy extends Step {
  kind: 'mailboxDestroy'
  mailboxes: number[]
  removeEmails: boolean
}

export const mailboxDestroy: StepKind<SetDestroy> = {
  weight: 2,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('mailboxDestroy'),
    who,
    mailboxes: fc.uniqueArray(index, { minLength: 1, maxLength: 2 }),
    removeEmails: fc.boolean(),
  }),
  plan(world, model, step) {
    const session = jmapOf(world, step)
    const last = model.list().length * 12 - 1
    const keys = [...new Set(step.mailboxes.map((at) => pick(model.list(), last - at)!.id))]
    const ids = keys.map((key) => model.id('mailbox', key)!)
    return plan(
      session,
      () => session.call(['Mailbox/set', { destroy: ids, onDestroyRemoveEmails: step.removeEmails }]),
      (model, answers) => {
        const answer = answerOf(answers)
        // A parent after what is below it, in whatever order they were named.
        const refused = new Map(keys.map((key) => [key, '']))
        for (let pass = 0; pass < keys.length; pass++) {
          for (const key of refused.keys()) {
            const why = whyNotDestroy(model, key, step.removeEmails)
            refused.set(key, why ?? '')
            if (why !== null) continue
            refused.delete(key)
            model.remove(model.mailboxes.get(key)!)
          }
        }
        model.commit()
        if (!answer) return
        for (const [i, key] of keys.entries()) {
          const told = answer.notDestroyed?.[ids[i]!]?.type
          must(told === refused.get(key), () => `destroy of ${ids[i]}: ${told}, not ${refused.get(key)}`)
          must(
            Boolean(told) !== Boolean(answer.destroyed?.includes(ids[i])),
            () => `${ids[i]} is not told of`,
          )
        }
      },
    )
  },
}

interface Replace extends Step {
  kind: 'mailboxReplace'
  mailbox: number
}

/** One is destroyed and another made in its place, in one call: it is another one, with a UIDVALIDITY of its own. */
export const mailboxReplace: StepKind<Replace> = {
  weight: 1,
  atOnce: true,
  step: fc.record({ kind: fc.constant('mailboxReplace'), who, mailbox: index }),
  plan(world, model, step) {
    const old = pick(model.list(), model.list().length * 12 - 1 - step.mailbox)!
    const { id: key, name, parent } = old
    const id = model.id('mailbox', key)!
    const session = jmapOf(world, step)
    const parentId = parent === null ? null : model.id('mailbox', parent)!
    const set = { create: { m: { name, parentId } }, destroy: [id], onDestroyRemoveEmails: true }
    return plan(
      session,
      () => session.call(['Mailbox/set', set]),
      (model, answers) => {
        const answer = answerOf(answers)
        const why = whyNotDestroy(model, key, true)
        if (why === null) model.remove(model.mailboxes.get(key)!)
        const isTaken = model.list().some((each) => each.parent === parent && each.name === name)
        const isMade = !isTaken && (parent === null || model.mailboxes.has(parent))
        const made = isMade ? model.create(name, parent) : null
        if (made) subscribeTo(model, made, true)
        model.commit()
        if (!answer) return
        must(answer.notDestroyed?.[id]?.type === (why ?? undefined), () => JSON.stringify(answer))
        must(Boolean(answer.created?.m) === isMade, () => JSON.stringify(answer))
        if (made) model.bind('mailbox', made.id, answer.created.m.id)
      },
    )
  },
}

function whyNotDestroy(model: WireModel, key: number, removeEmails: boolean): string | null {
  const mailbox = model.mailboxes.get(key)
  if (!mailbox) return 'notFound'
  if (mailbox.role === 'inbox') return 'forbidden'
  if (model.children(key).length > 0) return 'mailboxHasChild'
  const holds = [...mailbox.rows.values()].some(({ deleted }) => !deleted)
  return holds && !removeEmails ? 'mailboxHasEmail' : null
}
