// What a writer knows to be there of what is its own: messages, each told by a token that is its subject, and mailboxes.

export interface Place {
  /** Null: its writer was not told. */
  uid: number | null
  deleted: boolean
}

export interface Message {
  /** Null: its writer was not told. */
  emailId: string | null
  /** Flags but \Deleted and \Recent, as IMAP writes them. */
  keywords: Set<string>
  /** By the id of the mailbox. */
  places: Map<string, Place>
}

export interface World {
  /** The writer's own mailboxes: id to path. */
  boxes: Map<string, string>
  messages: Map<string, Message>
}

export const createWorld = (): World => ({ boxes: new Map(), messages: new Map() })

/** What was asked for and not answered: what it is about is in one of these states, the first being that of before. */
export interface Doubt {
  what: string
  tokens: string[]
  /** Ids of mailboxes; those that are not known have their path behind `?`. */
  boxes: string[]
  candidates: World[]
}

/** The part of a world that these are. */
function part(world: World, tokens: readonly string[], boxes: readonly string[]): World {
  const pick = <T>(map: Map<string, T>, keys: readonly string[]) =>
    new Map(keys.flatMap((key) => (map.has(key) ? [[key, map.get(key)!]] : [])))
  return structuredClone({ boxes: pick(world.boxes, boxes), messages: pick(world.messages, tokens) })
}

export interface Step {
  tokens: readonly string[]
  boxes?: readonly string[]
  /** What it does, a function for each transaction. */
  does: readonly ((world: World) => void)[]
}

/** Takes what a step is about out of the world until it is known what came of it. */
export function doubt(world: World, what: string, { tokens, boxes = [], does }: Step): Doubt {
  const candidates = [part(world, tokens, boxes)]
  for (const apply of does) {
    const next = structuredClone(candidates.at(-1)!)
    apply(next)
    candidates.push(next)
  }
  for (const token of tokens) world.messages.delete(token)
  for (const box of boxes) world.boxes.delete(box)
  return { what, tokens: [...tokens], boxes: [...boxes], candidates }
}

/** Takes a message out of a mailbox; without any it is gone. */
export function leave(world: World, token: string, box: string): void {
  const message = world.messages.get(token)!
  message.places.delete(box)
  if (message.places.size === 0) world.messages.delete(token)
}

/** In words, for reports. */
export function describe(message: Message | undefined): string {
  if (!message) return 'nothing'
  const places = [...message.places].map(
    ([box, { uid, deleted }]) => `${box}:${uid ?? '?'}${deleted ? ' deleted' : ''}`,
  )
  return `${message.emailId ?? '?'} in ${places.join(', ')} [${[...message.keywords].sort().join(' ')}]`
}

/** Whether what is there is what is expected; what its writer was not told is open. */
export function matches(expected: Message | undefined, found: Message | undefined): boolean {
  if (!expected || !found) return !expected && !found
  if (expected.emailId !== null && expected.emailId !== found.emailId) return false
  if (expected.keywords.size !== found.keywords.size || expected.places.size !== found.places.size)
    return false
  for (const keyword of expected.keywords) if (!found.keywords.has(keyword)) return false
  for (const [box, { uid, deleted }] of expected.places) {
    const place = found.places.get(box)
    if (!place || place.deleted !== deleted || (uid !== null && uid !== place.uid)) return false
  }
  return true
}
