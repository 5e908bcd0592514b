// A JMAP client that changes what is its own, in every way there is, and sends.
import type { Random } from '@tandem/mailstore/testing'
import { type JmapClient, openJmap } from '../support/jmap.js'
import { letter } from '../support/mail.js'
import { Lost, Refused } from './answers.js'
import type { Arrivals, Home } from './home.js'
import type { Server } from './servers.js'
import type { Stage } from './stage.js'
import { leave, type Message, type World } from './world.js'
import { createTools, type Writer } from './writer.js'

// biome-ignore lint/suspicious/noExplicitAny: objects as the server sends them
type Json = Record<string, any>

/** By their name in JMAP. */
const FLAGS: Readonly<Record<string, string>> = {
  $seen: '\\Seen',
  $flagged: '\\Flagged',
  $answered: '\\Answered',
  $forwarded: '$Forwarded',
  blue: 'blue',
}
const SHARED = ['INBOX', 'Archive']
const BOXES = 3

/** Somewhere that mail is sent to. */
export interface Destination {
  address: string
  arrivals: Arrivals
}

/** As Refused or Lost where it is the server's fault or its end. */
function ending(error: unknown): unknown {
  // What fetch throws where there is no response, or not all of it.
  if (error instanceof TypeError) return new Lost(String(error.cause ?? error))
  const { message } = error as Error
  if (message.startsWith('503 ')) return new Refused(message, true)
  if (!message.startsWith('{')) return error
  const { type } = JSON.parse(message) as { type: string }
  return type === 'serverPartialFail' ? new Lost(message) : new Refused(message, type === 'serverUnavailable')
}

/** Errors: Refused, Lost. */
export const connectJmap = (server: Server, address: string): Promise<JmapClient> =>
  openJmap(server, address).catch((error: unknown) => {
    throw ending(error)
  })

export function createJmapWriter(
  name: string,
  home: Home,
  destinations: readonly Destination[],
  stage: Stage,
  random: Random,
): Writer {
  const { tools, doubts, refused } = createTools(name, home, stage, random)
  const { world, some, change } = tools
  let jmap: JmapClient | null = null
  let boxes = 0
  /** Drafts that are to be sent, and where to. */
  const drafts = new Map<string, readonly Destination[]>()
  /** Submissions without an answer: the email of each, and where it goes. */
  const sent = new Map<string, { emailId: string; to: readonly Destination[] }>()

  const targets = () => [...SHARED.map((path) => home.boxes.get(path)!), ...world.boxes.keys()]
  const mine = () => [...world.messages].filter(([, { emailId }]) => emailId !== null)
  const idOf = (token: string) => world.messages.get(token)!.emailId!

  /** Errors: Refused, Lost; an Error where an object of a /set was refused. */
  async function call(method: string, args: Json): Promise<Json[]> {
    const answers = await jmap!.call([method, args]).catch((error: unknown) => {
      throw ending(error)
    })
    for (const answer of answers) {
      const no = answer.notCreated ?? answer.notUpdated ?? answer.notDestroyed
      if (no) throw new Error(`${name}: ${method}: ${JSON.stringify(no)}`)
    }
    return answers
  }

  const placed = (ids: readonly string[]): Message['places'] =>
    new Map(ids.map((box) => [box, { uid: null, deleted: false }]))
  const asSet = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, true]))

  async function importEmails(): Promise<void> {
    const tokens = Array.from({ length: random.between(1, 3) }, () => tools.token())
    const into = some(targets(), 2)
    const keywords = some(Object.keys(FLAGS), 2)
    const emails: Json = {}
    for (const token of tokens) {
      const blobId = await jmap!.upload(letter(token), 'message/rfc822').catch((error: unknown) => {
        throw ending(error)
      })
      emails[token] = { blobId, mailboxIds: asSet(into), keywords: asSet(keywords) }
    }
    await create(`Email/import of ${tokens}`, tokens, into, keywords, () => call('Email/import', { emails }))
  }

  /** `send` creates these, by their tokens. */
  function create(
    what: string,
    tokens: string[],
    into: string[],
    keywords: string[],
    send: () => Promise<Json[]>,
  ) {
    const flags = keywords.map((keyword) => FLAGS[keyword] ?? '\\Draft')
    const file = (after: World) => {
      for (const token of tokens)
        after.messages.set(token, { emailId: null, keywords: new Set(flags), places: placed(into) })
    }
    return change(what, { tokens, does: [file] }, send, ([answer]) => {
      for (const token of tokens) world.messages.get(token)!.emailId = answer!.created[token].id
    })
  }

  /** One patch for all of these emails. */
  const update = (tokens: readonly string[], patch: Json) => () =>
    call('Email/set', { update: Object.fromEntries(tokens.map((token) => [idOf(token), patch])) })

  const pickTokens = (isFit: (message: Message) => boolean = () => true) =>
    some(
      mine().filter(([, message]) => isFit(message)),
      5,
    ).map(([token]) => token)

  async function setKeyword(): Promise<void> {
    const tokens = pickTokens()
    if (tokens.length === 0) return importEmails()
    const [keyword, flag] = random.pick(Object.entries(FLAGS))
    const isSet = random.chance(0.6)
    const apply = (after: World) => {
      for (const token of tokens) {
        const { keywords } = after.messages.get(token)!
        if (isSet) keywords.add(flag)
        else keywords.delete(flag)
      }
    }
    await change(
      `${keyword} of ${tokens}`,
      { tokens, does: [apply] },
      update(tokens, { [`keywords/${keyword}`]: isSet || null }),
    )
  }

  async function setMailboxes(): Promise<void> {
    const to = random.pick(targets())
    const from = random.chance(0.6) ? random.pick(targets()) : null
    const isFit = ({ places }: Message) => !places.has(to) && (from === null || places.has(from))
    const tokens = to === from ? [] : pickTokens(isFit)
    if (tokens.length === 0) return importEmails()
    const apply = (after: World) => {
      for (const token of tokens) {
        after.messages.get(token)!.places.set(to, { uid: null, deleted: false })
        if (from) leave(after, token, from)
      }
    }
    await change(
      `${tokens} ${from ? 'moved' : 'added'} to ${to}`,
      { tokens, does: [apply] },
      update(tokens, { [`mailboxIds/${to}`]: true, ...(from ? { [`mailboxIds/${from}`]: null } : {}) }),
    )
  }

  async function destroy(): Promise<void> {
    const tokens = pickTokens()
    if (tokens.length === 0) return importEmails()
    const apply = (after: World) => {
      for (const token of tokens) after.messages.delete(token)
    }
    const ids = tokens.map(idOf)
    await change(`destroy of ${tokens}`, { tokens, does: [apply] }, () => call('Email/set', { destroy: ids }))
  }

  async function createMailbox(): Promise<void> {
    if (world.boxes.size >= BOXES) return destroyMailbox()
    const path = `${name}-${++boxes}`
    const unknown = `?${path}`
    await change(
      `Mailbox/set creates ${path}`,
      { tokens: [], boxes: [unknown], does: [(after) => void after.boxes.set(unknown, path)] },
      () => call('Mailbox/set', { create: { box: { name: path } } }),
      ([answer]) => {
        world.boxes.delete(unknown)
        world.boxes.set(answer!.created.box.id, path)
      },
    )
  }

  async function renameMailbox(): Promise<void> {
    const [box] = some([...world.boxes.keys()], 1)
    if (!box) return createMailbox()
    const path = `${name}-${++boxes}`
    await change(
      `Mailbox/set renames ${world.boxes.get(box)} to ${path}`,
      { tokens: [], boxes: [box], does: [(after) => void after.boxes.set(box, path)] },
      () => call('Mailbox/set', { update: { [box]: { name: path } } }),
    )
  }

  async function destroyMailbox(): Promise<void> {
    const [box] = some(
      [...world.boxes.keys()].filter((id) => !tools.holdsDoubt(id)),
      1,
    )
    if (!box) return importEmails()
    const tokens = [...world.messages].filter(([, { places }]) => places.has(box)).map(([token]) => token)
    const apply = (after: World) => {
      after.boxes.delete(box)
      for (const token of tokens) leave(after, token, box)
    }
    await change(
      `Mailbox/set destroys ${world.boxes.get(box)} with ${tokens}`,
      { tokens, boxes: [box], does: [apply] },
      () => call('Mailbox/set', { destroy: [box], onDestroyRemoveEmails: true }),
    )
  }

  async function write(): Promise<void> {
    const token = tools.token()
    const to = some(destinations, 2)
    const draftsBox = home.boxes.get('Drafts')!
    const email = {
      mailboxIds: { [draftsBox]: true },
      keywords: { $draft: true, $seen: true },
      from: [{ email: home.address }],
      to: to.map(({ address }) => ({ email: address })),
      subject: token,
      textBody: [{ partId: '1', type: 'text/plain' }],
      bodyValues: { 1: { value: 'Hello.' } },
    }
    drafts.set(token, to)
    await create(`draft ${token}`, [token], [draftsBox], ['$draft', '$seen'], () =>
      call('Email/set', { create: { [token]: email } }),
    )
  }

  async function submit(): Promise<void> {
    const [token, to] = [...drafts].find(([each]) => world.messages.get(each)?.emailId) ?? []
    const [from, target] = [home.boxes.get('Drafts')!, home.boxes.get('Sent')!]
    if (!token || !to) return write()
    drafts.delete(token)
    const emailId = idOf(token)
    // It may have been moved since.
    if (!world.messages.get(token)!.places.has(from) || world.messages.get(token)!.places.has(target)) return
    const arrival = { isAcknowledged: false, most: 1, queueId: null as string | null }
    for (const { arrivals } of to) arrivals.set(token, arrival)
    sent.set(token, { emailId, to })
    const apply = (after: World) => {
      const message = after.messages.get(token)!
      message.places.set(target, { uid: null, deleted: false })
      message.places.delete(from)
      message.keywords.delete('\\Draft')
    }
    const [identities] = await call('Identity/get', { ids: null })
    const args = {
      create: { send: { identityId: identities!.list[0].id, emailId } },
      onSuccessUpdateEmail: {
        '#send': { [`mailboxIds/${from}`]: null, [`mailboxIds/${target}`]: true, 'keywords/$draft': null },
      },
    }
    await change(
      `EmailSubmission/set of ${token}`,
      { tokens: [token], does: [apply] },
      // Which of the two calls it was that failed is not asked: it is in doubt.
      () =>
        call('EmailSubmission/set', args).catch((error: unknown) => {
          throw error instanceof Refused && error.isTemporary ? new Lost(error.message) : error
        }),
      ([answer]) => {
        arrival.isAcknowledged = true
        arrival.queueId = answer!.created.send.id
        sent.delete(token)
      },
    )
  }

  /** Looks which submissions there are that had no answer. */
  async function recall(now: JmapClient): Promise<string[]> {
    const wrong: string[] = []
    for (const [token, { emailId, to }] of sent) {
      const [query, emails] = await now.call(
        ['EmailSubmission/query', { filter: { emailIds: [emailId] } }],
        ['Email/get', { ids: [emailId], properties: ['mailboxIds'] }],
      )
      const ids: string[] = query!.ids
      if (ids.length > 1) wrong.push(`${token} has ${ids.length} submissions`)
      if (ids.length === 0 && emails!.list[0]?.mailboxIds[home.boxes.get('Sent')!])
        wrong.push(`${token} moved to Sent, and is not submitted`)
      for (const { arrivals } of to) {
        if (ids.length === 0) arrivals.delete(token)
        else arrivals.set(token, { isAcknowledged: true, most: 1, queueId: ids[0]! })
      }
    }
    sent.clear()
    return wrong
  }

  const CHANGES = [
    ...[importEmails, importEmails, setKeyword, setKeyword, setMailboxes, setMailboxes, destroy],
    ...[createMailbox, renameMailbox, destroyMailbox, write, submit, submit],
  ]
  const close = () => {
    jmap = null
  }
  return {
    name,
    home,
    world,
    doubts,
    refused,
    recall,
    close,
    run: () =>
      stage.loop(async () => {
        jmap ??= await connectJmap(await stage.server(), home.address)
        await tools.oneOf(CHANGES, destroy)
      }, close),
  }
}
