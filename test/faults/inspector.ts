// After each round, with nobody writing: everything about one account is read in every way, and compared.
import { formatId, type Mailstore } from '@tandem/mailstore'
import type { Random } from '@tandem/mailstore/testing'
import { type JmapClient, openJmap } from '../support/jmap.js'
import { createOfflineClient, type OfflineClient, readAll, type Snapshot } from '../sync/offline-client.js'
import type { Home } from './home.js'
import { openImapSession } from './imap.js'
import { createHeights, judge } from './judge.js'
import { createMirror } from './mirror.js'
import type { Outside } from './outside.js'
import type { Server } from './servers.js'
import type { Figures } from './stage.js'
import { asJmap, emailsOf, readBoxes, readByJmap } from './truth.js'
import type { Writer } from './writer.js'

const PAGE = 50
/** Looks until one meets no delivery that comes meanwhile. */
const LOOKS = 20

export interface Inspector {
  /** What is wrong, in words. */
  inspect(home: Home, writers: readonly Writer[], servers: readonly Server[]): Promise<string[]>
  /** Mailboxes, and types and lists of JMAP, that were brought up to date by what changed; and those read anew. */
  readonly resyncs: { byQresync: number; byChanges: number; anew: number }
}

export function createInspector(
  mailstore: Mailstore,
  outside: Outside,
  figures: Figures,
  random: Random,
): Inspector {
  const heights = createHeights()
  const mirrors = new Map<Home, ReturnType<typeof createMirror>>()
  const offline = new Map<Home, OfflineClient>()
  let syncs = 0

  /** Resolves once whatever a dead process began is decided: it held the lock of the account, or never will. */
  const settle = (home: Home) => mailstore.account(home.accountId).transact(async () => {})

  async function marks({ accountId }: Home): Promise<Record<string, number>> {
    const { email, mailbox, thread, membership } = await mailstore
      .account(accountId)
      .read(async (r) => r.marks)
    return { email, mailbox, thread, membership }
  }

  /** The client that is away between rounds, with a connection of now. */
  async function offlineClient(home: Home, jmap: JmapClient): Promise<OfflineClient> {
    const known = offline.get(home)
    if (known) {
      known.move(jmap)
      return known
    }
    const client = await createOfflineClient(jmap)
    offline.set(home, client)
    return client
  }

  /** One look at everything; null where something came meanwhile. */
  async function look(home: Home, here: Server, there: Server) {
    const before = await marks(home)
    const fresh = await openImapSession(here, home.address)
    const away = await openImapSession(there, home.address)
    try {
      const jmap = await openJmap(there, home.address)
      const [boxes, byJmap, all] = [await readBoxes(fresh), await readByJmap(jmap), await readAll(jmap)]
      const mirror = mirrors.get(home) ?? createMirror()
      mirrors.set(home, mirror)
      await away.command('ENABLE QRESYNC')
      const wrong = await mirror.sync(away, boxes)
      const client = await offlineClient(home, await openJmap(here, home.address))
      await client.sync(PAGE)
      syncs++
      const queued = await queuedIds()
      if (JSON.stringify(await marks(home)) !== JSON.stringify(before)) return null
      const emails = emailsOf(boxes)
      wrong.push(...differences('JMAP, not IMAP', byJmap, asJmap(emails)))
      wrong.push(...compareSnapshots(client.known(), all))
      const states = { ...before, ...numbered(all.states) }
      return { boxes, emails, queued, states, wrong }
    } finally {
      fresh.close()
      away.close()
    }
  }

  async function queuedIds(): Promise<Set<string>> {
    const queued = new Set<string>()
    for await (const { id } of mailstore.queue.list()) queued.add(formatId('submission', id))
    return queued
  }

  return {
    async inspect(home, writers, servers) {
      await settle(home)
      const wrong: string[] = []
      const now = await openJmap(random.pick(servers), home.address)
      for (const each of writers) wrong.push(...((await each.recall?.(now)) ?? []))
      for (let n = 0; n < LOOKS; n++) {
        const found = await look(home, random.pick(servers), random.pick(servers))
        if (!found) continue
        wrong.push(
          ...found.wrong,
          ...judge(home, writers, found, figures, random),
          ...outside.judge(found.queued),
        )
        wrong.push(...heights.look(home, found.boxes, found.states))
        for await (const violation of mailstore.check({ accountId: home.accountId }))
          wrong.push(`check: ${JSON.stringify(violation)}`)
        return wrong.map((what) => `${home.address}: ${what}`)
      }
      return [`${home.address}: it does not come to rest`]
    },
    get resyncs() {
      const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
      const all = [...mirrors.values()]
      const lists = sum([...offline.values()].map((client) => client.restarts))
      return {
        byQresync: sum(all.map(({ deltas }) => deltas)),
        byChanges: syncs,
        anew: sum(all.map(({ restarts }) => restarts)) + lists,
      }
    },
  }
}

const numbered = (states: Record<string, string>) =>
  Object.fromEntries(Object.entries(states).map(([type, state]) => [`JMAP ${type}`, Number(state)]))

function differences(what: string, told: Map<string, unknown>, is: Map<string, unknown>): string[] {
  const said = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))
  return [...new Set([...told.keys(), ...is.keys()])]
    .filter((key) => said(told.get(key)) !== said(is.get(key)))
    .map((key) => `${what}: ${key} is ${said(told.get(key))}, not ${said(is.get(key))}`)
}

function compareSnapshots(known: Snapshot, all: Snapshot): string[] {
  const wrong = Object.keys(all.objects).flatMap((type) => {
    const byId = (snapshot: Snapshot) =>
      new Map(snapshot.objects[type]!.map((each) => [each.id as string, sorted(each)]))
    return differences(`${type} by /changes`, byId(known), byId(all))
  })
  for (const [i, list] of all.lists.entries()) {
    if (known.lists[i]!.join() !== list.join())
      wrong.push(`list ${i} by /queryChanges: ${known.lists[i]}, not ${list}`)
  }
  return wrong
}

/** With the keys of objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value) || value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
