/**
 * A reference model of one account: what the rules of docs/consistency.md say, in the plainest data structures there
 * are, with no thought for cost. The store has to show the same, whatever was done to it in whatever order.
 */
export interface ModelMembership {
  emailId: number
  deleted: boolean
}

export interface ModelMailbox {
  id: number
  role: string | null
  uidNext: number
  rows: Map<number, ModelMembership>
}

export interface ModelEmail {
  id: number
  threadId: number
  /** What threads match by. */
  keys: string[]
  keywords: Set<string>
  size: number
  /** Order of filing, which is the order of receivedAt here. */
  order: number
}

export class Model<M extends ModelMailbox = ModelMailbox, E extends ModelEmail = ModelEmail> {
  mailboxes = new Map<number, M>()
  emails = new Map<number, E>()
  /** When a thread came to be, and again when its first email came into sight (rule 7). */
  threadBorn = new Map<number, number>()
  /** Of an email that was expunged: the mailboxes it was last in. */
  lastIn = new Map<number, number[]>()
  protected held = new Map<number, number[]>()
  protected seen = new Set<number>()
  protected clock = 0

  /** Another one that goes its own way from here. All that a model holds is plain data. */
  clone(): this {
    return Object.assign(Object.create(Object.getPrototypeOf(this)), structuredClone({ ...this }))
  }

  memberships(emailId: number): { mailbox: M; uid: number; deleted: boolean }[] {
    return [...this.mailboxes.values()].flatMap((mailbox) =>
      [...mailbox.rows].flatMap(([uid, row]) =>
        row.emailId === emailId ? [{ mailbox, uid, deleted: row.deleted }] : [],
      ),
    )
  }

  /** The mailboxes JMAP shows an email in, ascending. */
  shownIn(emailId: number): number[] {
    const ids = this.memberships(emailId).flatMap(({ mailbox, deleted }) => (deleted ? [] : [mailbox.id]))
    return [...new Set(ids)].sort((a, b) => a - b)
  }

  isVisible(emailId: number): boolean {
    return this.shownIn(emailId).length > 0
  }

  append(mailbox: M, row: ModelMembership): number {
    const uid = mailbox.uidNext++
    mailbox.rows.set(uid, row)
    return uid
  }

  /** The thread a message with these keys joins, or null for a new one. Expunged emails do not join. */
  threadFor(keys: string[]): number | null {
    const candidates = [...this.emails.values()].filter(
      (email) => this.memberships(email.id).length > 0 && email.keys.some((key) => keys.includes(key)),
    )
    const threads = [...new Set(candidates.map((email) => email.threadId))]
    threads.sort((a, b) => this.threadBorn.get(a)! - this.threadBorn.get(b)!)
    return threads[0] ?? null
  }

  /** After each operation: threads that came to be or into sight, and where it took the last of an email from. */
  tick(): void {
    this.clock++
    for (const { id, threadId } of this.emails.values()) {
      const now = [...new Set(this.memberships(id).map(({ mailbox }) => mailbox.id))]
      if (now.length > 0) this.lastIn.delete(id)
      else if (!this.lastIn.has(id)) this.lastIn.set(id, this.held.get(id)!)
      this.held.set(id, now)
      if (!this.threadBorn.has(threadId)) this.threadBorn.set(threadId, this.clock)
      if (!this.seen.has(threadId) && this.isVisible(id)) {
        this.seen.add(threadId)
        this.threadBorn.set(threadId, this.clock)
      }
    }
  }

  /** The emails of a mailbox's messages, in UID order, of those UIDs that are there. */
  rows(mailboxId: number, uids: readonly number[]): { uid: number; row: ModelMembership }[] {
    const mailbox = this.mailboxes.get(mailboxId)!
    return [...uids]
      .sort((a, b) => a - b)
      .flatMap((uid) => (mailbox.rows.has(uid) ? [{ uid, row: mailbox.rows.get(uid)! }] : []))
  }

  isUnread(emailId: number): boolean {
    const { keywords } = this.emails.get(emailId)!
    return !keywords.has('$seen') && !keywords.has('$draft')
  }

  /** Both sets of counters of a mailbox. */
  counters(mailbox: M) {
    const rows = [...mailbox.rows.values()]
    const visible = [...this.emails.values()].filter((email) => this.shownIn(email.id).includes(mailbox.id))
    const threads = new Set(visible.map((email) => email.threadId))
    const trash = [...this.mailboxes.values()].find((each) => each.role === 'trash')
    // RFC 8621 §2, unreadThreads: the Trash is a world of its own.
    const counts = (emailId: number) => {
      const shown = this.shownIn(emailId)
      return mailbox === trash ? shown.includes(trash.id) : shown.some((id) => id !== trash?.id)
    }
    const unreadThreads = [...threads].filter((threadId) =>
      [...this.emails.values()].some(
        (email) => email.threadId === threadId && this.isUnread(email.id) && counts(email.id),
      ),
    )
    return {
      messages: rows.length,
      unseen: rows.filter((row) => !this.emails.get(row.emailId)!.keywords.has('$seen')).length,
      deleted: rows.filter((row) => row.deleted).length,
      size: rows.reduce((sum, row) => sum + this.emails.get(row.emailId)!.size, 0),
      totalEmails: visible.length,
      unreadEmails: visible.filter((email) => this.isUnread(email.id)).length,
      totalThreads: threads.size,
      unreadThreads: unreadThreads.length,
      uidNext: mailbox.uidNext,
      role: mailbox.role,
    }
  }
}
