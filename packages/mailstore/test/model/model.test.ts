import fc from 'fast-check'
import t from 'tap'
import { type Account, FLAG, type Mailstore, openMailstore } from '../../src/index.js'
import { Model } from '../../src/testing/model.js'
import { violations } from '../support/invariants.js'
import { message, openTestStore } from '../support/store.js'
import { fullMailbox, fullRead, jmapClient, qresyncClient, type SyncingClient } from './clients.js'
import { type Look, type Message, must, type Operation, operation } from './operations.js'

const PATHS = ['INBOX', 'Archive', 'Trash', 'Sent']
const TYPES = ['email', 'thread', 'mailbox'] as const

/**
 * How many sequences are tried: more by hand, `TANDEM_MODEL_RUNS=1000 npm test -- model`. On a slow machine as many as
 * fit into a minute.
 */
const LIMITS = {
  ...(process.env.TANDEM_MODEL_RUNS
    ? { numRuns: Number(process.env.TANDEM_MODEL_RUNS) }
    : { numRuns: 25, interruptAfterTimeLimit: 60_000 }),
  // The smallest counterexample is for a person to read; scripts/mutants.js wants only to know that there is one.
  includeErrorInReport: true,
  endOnFailure: process.env.TANDEM_TEST_SHRINK === 'no',
}

/** One account of its own for each sequence, and its model. */
class Run {
  readonly model = new Model()
  readonly clients: { client: SyncingClient; full: () => Promise<string>; what: string }[] = []
  private readonly emails: number[] = []
  private readonly messages: Message[] = []

  constructor(
    readonly accounts: Account[],
    readonly mailboxes: number[],
  ) {}

  static async open(stores: Mailstore[], name: string): Promise<Run> {
    const { accountId } = await stores[0]!.directory.createAccount(`${name}@example.org`, 'correct horse')
    const accounts = stores.map((store) => store.account(accountId))
    const list = await accounts[0]!.read((r) => r.mailbox.list())
    const chosen = PATHS.map((path) => list.find((mailbox) => mailbox.path === path)!)
    // INBOX keeps its role, so it does not take part in the moving of one.
    const run = new Run(
      accounts,
      chosen.map((mailbox) => mailbox.id),
    )
    for (const { id, role } of chosen) run.model.mailboxes.set(id, { id, role, uidNext: 1, rows: new Map() })
    await run.prepareMessages()
    return run
  }

  /** Bytes are stored before any lock is taken; every operation may file any of them. */
  private async prepareMessages(): Promise<void> {
    for (let subject = 0; subject < 3; subject++) {
      for (let parent = 0; parent < 4; parent++) {
        const messageId = `m${this.messages.length}@x`
        const inReplyTo = parent === 0 ? undefined : `root${parent}@x`
        const bytes = message({
          subject: `${['', 'AW: ', '[x] Automatic reply: '][parent % 3]}subject ${subject}`,
          messageId,
          ...(inReplyTo ? { inReplyTo } : {}),
        })
        // The last field of a name counts.
        const first = parent % 2 === 1 ? 'Subject: of nobody\r\nMessage-ID: <root2@x>\r\n' : ''
        const ingested = await this.accounts[0]!.ingest(Buffer.concat([Buffer.from(first), bytes]), {
          nul: 'refuse',
        })
        const ids = [messageId, ...(inReplyTo ? [inReplyTo] : [])]
        this.messages.push({ ingested, keys: ids.map((id) => `${id} ${subject}`) })
      }
    }
  }

  look(): Look {
    return {
      mailboxes: this.mailboxes.slice(1),
      mailbox: (index) => this.mailboxes[index % this.mailboxes.length]!,
      email: (index) => this.emails[index % Math.max(1, this.emails.length)] ?? null,
      noteEmail: (id) => this.emails.push(id),
      message: (subject, parent) => this.messages[subject * 4 + parent]!,
    }
  }

  /** Clients of every kind that know the account as it is now, and follow by deltas from here. */
  async join(): Promise<void> {
    const account = this.accounts.at(-1)!
    for (const type of TYPES) {
      this.clients.push({
        client: jmapClient(account, type),
        full: () => fullRead(account, type),
        what: type,
      })
    }
    for (const id of this.mailboxes) {
      this.clients.push({
        client: qresyncClient(account, id),
        full: () => fullMailbox(account, id),
        what: `mailbox ${id}`,
      })
    }
    for (const { client } of this.clients.slice(-TYPES.length - this.mailboxes.length)) await client.sync(100)
  }

  async check(url: string): Promise<void> {
    const found = await violations(url, this.accounts[0]!.id)
    must(found.length === 0, found.join('\n'))
    for (const account of this.accounts) {
      const list = await account.read((r) => r.mailbox.list())
      for (const mailbox of this.model.mailboxes.values()) {
        const shown = list.find((each) => each.id === mailbox.id)!
        for (const [name, value] of Object.entries(this.model.counters(mailbox))) {
          const stored = shown[name as keyof typeof shown]
          must(
            stored === value || (name === 'role' && mailbox.id === this.mailboxes[0]),
            `${shown.path} ${name}: ${stored}, not ${value}`,
          )
        }
        must(
          (await fullMailbox(account, mailbox.id)) === this.modelMailbox(mailbox.id),
          `messages of ${shown.path}`,
        )
      }
      const emails = await account.read((r) => r.email.get(this.emails))
      for (const email of emails) {
        const shown = this.model.shownIn(email.id)
        must(JSON.stringify(email.mailboxIds) === JSON.stringify(shown), `mailboxIds of ${email.id}`)
      }
    }
  }

  private modelMailbox(id: number): string {
    const rows = [...this.model.mailboxes.get(id)!.rows].sort(([a], [b]) => a - b)
    return JSON.stringify(
      rows.map(([uid, row]) => {
        const { keywords } = this.model.emails.get(row.emailId)!
        const flags =
          (keywords.has('$seen') ? FLAG.seen : 0) +
          (keywords.has('$flagged') ? FLAG.flagged : 0) +
          (keywords.has('$draft') ? FLAG.draft : 0) +
          (row.deleted ? FLAG.deleted : 0)
        return [uid, [row.emailId, flags, keywords.has('work') ? ['work'] : []]]
      }),
    )
  }

  /** Whoever follows by deltas, from whatever state, ends where a full read is. */
  async checkClients(page: number): Promise<void> {
    for (const { client, full, what } of this.clients) {
      await client.sync(page)
      must(client.shows() === (await full()), `a client of ${what}: ${client.shows()}, not ${await full()}`)
    }
  }
}

/** Counts what began under a lock; the lock is held until the commit, so this is the order of commits. */
let began = 0

/** Runs it under the lock; where it stands among the commits, and how to replay it. */
async function perform(run: Run, account: Account, op: Operation) {
  return account.transact(async (tx) => {
    const at = ++began
    return { at, replay: await op.run(tx, run.look()) }
  })
}

t.test('the store does what the model does, one operation after the other', async (t) => {
  const { url, mailstore } = await openTestStore(t)
  let runs = 0
  let steps = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(1, 2, 3, 7, 100),
      async (batches, page) => {
        const run = await Run.open([mailstore], `sequential${runs++}`)
        for (const batch of batches) {
          await run.join()
          for (const op of batch) {
            const { replay } = await perform(run, run.accounts[0]!, op)
            replay(run.model)
            run.model.tick()
            steps++
          }
          await run.check(url)
        }
        await run.checkClients(page)
      },
    ),
    LIMITS,
  )
  t.comment(`${runs} runs, ${steps} steps`)
})

t.test('two processes at once do what the model does in the order of their commits', async (t) => {
  const { url, mailstore } = await openTestStore(t)
  const other = await openMailstore({ url })
  t.teardown(() => other.close())
  let runs = 0
  let steps = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 2, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(1, 3, 100),
      async (batches, page) => {
        const run = await Run.open([mailstore, other], `concurrent${runs++}`)
        for (const batch of batches) {
          await run.join()
          const done = await Promise.all(batch.map((op, i) => perform(run, run.accounts[i % 2]!, op)))
          done.sort((a, b) => a.at - b.at)
          for (const { replay } of done) {
            replay(run.model)
            run.model.tick()
            steps++
          }
          await run.check(url)
        }
        await run.checkClients(page)
      },
    ),
    LIMITS,
  )
  t.comment(`${runs} runs, ${steps} steps`)
})
