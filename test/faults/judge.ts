// Compares what is there with what was acknowledged, and with what may be.
import type { Random } from '@tandem/mailstore/testing'
import type { Home } from './home.js'
import type { Figures } from './stage.js'
import type { Boxes } from './truth.js'
import { type Doubt, describe, type Message, matches, type World } from './world.js'
import type { Writer } from './writer.js'

export interface Found {
  boxes: Boxes
  emails: ReadonlyMap<string, readonly Message[]>
  /** Submissions that wait to be sent. */
  queued: ReadonlySet<string>
}

/**
 * What is wrong, in words. What was in doubt is decided; what its writers did not know they know now; and what came
 * from elsewhere goes to one of them.
 */
export function judge(
  home: Home,
  writers: readonly Writer[],
  { boxes, emails, queued }: Found,
  figures: Figures,
  random: Random,
): string[] {
  const wrong: string[] = []
  const accounted = new Set<string>()
  const owned = new Set(home.boxes.values())
  const only = (token: string): Message | undefined => {
    accounted.add(token)
    const found = emails.get(token) ?? []
    if (found.length > 1)
      wrong.push(`${token} is there ${found.length} times: ${found.map(describe).join('; ')}`)
    return found[0]
  }

  for (const { name, world, doubts, refused } of writers) {
    const after = (key: string) => (refused.has(key) ? `, after this was refused: ${refused.get(key)}` : '')
    for (const [token, expected] of world.messages) {
      const found = only(token)
      if (!matches(expected, found))
        wrong.push(
          `${name}: ${token} is ${describe(found)}, and was acknowledged as ${describe(expected)}${after(token)}`,
        )
      if (found) world.messages.set(token, structuredClone(found))
    }
    for (const [box, path] of world.boxes) {
      owned.add(box)
      if (boxes.get(box)?.path !== path)
        wrong.push(`${name}: the mailbox ${path} (${box}) is ${boxes.get(box)?.path ?? 'gone'}${after(box)}`)
    }
    for (const each of doubts.splice(0)) {
      const outcome = decide(each, boxes, only)
      if (outcome === null) {
        for (const token of each.tokens) {
          const states = each.candidates.map((world) => describe(world.messages.get(token)))
          wrong.push(
            `${each.what} is neither done nor undone: ${token} is ${describe(only(token))}, not ${states.join(' or ')}${after(token)}`,
          )
        }
        if (each.tokens.length === 0) wrong.push(`${each.what} is neither done nor undone`)
      } else if (outcome > 0) figures.happened++
      adopt(world, each, boxes, only)
      for (const box of world.boxes.keys()) owned.add(box)
    }
    refused.clear()
  }

  for (const [token, arrival] of home.arrivals) {
    accounted.add(token)
    const found = emails.get(token) ?? []
    if (found.length > arrival.most) wrong.push(`${token} is there ${found.length} times, of ${arrival.most}`)
    const waits = arrival.queueId !== null && queued.has(arrival.queueId)
    if (arrival.isAcknowledged && found.length === 0 && !waits) wrong.push(`${token} was taken, and is lost`)
    if (!arrival.isAcknowledged || found.length !== 1 || arrival.most > 1) continue
    home.arrivals.delete(token)
    random.pick(writers).world.messages.set(token, structuredClone(found[0]!))
  }

  for (const [token, found] of emails) {
    if (!accounted.has(token))
      wrong.push(`${token} is there, and should not: ${found.map(describe).join('; ')}`)
  }
  for (const [box, { path }] of boxes) {
    if (!owned.has(box)) wrong.push(`the mailbox ${path} (${box}) is there, and should not`)
  }
  return wrong
}

const idOf = (box: string, boxes: Boxes): string | undefined =>
  box.startsWith('?')
    ? [...boxes].find(([, { path }]) => path === box.slice(1))?.[0]
    : boxes.has(box)
      ? box
      : undefined

/** Which of the candidates is there; null: none. */
function decide(
  { tokens, boxes: about, candidates }: Doubt,
  boxes: Boxes,
  only: (token: string) => Message | undefined,
) {
  const index = candidates.findIndex(
    (world) =>
      tokens.every((token) => matches(world.messages.get(token), only(token))) &&
      about.every((box) => {
        const id = idOf(box, boxes)
        return world.boxes.get(box) === (id === undefined ? undefined : boxes.get(id)!.path)
      }),
  )
  return index < 0 ? null : index
}

function adopt(
  world: World,
  { tokens, boxes: about }: Doubt,
  boxes: Boxes,
  only: (token: string) => Message | undefined,
) {
  for (const token of tokens) {
    const found = only(token)
    if (found) world.messages.set(token, structuredClone(found))
  }
  for (const box of about) {
    const id = idOf(box, boxes)
    if (id !== undefined) world.boxes.set(id, boxes.get(id)!.path)
  }
}

interface Height {
  uidValidity: number
  uidNext: number
  highestModseq: number
}

/** What may only rise, and what may not change, from one look to the next. */
export interface Heights {
  look(home: Home, boxes: Boxes, states: Record<string, number>): string[]
}

export function createHeights(): Heights {
  const known = new Map<string, Height & { uids: Set<number> }>()
  const last = new Map<string, number>()
  return {
    look(home, boxes, states) {
      const wrong: string[] = []
      for (const [type, state] of Object.entries(states)) {
        const before = last.get(`${home.address} ${type}`) ?? 0
        if (!(state >= before)) wrong.push(`the state of ${type} went from ${before} to ${state}`)
        last.set(`${home.address} ${type}`, state)
      }
      for (const [box, { path, messages, ...now }] of boxes) {
        const before = known.get(box)
        known.set(box, { ...now, uids: new Set(messages.keys()) })
        for (const [uid, { token }] of messages) {
          home.note(box, uid, token)
          if (uid >= now.uidNext) wrong.push(`${path}: UID ${uid} is not below UIDNEXT ${now.uidNext}`)
          if (before && uid < before.uidNext && !before.uids.has(uid))
            wrong.push(`${path}: UID ${uid} came after UIDNEXT ${before.uidNext} was told`)
        }
        if (!before) continue
        if (now.uidValidity !== before.uidValidity) wrong.push(`${path}: another UIDVALIDITY`)
        if (now.uidNext < before.uidNext) wrong.push(`${path}: UIDNEXT went back to ${now.uidNext}`)
        if (now.highestModseq < before.highestModseq)
          wrong.push(`${path}: HIGHESTMODSEQ went from ${before.highestModseq} to ${now.highestModseq}`)
      }
      return wrong
    },
  }
}
