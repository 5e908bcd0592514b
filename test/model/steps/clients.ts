// What clients do for themselves: a line drops and comes back, IDLE, ENABLE, an offline client goes on from its state.
import fc from 'fast-check'
import { must, same } from '../model.js'
import {
  imapOf,
  index,
  jmapOf,
  mustAnswer,
  pick,
  plan,
  type Step,
  type StepKind,
  selects,
  who,
} from '../step.js'
import { beliefOf, mustBelieve } from '../world.js'

interface Cut extends Step {
  kind: 'cut'
  to: 'A' | 'B'
  enable: 'CONDSTORE' | 'QRESYNC' | null
}

/** What it knew stays: with QRESYNC its next SELECT goes on from there, at the other process too. */
export const cut: StepKind<Cut> = {
  weight: 2,
  step: fc.record({
    kind: fc.constant('cut'),
    who,
    to: fc.constantFrom('A' as const, 'B' as const),
    enable: fc.option(fc.constantFrom('CONDSTORE' as const, 'QRESYNC' as const), { freq: 2 }),
  }),
  plan(world, _model, step) {
    const session = imapOf(world, step)
    return {
      by: null,
      async run() {
        const path = session.selected
        const key = world.selected.get(session)
        session.cut()
        await session.reopen(step.to)
        // RFC 5161 §3.1: before anything is selected.
        if (step.enable) await session.run(`ENABLE ${step.enable}`)
        return async (model) => {
          const mailbox = path === null || key === undefined ? undefined : model.mailboxes.get(key)
          if (mailbox) await world.prepare({ by: session, selects: selects(model, mailbox) }, model)
        }
      },
      unheard: () => {},
    }
  },
}

interface Wander extends Step {
  kind: 'wander'
  to: 'A' | 'B'
}

/** A JMAP client goes on at another process from the states it has; its event source from the last event. */
export const wander: StepKind<Wander> = {
  weight: 1,
  step: fc.record({
    kind: fc.constant('wander'),
    who,
    to: fc.constantFrom('A' as const, 'B' as const),
  }),
  plan(world, _model, step) {
    const session = jmapOf(world, step)
    return plan(
      session,
      () => session.move(step.to),
      () => {},
    )
  },
}

interface Idle extends Step {
  kind: 'idle'
  mailbox: number
}

export const idle: StepKind<Idle> = {
  weight: 2,
  step: fc.record({ kind: fc.constant('idle'), who, mailbox: index }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    return {
      by: session,
      selects: selects(model, pick(model.list(), step.mailbox)!),
      async run() {
        await session.idle()
        return () => {}
      },
      unheard: () => {},
    }
  },
}

interface Believe extends Step {
  kind: 'believe'
}

/** What an IMAP session was told bit by bit is what is there: one that idles, without asking. */
export const believe: StepKind<Believe> = {
  weight: 2,
  step: fc.record({ kind: fc.constant('believe'), who }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const key = world.selected.get(session)
    if (!session.isOpen || session.selected === null || key === undefined || !model.mailboxes.has(key))
      return null
    return {
      by: null,
      async run() {
        if (!session.isIdling) return (model) => mustBelieve(session, model, key)
        const expected = beliefOf(model, key)
        await session.hears(
          (messages) =>
            messages.length === expected.length &&
            messages.every(({ uid, flags }, i) => {
              const { uid: isUid, flags: areFlags } = expected[i]!
              return (uid === 0 || uid === isUid) && (flags === null || flags === areFlags)
            }),
        )
        return () => {}
      },
      unheard: () => {},
    }
  },
}

interface Sync extends Step {
  kind: 'sync'
  page: number
}

/** Who follows /changes and /queryChanges knows what who reads afresh does, and its event source told the states. */
export const sync: StepKind<Sync> = {
  weight: 2,
  step: fc.record({ kind: fc.constant('sync'), who, page: fc.constantFrom(1, 2, 3, 7, 100) }),
  plan(world, _model, step) {
    const session = jmapOf(world, step)
    return {
      by: null,
      async run() {
        const { restarts } = session
        await session.sync(step.page)
        const mayRestart = world.behind.delete(session)
        must(session.restarts === restarts || mayRestart, () => `${session.name} had to begin anew`)
        same(session.knows(), await session.reads(), `${session.name} knows`)
        const [mailbox, email, thread] = await session.call(
          ['Mailbox/get', { ids: [] }],
          ['Email/get', { ids: [] }],
          ['Thread/get', { ids: [] }],
        )
        await session.heard({ Mailbox: mailbox!.state, Email: email!.state, Thread: thread!.state })
        return () => {}
      },
      unheard: () => {},
    }
  },
}

interface Follow extends Step {
  kind: 'follow'
  page: number
}

/** The same while others write: what it has then, nobody can say; it goes on from there. */
export const follow: StepKind<Follow> = {
  weight: 2,
  atOnce: true,
  step: fc.record({ kind: fc.constant('follow'), who, page: fc.constantFrom(1, 2, 3) }),
  plan(world, _model, step) {
    const session = jmapOf(world, step)
    // Its whole new beginning takes several requests, and so a time in which nobody writes.
    if (world.behind.has(session)) return null
    return plan(
      session,
      () => session.sync(step.page),
      () => {},
    )
  },
}

interface Ask extends Step {
  kind: 'ask'
  mailbox: number
  command: string
}

/** Is told what others do, and what they did may not contradict what it was told before. */
export const ask: StepKind<Ask> = {
  weight: 2,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('ask'),
    who,
    mailbox: index,
    command: fc.constantFrom('NOOP', 'UID FETCH 1:* (FLAGS)', 'UID SEARCH SEEN'),
  }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const mailbox = pick(model.list(), step.mailbox)!
    return {
      ...plan(
        session,
        () => session.run(step.command),
        (model, answer) => {
          if (model.mailboxes.has(mailbox.id)) mustAnswer(answer, 'OK')
        },
      ),
      selects: selects(model, mailbox),
    }
  },
}
