import type {
  Account,
  ChangeCursor,
  Email,
  EmailQuery,
  Mailbox,
  Mailstore,
  Marks,
  Principal,
  SharedAccount,
} from '../../src/index.js'
import { fullMailbox, fullRead, jmapClient, qresyncClient, type SyncingClient } from '../model/clients.js'
import { type Look, type Message, must, type Operation } from '../model/operations.js'
import { mailboxIds, message } from '../support/store.js'

const PATHS = ['INBOX', 'Archive', 'Trash', 'Sent']
const TYPES = ['email', 'thread', 'mailbox'] as const

const ALL: EmailQuery = {
  filter: null,
  sort: [],
  collapseThreads: false,
  position: 0,
  limit: 1000,
  calculateTotal: true,
}

/** What the guest's states were made of. */
interface Stand {
  marks: Marks
  epoch: number
}

/** A list that the guest keeps by queryChanges. */
interface HeldList {
  query: EmailQuery
  ids: number[]
  state: number
  epoch: number
}

/** One account, its owner who does things, and a guest who looks. */
export class GuestRun {
  readonly clients: { client: SyncingClient; full: () => Promise<string>; what: string }[] = []
  /** Emails that were in a mailbox that the guest could read, \Deleted or not: all whose id he may be told. */
  readonly met = new Set<number>()
  readonly metThreads = new Set<number>()
  syncs = 0
  private readonly stands: Stand[] = []
  private readonly lists: HeldList[] = []
  private readonly emails: number[] = []
  private readonly messages: Message[] = []

  private constructor(
    readonly account: Account,
    readonly owner: Principal,
    readonly guest: Principal,
    readonly shared: SharedAccount,
    readonly mailboxes: number[],
    /** Those that operations are done in. */
    readonly scene: number[],
  ) {}

  static async open(
    mailstore: Mailstore,
    guest: Principal,
    { name, rights, onlyReadable }: { name: string; rights: readonly string[]; onlyReadable: boolean },
  ): Promise<GuestRun> {
    const owner = await mailstore.directory.createAccount(`${name}@example.org`, 'correct horse')
    const account = mailstore.account(owner.accountId)
    const byPath = await mailboxIds(account)
    const ids = PATHS.map((path) => byPath[path]!)
    const scene = onlyReadable ? ids.filter((_, i) => rights[i]!.startsWith('lr')) : ids
    const run = new GuestRun(account, owner, guest, account.as(guest), ids, scene)
    await account.transact(async (tx) => {
      for (const [i, letters] of rights.entries()) await tx.rights.set(ids[i]!, guest, letters)
    })
    for (let subject = 0; subject < 3; subject++) {
      for (let parent = 0; parent < 4; parent++) {
        const bytes = message({
          subject: `subject ${subject}`,
          messageId: `m${run.messages.length}@x`,
          ...(parent === 0 ? {} : { inReplyTo: `root${parent}@x` }),
        })
        run.messages.push({ ingested: await account.ingest(bytes, { nul: 'refuse' }), keys: [] })
      }
    }
    return run
  }

  async perform(op: Operation): Promise<void> {
    const look: Look = {
      mailboxes: this.mailboxes.slice(1),
      mailbox: (index) => this.scene[index % this.scene.length]!,
      email: (index) => this.emails[index % Math.max(1, this.emails.length)] ?? null,
      noteEmail: (id) => this.emails.push(id),
      message: (subject, parent) => this.messages[subject * 4 + parent]!,
    }
    await this.account.transact((tx) => op.run(tx, look))
    for (const id of await this.readable()) {
      const { emailIds, threadIds } = await this.account.view(id)
      for (const emailId of emailIds) this.met.add(emailId)
      for (const threadId of threadIds) this.metThreads.add(threadId)
    }
  }

  async readable(): Promise<number[]> {
    const { byMailbox } = await this.account.read((r) => r.rights.of(this.guest.id))
    return [...byMailbox].flatMap(([id, letters]) => (letters.startsWith('lr') ? [id] : []))
  }

  /** Clients of the guest that know all he is shown now, and follow by changes from here. */
  async join(): Promise<void> {
    const { shared } = this
    const some = TYPES.map((type) => ({
      client: jmapClient(shared, type),
      full: () => fullRead(shared, type),
      what: type as string,
    }))
    for (const { client } of some) await client.sync(100)
    this.clients.push(...some)
    this.stands.push(await shared.read(async ({ marks, epoch }) => ({ marks, epoch })))
    for (const query of this.queries()) {
      const held = await shared.read(async (r) => ({
        ids: (await r.email.query(query)).ids,
        state: r.marks.email,
        epoch: r.epoch,
      }))
      this.lists.push({ query, ...held })
    }
  }

  /** A QRESYNC client of each mailbox that he may read, for as long as he may. */
  async joinMailboxes(): Promise<void> {
    for (const id of await this.readable()) {
      const client = qresyncClient(this.shared, id)
      await client.sync(100)
      this.clients.push({ client, full: () => fullMailbox(this.shared, id), what: `mailbox ${id}` })
    }
  }

  queries(): EmailQuery[] {
    const [inbox, archive] = this.mailboxes as [number, number]
    const filters: EmailQuery['filter'][] = [
      null,
      { inMailbox: inbox },
      { inMailbox: archive, notKeyword: '$seen' },
      { inMailboxOtherThan: [inbox] },
      { someInThreadHaveKeyword: '$seen' },
    ]
    return filters.flatMap((filter) =>
      [false, true].map((collapseThreads) => ({ ...ALL, filter, collapseThreads })),
    )
  }

  /** All that the guest is shown is what the definition, in plain code, makes of what the owner is shown. */
  async check(): Promise<void> {
    const readable = new Set(await this.readable())
    const all = await this.account.read(async (r) => {
      const { ids } = await r.email.query(ALL)
      const emails = await r.email.get(ids)
      const threads = await r.thread.get([...new Set(emails.map((email) => email.threadId))])
      const rights = (await r.rights.of(this.guest.id)).byMailbox
      return { emails, threads, rights, mailboxes: await r.mailbox.list(this.owner.id) }
    })
    const emails = all.emails
      .map((email) => ({ ...email, mailboxIds: email.mailboxIds.filter((id) => readable.has(id)) }))
      .filter((email) => email.mailboxIds.length > 0)
    const threads = all.threads
      .map(({ id, emailIds }) => ({
        id,
        emailIds: emailIds.filter((each) => emails.some((e) => e.id === each)),
      }))
      .filter((thread) => thread.emailIds.length > 0)
    const everything = [...new Set([...all.emails.map(({ id }) => id), ...this.emails])]
    if (all.rights.size === 0) return
    await this.shared.read(async (r) => {
      equal(sorted(await visible(await r.email.get(everything))), sorted(emails), 'emails')
      const allThreads = all.threads.map(({ id }) => id)
      equal(sorted(await r.thread.get(allThreads)), sorted(threads), 'threads')
      const mailboxes = await r.mailbox.list(this.guest.id)
      equal(
        mailboxes.map(counts),
        all.mailboxes
          .filter(({ id }) => all.rights.get(id)?.includes('l'))
          .map((each) => countsOf(each, all.rights.get(each.id)!, emails, readable)),
        'mailboxes',
      )
      for (const query of this.queries()) {
        const { ids, total } = await r.email.query(query)
        const expected = listOf(query, emails, readable)
        equal([ids, total], [expected, expected.length], `query ${JSON.stringify(query)}`)
      }
    })
    for (const id of this.mailboxes) {
      const view = await this.shared.view(id).catch((error: { code: string }) => error.code)
      equal(view, readable.has(id) ? await this.account.view(id) : 'mailboxNotFound', 'view')
    }
  }

  /** Whoever follows by changes ends where a full read is; nothing is told that he was never in reach of. */
  async follow(page: number): Promise<void> {
    for (const { client, full, what } of this.clients) {
      await client.sync(page)
      this.syncs++
      must(client.shows() === (await full()), `a client of ${what}: ${client.shows()}, not ${await full()}`)
    }
    for (const stand of this.stands) await this.told(stand, page)
    for (const list of this.lists) {
      const { query, state, epoch } = list
      await this.shared.read(async (r) => {
        const request = { ...query, sinceQueryState: state, epoch, maxChanges: null }
        const changes = await r.email.queryChanges(request).catch((error: { code: string }) => error.code)
        const { ids } = await r.email.query(query)
        if (r.epoch !== epoch) must(changes === 'cannotCalculateChanges', 'a list from under other rights')
        else if (typeof changes === 'string' || changes.tooMany) throw new Error(`queryChanges: ${changes}`)
        else {
          for (const id of [...changes.removed, ...changes.added.map((each) => each.id)]) {
            must(this.met.has(id), `queryChanges told of ${id}, which was never his`)
          }
          const now = list.ids.filter((id) => !changes.removed.includes(id))
          for (const { id, index } of changes.added) now.splice(index, 0, id)
          equal(now, ids, `queryChanges ${JSON.stringify(query)}`)
        }
        Object.assign(list, { ids, state: r.marks.email, epoch: r.epoch })
      })
    }
  }

  /** All /changes since a state, by pages: no id in them but of what he met. */
  private async told({ marks, epoch }: Stand, page: number): Promise<void> {
    const { met, metThreads } = this
    const seen = new Set((await this.shared.read((r) => r.mailbox.list())).map(({ id }) => id))
    for (const [type, known] of [
      ['email', met],
      ['thread', metThreads],
      ['mailbox', seen],
    ] as const) {
      let cursor: ChangeCursor = { position: marks[type], floor: marks[type], epoch }
      for (let more = true; more; ) {
        const ask = this.shared.read((r) => r.changes[type](cursor, page))
        const changes = await ask.catch((error: { code: string }) => error.code)
        if (typeof changes === 'string') {
          must(changes === 'cannotCalculateChanges', changes)
          break
        }
        for (const id of [...changes.created, ...changes.updated, ...changes.destroyed]) {
          must(known.has(id), `${type}/changes told of ${id}, which was never his`)
        }
        cursor = changes.next
        more = changes.hasMore
      }
    }
  }

  get restarts(): number {
    return this.clients.reduce((sum, { client }) => sum + client.restarts, 0)
  }
}

const equal = (found: unknown, expected: unknown, what: string) =>
  must(
    JSON.stringify(found) === JSON.stringify(expected),
    `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`,
  )
const sorted = <T extends { id: number }>(list: readonly T[]) => [...list].sort((a, b) => a.id - b.id)
const visible = (emails: Email[]) => emails.filter((email) => email.mailboxIds.length > 0)

const counts = ({
  id,
  rights,
  totalEmails,
  unreadEmails,
  totalThreads,
  unreadThreads,
  messages,
}: Mailbox) => [id, rights, totalEmails, unreadEmails, totalThreads, unreadThreads, messages]

function countsOf(mailbox: Mailbox, rights: string, emails: readonly Email[], readable: ReadonlySet<number>) {
  if (!readable.has(mailbox.id)) return [mailbox.id, rights, 0, 0, 0, 0, 0]
  const held = emails.filter((email) => email.mailboxIds.includes(mailbox.id))
  const unread = held.filter(isUnread)
  const threads = (some: readonly Email[]) => new Set(some.map((email) => email.threadId)).size
  return [mailbox.id, rights, held.length, unread.length, threads(held), threads(unread), mailbox.messages]
}

const isUnread = ({ keywords }: Email) => !keywords.includes('$seen') && !keywords.includes('$draft')

/** The queries of GuestRun, by their definition. */
function listOf(
  { filter, collapseThreads }: EmailQuery,
  emails: readonly Email[],
  readable: ReadonlySet<number>,
) {
  const f = (filter ?? {}) as Record<string, never>
  const others = (f.inMailboxOtherThan ?? []) as number[]
  const seen = (email: Email) =>
    emails.some((each) => each.threadId === email.threadId && each.keywords.includes('$seen'))
  const matching = emails
    .filter((email) => !f.inMailbox || (readable.has(f.inMailbox) && email.mailboxIds.includes(f.inMailbox)))
    .filter((email) => !f.notKeyword || !email.keywords.includes(f.notKeyword))
    .filter((email) => !f.inMailboxOtherThan || email.mailboxIds.some((id) => !others.includes(id)))
    .filter((email) => !f.someInThreadHaveKeyword || seen(email))
    .sort((a, b) => b.receivedAt.getTime() - a.receivedAt.getTime() || b.id - a.id)
  const threads = new Set<number>()
  return matching
    .filter(({ threadId }) => !collapseThreads || (!threads.has(threadId) && threads.add(threadId)))
    .map(({ id }) => id)
}
