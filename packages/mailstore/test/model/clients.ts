import { type Account, type ChangeCursor, MailstoreError, type SharedAccount } from '../../src/index.js'

/** What a client of either protocol holds, told apart by nothing but deltas. */
export interface SyncingClient {
  /** Brings it up to date; `page`: changes per page of /changes. */
  sync(page: number): Promise<void>
  /** What it shows now, to be compared with a full read. */
  shows(): string
  /** How often it had to begin again. */
  restarts: number
}

const sorted = (map: Map<number, unknown>) => JSON.stringify([...map].sort(([a], [b]) => a - b))

/** A JMAP client of one type: /changes from the state it has, then /get of what was created or updated. */
export function jmapClient(account: SharedAccount, type: 'email' | 'thread' | 'mailbox'): SyncingClient {
  const held = new Map<number, unknown>()
  let cursor: ChangeCursor | null = null

  const client: SyncingClient = {
    restarts: -1,
    async sync(page) {
      try {
        if (cursor === null) throw new MailstoreError('cannotCalculateChanges', 'it begins')
        for (let more = true; more; ) {
          const changes = await account.read((r) => r.changes[type](cursor!, page))
          for (const id of changes.destroyed) held.delete(id)
          for (const id of changes.updated)
            if (!held.has(id)) throw new Error(`${type} ${id} "updated" but never told of`)
          const wanted = [...changes.created, ...changes.updated]
          const got = await readObjects(account, type, wanted)
          // What is gone by now is told as destroyed by a later page.
          for (const [id, object] of got) held.set(id, object)
          cursor = changes.next
          more = changes.hasMore
        }
      } catch (error) {
        if (!(error instanceof MailstoreError) || error.code !== 'cannotCalculateChanges') throw error
        client.restarts++
        held.clear()
        const { objects, state, epoch } = await readAll(account, type)
        for (const [id, object] of objects) held.set(id, object)
        cursor = { position: state, floor: state, epoch }
      }
    },
    shows: () => sorted(held),
  }
  return client
}

/** A full read of a type, as a client shows it. */
export async function fullRead(
  account: SharedAccount,
  type: 'email' | 'thread' | 'mailbox',
): Promise<string> {
  return sorted((await readAll(account, type)).objects)
}

async function readAll(account: SharedAccount, type: 'email' | 'thread' | 'mailbox') {
  return account.read(async (r) => {
    const { epoch } = r
    const state = r.marks[type]
    if (type === 'mailbox') {
      const list = await r.mailbox.list()
      return {
        state,
        epoch,
        objects: new Map<number, unknown>(list.map((each) => [each.id, mailboxObject(each)])),
      }
    }
    const all = {
      filter: null,
      sort: [],
      collapseThreads: false,
      position: 0,
      limit: 1000,
      calculateTotal: false,
    }
    const { ids } = await r.email.query(all)
    const emails = await r.email.get(ids)
    if (type === 'email') {
      return {
        state,
        epoch,
        objects: new Map<number, unknown>(emails.map((each) => [each.id, emailObject(each)])),
      }
    }
    const threads = await r.thread.get([...new Set(emails.map((each) => each.threadId))])
    return {
      state,
      epoch,
      objects: new Map<number, unknown>(threads.map((each) => [each.id, each.emailIds])),
    }
  })
}

async function readObjects(
  account: SharedAccount,
  type: 'email' | 'thread' | 'mailbox',
  ids: readonly number[],
): Promise<[number, unknown][]> {
  return account.read(async (r) => {
    if (type === 'mailbox') return (await r.mailbox.get(ids)).map((each) => [each.id, mailboxObject(each)])
    if (type === 'thread') return (await r.thread.get(ids)).map((each) => [each.id, each.emailIds])
    const emails = await r.email.get(ids)
    return emails.filter((each) => each.mailboxIds.length > 0).map((each) => [each.id, emailObject(each)])
  })
}

const emailObject = (email: { mailboxIds: number[]; keywords: string[] }) => [
  email.mailboxIds,
  email.keywords,
]

const mailboxObject = (mailbox: {
  name: string
  role: string | null
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
}) => [
  mailbox.name,
  mailbox.role,
  mailbox.totalEmails,
  mailbox.unreadEmails,
  mailbox.totalThreads,
  mailbox.unreadThreads,
]

/** A client that resynchronises one mailbox by QRESYNC (RFC 7162 §3.2.5): flags by modseq, and what vanished. */
export function qresyncClient(account: SharedAccount, mailboxId: number): SyncingClient {
  const held = new Map<number, unknown>()
  let known: { uidValidity: number; highestModseq: number } | null = null
  const client: SyncingClient = {
    restarts: -1,
    async sync() {
      const view = await account.view(mailboxId)
      if (known && view.highestModseq < known.highestModseq) throw new Error('HIGHESTMODSEQ went back')
      let since = 0
      if (known === null || known.uidValidity !== view.uidValidity) {
        client.restarts++
        held.clear()
      } else {
        since = known.highestModseq
        const vanished = await account.read((r) => r.changes.vanished(mailboxId, since))
        const gone = vanished ?? [...held.keys()].filter((uid) => view.indexOf(uid) < 0)
        for (const uid of gone) held.delete(uid)
      }
      for (let row = 0; row < view.count; row++) {
        if (view.modseqs.at(row) > since) held.set(view.uids[row]!, rowObject(view, row))
      }
      known = view
    },
    shows: () => sorted(held),
  }
  return client
}

type View = Awaited<ReturnType<Account['view']>>

const rowObject = (view: View, row: number) => [
  view.emailIds.at(row),
  view.flags.at(row),
  [...view.keywords(row)].sort(),
]

export async function fullMailbox(account: SharedAccount, mailboxId: number): Promise<string> {
  const view = await account.view(mailboxId)
  return sorted(
    new Map(Array.from({ length: view.count }, (_, row) => [view.uids[row]!, rowObject(view, row)])),
  )
}
