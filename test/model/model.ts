/**
 * The store's reference model (`@tandem/mailstore/testing`) and what the wire has more of: the mailbox tree and its
 * paths, subscriptions by name, UIDVALIDITY, ids. Mailboxes, emails and threads have keys of the model's own; the ids
 * of the wire are bound to them when first read, one to one, and may never change.
 */
import { Model, type ModelEmail, type ModelMailbox } from '@tandem/mailstore/testing'

/** What should be equal but is not. */
export class Mismatch extends Error {}

export function must(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Mismatch(what())
}

export function same(told: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(told), JSON.stringify(expected)]
  if (a !== b) throw new Mismatch(`${what}: told ${a}, not ${b}`)
}

export interface WireMailbox extends ModelMailbox {
  parent: number | null
  /** INBOX has here the name that JMAP shows. */
  name: string
}

export interface WireEmail extends ModelEmail {
  /** Null until it is read: the server's own header fields are part of it. */
  told: number | null
  /** Its account may send it. */
  isOwn: boolean
}

export interface NewEmail {
  keys: string[]
  keywords: Iterable<string>
  /** Octets; null where the server adds some. */
  size: number | null
  deleted?: boolean
  isOwn?: boolean
}

export interface WireSubmission {
  emailId: number
  undoStatus: 'pending' | 'final' | 'canceled'
}

const BOUND = ['mailbox', 'email', 'thread', 'submission', 'uidValidity'] as const
export type Bound = (typeof BOUND)[number]
export type StateType = 'Email' | 'Thread' | 'Mailbox' | 'EmailSubmission'

/** What a commit moved, for states and marks that move exactly then. */
export interface Moved {
  types: Set<StateType>
  /** By key. */
  mailboxes: Set<number>
  /** `mailbox uid` */
  rows: Set<string>
}

const nothing = (): Moved => ({ types: new Set(), mailboxes: new Set(), rows: new Set() })

/** RFC 8621 §2, and IMAP's name of it. */
export const FIRST = [
  ['Inbox', 'inbox'],
  ['Drafts', 'drafts'],
  ['Sent', 'sent'],
  ['Archive', 'archive'],
  ['Junk', 'junk'],
  ['Trash', 'trash'],
] as const

const mapsOf = <K, V>() =>
  Object.fromEntries(BOUND.map((kind) => [kind, new Map()])) as Record<Bound, Map<K, V>>

export class WireModel extends Model<WireMailbox, WireEmail> {
  subscriptions = new Set<string>()
  /** Messages that came by LMTP today, and as which email: while that is there, a repeat files nothing. */
  received = new Map<string, number>()
  moved = nothing()
  /** The highest that any mailbox had when it was looked last. */
  lastUidValidity = 0
  submissions = new Map<number, WireSubmission>()
  private ids = mapsOf<number, string>()
  private keys = mapsOf<string, number>()
  private lastKey = 0
  private shown = new Map<string, string>()

  static begin(): WireModel {
    const model = new WireModel()
    for (const [name, role] of FIRST) model.create(name, null, role)
    for (const mailbox of model.mailboxes.values()) model.subscriptions.add(model.path(mailbox))
    model.commit()
    model.moved = nothing()
    return model
  }

  /** RFC 8474, and RFC 8620 §1.2: an id is of one thing, and a thing has one id. */
  bind(kind: Bound, key: number, id: string): void {
    const known = this.ids[kind].get(key)
    must(known === undefined || known === id, () => `the ${kind} ${known} is now ${id}`)
    const other = this.keys[kind].get(id)
    must(other === undefined || other === key, () => `the ${kind} ${id} is another's already`)
    this.ids[kind].set(key, id)
    this.keys[kind].set(id, key)
  }

  /** Undefined until it was read. */
  id(kind: Bound, key: number): string | undefined {
    return this.ids[kind].get(key)
  }

  keyOf(kind: Bound, id: string): number | undefined {
    return this.keys[kind].get(id)
  }

  /** Of mailboxes: what clients see of them by key, in the order they were made. */
  list(): WireMailbox[] {
    return [...this.mailboxes.values()]
  }

  path(mailbox: WireMailbox): string {
    if (mailbox.role === 'inbox') return 'INBOX'
    if (mailbox.parent === null) return mailbox.name
    return `${this.path(this.mailboxes.get(mailbox.parent)!)}/${mailbox.name}`
  }

  byPath(path: string): WireMailbox | undefined {
    return this.list().find((mailbox) => this.path(mailbox) === path)
  }

  inbox(): WireMailbox {
    return this.list().find(({ role }) => role === 'inbox')!
  }

  isSubscribed(mailbox: WireMailbox): boolean {
    return this.subscriptions.has(this.path(mailbox))
  }

  children(key: number): WireMailbox[] {
    return this.list().filter(({ parent }) => parent === key)
  }

  create(name: string, parent: number | null, role: string | null = null): WireMailbox {
    const mailbox: WireMailbox = { id: ++this.lastKey, parent, name, role, uidNext: 1, rows: new Map() }
    this.mailboxes.set(mailbox.id, mailbox)
    return mailbox
  }

  /** The mailbox of a path, made with those above it where they are missing. */
  ensure(path: string): WireMailbox {
    const there = this.byPath(path)
    if (there) return there
    const parts = path.split('/')
    const name = parts.pop()!
    const parent = parts.length === 0 ? null : this.ensure(parts.join('/')).id
    return this.create(name, parent)
  }

  /**
   * Whether a new mailbox of that path would stand beside another of its name: INBOX has in JMAP a name of its own, which
   * no path of IMAP says, and RFC 8621 §2 has no two of one name side by side.
   */
  isTaken(path: string): boolean {
    const { name } = this.inbox()
    return this.byPath(path) !== undefined || (path.split('/')[0] === name && !this.byPath(name))
  }

  /** Its messages go with it. */
  remove(mailbox: WireMailbox): void {
    mailbox.rows.clear()
    this.tick()
    this.mailboxes.delete(mailbox.id)
  }

  /** Why this tree may not be: RFC 8621 §2. Null where it may. */
  wrong(): string | null {
    const seen = new Set<string>()
    for (const { id, parent, name, role } of this.list()) {
      for (let at = parent, n = 0; at !== null; at = this.mailboxes.get(at)!.parent, n++) {
        if (at === id || n > 50) return `${name} is below itself`
        if (!this.mailboxes.has(at)) return `${name} is below what is gone`
      }
      for (const one of [`name ${parent} ${name}`, ...(role === null ? [] : [`role ${role}`])]) {
        if (seen.has(one)) return `two have the ${one}`
        seen.add(one)
      }
    }
    return null
  }

  /** A new email in these mailboxes. Rule 6: always, even of identical bytes. Its UIDs by mailbox. */
  file(email: NewEmail, into: readonly number[]): { key: number; uids: Map<number, number> } {
    const key = ++this.lastKey
    const threadId = this.threadFor(email.keys) ?? ++this.lastKey
    this.emails.set(key, {
      id: key,
      threadId,
      keys: email.keys,
      keywords: new Set(email.keywords),
      size: email.size ?? 0,
      told: email.size,
      isOwn: email.isOwn ?? false,
      order: key,
    })
    const uids = new Map<number, number>()
    for (const id of into) {
      const row = { emailId: key, deleted: email.deleted ?? false }
      uids.set(id, this.append(this.mailboxes.get(id)!, row))
    }
    this.tick()
    return { key, uids }
  }

  /** The size as the server says it; known from then on. */
  learnSize(key: number, size: number): void {
    const email = this.emails.get(key)!
    email.told ??= size
    email.size = email.told
    same(size, email.told, `the size of ${this.id('email', key)}`)
  }

  expunge(mailbox: WireMailbox, uids: Iterable<number>): void {
    for (const uid of uids) mailbox.rows.delete(uid)
  }

  changeKeywords(key: number, mode: 'add' | 'remove' | 'replace', keywords: Iterable<string>): void {
    const held = this.emails.get(key)!.keywords
    if (mode === 'replace') held.clear()
    for (const keyword of keywords) mode === 'remove' ? held.delete(keyword) : held.add(keyword)
  }

  /** Rule 6: what is added gets a membership where none is live, what is removed loses its live ones. */
  setMailboxes(key: number, wanted: readonly number[]): void {
    const shown = this.shownIn(key)
    for (const id of [...wanted].sort((a, b) => a - b)) {
      if (!shown.includes(id)) this.append(this.mailboxes.get(id)!, { emailId: key, deleted: false })
    }
    for (const { mailbox, uid, deleted } of this.memberships(key)) {
      if (!deleted && !wanted.includes(mailbox.id)) mailbox.rows.delete(uid)
    }
  }

  destroy(key: number): void {
    for (const { mailbox, uid } of this.memberships(key)) mailbox.rows.delete(uid)
  }

  submit(emailId: number, undoStatus: WireSubmission['undoStatus'], id: string | undefined): void {
    const key = ++this.lastKey
    this.submissions.set(key, { emailId, undoStatus })
    if (id !== undefined) this.bind('submission', key, id)
  }

  /** The end of a transaction: what it moved is noted. */
  commit(): void {
    this.tick()
    const now = this.fingerprints()
    for (const name of new Set([...now.keys(), ...this.shown.keys()])) {
      if (now.get(name) === this.shown.get(name)) continue
      const [kind, key, uid] = name.split(' ') as [string, string, string?]
      if (kind === 'row') {
        this.moved.rows.add(`${key} ${uid}`)
        this.moved.mailboxes.add(Number(key))
      } else this.moved.types.add(kind as StateType)
    }
    this.shown = now
  }

  /** What is compared from here on. */
  looked(): void {
    this.moved = nothing()
    this.lastUidValidity = Math.max(0, ...[...this.ids.uidValidity.values()].map(Number))
  }

  /** Each thing that a client is shown, as text. */
  private fingerprints(): Map<string, string> {
    const shown = new Map<string, string>()
    const threads = new Map<number, number[]>()
    for (const { id, threadId, keywords } of this.emails.values()) {
      const mailboxes = this.shownIn(id)
      if (mailboxes.length === 0) continue
      shown.set(`Email ${id}`, `${mailboxes} ${[...keywords].sort()}`)
      threads.set(threadId, [...(threads.get(threadId) ?? []), id])
    }
    for (const [id, emails] of threads) shown.set(`Thread ${id}`, `${emails}`)
    for (const [id, { undoStatus }] of this.submissions) shown.set(`EmailSubmission ${id}`, undoStatus)
    for (const mailbox of this.list()) {
      const { id, name, parent, role, rows } = mailbox
      const { totalEmails, unreadEmails, totalThreads, unreadThreads } = this.counters(mailbox)
      const counts = [totalEmails, unreadEmails, totalThreads, unreadThreads]
      shown.set(`Mailbox ${id}`, `${name} ${parent} ${role} ${this.isSubscribed(mailbox)} ${counts}`)
      for (const [uid, { emailId, deleted }] of rows) {
        const { keywords } = this.emails.get(emailId)!
        shown.set(`row ${id} ${uid}`, `${emailId} ${deleted} ${[...keywords].sort()}`)
      }
    }
    return shown
  }
}
