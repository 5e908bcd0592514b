// A JMAP client that keeps everything it has seen and asks for changes alone, as RFC 8620 §5.2 and §5.6 advise.
import type { JmapClient, Json } from '../support/jmap.js'

/** What is kept of each type; of an Email what can change, and its thread. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  Mailbox: [
    ...['id', 'name', 'parentId', 'role', 'isSubscribed', 'sortOrder'],
    ...['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'],
  ],
  Email: ['id', 'threadId', 'mailboxIds', 'keywords', 'size'],
  Thread: ['id', 'emailIds'],
}
const TYPES = ['Mailbox', 'Email', 'Thread']

/** The lists that are kept: newest first, whole and collapsed, and one that keywords change. */
const QUERIES: readonly Json[] = [
  { sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: false },
  { sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: true },
  { filter: { hasKeyword: '$seen' }, sort: [{ property: 'size' }, { property: 'receivedAt' }] },
]

export interface Snapshot {
  objects: Record<string, Json[]>
  lists: string[][]
}

export interface OfflineClient {
  /** Goes from what is known to now by /changes and /queryChanges; `maxChanges`: of each page of /changes. */
  sync(maxChanges: number): Promise<void>
  known(): Snapshot
  /** Asks another server of the same account from now on. */
  move(jmap: JmapClient): void
  /** Requests made by sync, and the times it had to begin anew. */
  readonly requests: number
  readonly restarts: number
}

/** Everything read afresh: what a client that follows changes has to believe. */
export async function readAll(jmap: JmapClient): Promise<Snapshot & { states: Json; queryStates: string[] }> {
  const all = await jmap.call(['Email/query', {}])
  const found = await jmap.call(
    ['Mailbox/get', { ids: null, properties: PROPERTIES.Mailbox }],
    ['Email/get', { ids: all[0]!.ids, properties: PROPERTIES.Email }],
    ...QUERIES.map((query): [string, Json] => ['Email/query', query]),
  )
  const [mailboxes, emails, ...lists] = found as [Json, Json, ...Json[]]
  const threadIds = [...new Set(emails.list.map((email: Json) => email.threadId))]
  const [threads] = await jmap.call(['Thread/get', { ids: threadIds, properties: PROPERTIES.Thread }])
  return {
    objects: {
      Mailbox: ordered(mailboxes.list),
      Email: ordered(emails.list),
      Thread: ordered(threads!.list),
    },
    lists: lists.map(({ ids }) => ids),
    states: { Mailbox: mailboxes.state, Email: emails.state, Thread: threads!.state },
    queryStates: lists.map(({ queryState }) => queryState),
  }
}

const ordered = (objects: Iterable<Json>): Json[] => [...objects].sort((a, b) => (a.id < b.id ? -1 : 1))

/** Begins with one whole read. */
export async function createOfflineClient(jmap: JmapClient): Promise<OfflineClient> {
  let server = jmap
  const first = await readAll(jmap)
  const states = first.states
  const objects = new Map(
    TYPES.map((type) => [type, new Map(first.objects[type]!.map((object) => [object.id as string, object]))]),
  )
  const { lists, queryStates } = first
  /** Told of, and gone again when they were asked for. */
  const missed = new Set<string>()
  let requests = 0
  let restarts = 0
  const call = (...calls: [string, Json][]) => {
    requests++
    return server.call(...calls)
  }
  /** Null where the server can't say what changed: RFC 8620 §5.2, §5.6. */
  const changesOf = async (method: string, args: Json): Promise<Json | null> => {
    const [found] = await call([method, args]).catch((error: Error) => {
      if (!error.message.includes('cannotCalculateChanges')) throw error
      return [null]
    })
    return found ?? null
  }

  async function syncType(type: string, maxChanges: number): Promise<void> {
    const known = objects.get(type)!
    for (;;) {
      const changes = await changesOf(`${type}/changes`, { sinceState: states[type], maxChanges })
      if (!changes) {
        restarts++
        const afresh = await readAll(server)
        objects.set(type, new Map(afresh.objects[type]!.map((object) => [object.id as string, object])))
        states[type] = afresh.states[type]
        return
      }
      const { created, updated, destroyed, updatedProperties, newState, hasMoreChanges } = changes
      if (created.length + updated.length + destroyed.length > maxChanges)
        throw new Error('more than maxChanges')
      // RFC 8620 §5.2 lets a server call updated what was created since; here it is created on every page (rule 4).
      for (const id of updated) {
        if (!known.has(id) && !missed.has(id))
          throw new Error(`${type} ${id} is updated, and was never created`)
      }
      for (const id of destroyed) known.delete(id)
      // Told of one that it knows already, a client takes it as it is.
      const whole = [...created, ...updated.filter((id: string) => !updatedProperties || !known.has(id))]
      await fetchObjects(type, whole, PROPERTIES[type]!)
      // RFC 8621 §2.2
      if (updatedProperties) {
        const rest = updated.filter((id: string) => !whole.includes(id))
        await fetchObjects(type, rest, ['id', ...updatedProperties])
      }
      states[type] = newState
      if (!hasMoreChanges) return
    }
  }

  async function fetchObjects(type: string, ids: string[], properties: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const known = objects.get(type)!
    const wanted = properties.filter((name) => PROPERTIES[type]!.includes(name))
    const [got] = await call([`${type}/get`, { ids, properties: wanted }])
    for (const object of got!.list) known.set(object.id, { ...known.get(object.id), ...object })
    for (const id of got!.notFound) {
      known.delete(id)
      missed.add(id)
    }
  }

  async function syncList(index: number): Promise<void> {
    const query = QUERIES[index]!
    const changes = await changesOf('Email/queryChanges', { ...query, sinceQueryState: queryStates[index] })
    if (!changes) {
      restarts++
      const [all] = await call(['Email/query', query])
      lists[index] = all!.ids
      queryStates[index] = all!.queryState
      return
    }
    // RFC 8620 §5.6: splice out what was removed, then put in what was added, lowest index first.
    const { removed, added, newQueryState } = changes
    const list = lists[index]!.filter((id) => !removed.includes(id))
    for (const { id, index: at } of added) list.splice(at, 0, id)
    lists[index] = list
    queryStates[index] = newQueryState
  }

  return {
    async sync(maxChanges) {
      for (const type of TYPES) await syncType(type, maxChanges)
      for (const index of QUERIES.keys()) await syncList(index)
    },
    known: () => ({
      objects: Object.fromEntries(TYPES.map((type) => [type, ordered(objects.get(type)!.values())])),
      lists: lists.map((list) => [...list]),
    }),
    move(jmap) {
      server = jmap
    },
    get requests() {
      return requests
    },
    get restarts() {
      return restarts
    },
  }
}
