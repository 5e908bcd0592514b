// Two server processes on one database, and for each run an account of its own with clients of every kind.
import { joinFlags } from '@tandem/imap/testing'
import type { Test } from '@tandem/mailstore/testing'
import { type JmapClient, openJmap } from '../support/jmap.js'
import { PASSWORD, startTandemPair, type TandemPair } from '../support/tandem.js'
import { type Line, openLine } from './line.js'
import { type Lmtp, openLmtp } from './lmtp.js'
import { same, type WireModel } from './model.js'
import { createScript, type Script } from './script.js'
import { type ImapSession, openImapSession } from './sessions/imap.js'
import { type JmapSession, openJmapSession } from './sessions/jmap.js'
import type { ProcessName } from './sessions/surroundings.js'
import { flagList, type Plan } from './step.js'
import { readByImap, readByJmap, type View } from './views.js'

export interface Stage {
  pair: TandemPair
  open(): Promise<World>
}

export interface World {
  pair: TandemPair
  script: Script
  user: string
  accountId: number
  imap: ImapSession[]
  jmap: JmapSession[]
  /** Since they synced, tombstones were forgotten: to them changes may be beyond calculating (rule 10). */
  behind: Set<JmapSession>
  /** The mailbox that each has selected, by its key: paths change. */
  selected: Map<ImapSession, number>
  /** What was read last. */
  seen: View | null
  /** Selects what a plan has to have selected, on an open line that does not idle. */
  prepare(plan: Pick<Plan, 'by' | 'selects'>, model: WireModel): Promise<void>
  /** An LMTP client of a process. */
  lmtp(process: ProcessName): Promise<Lmtp>
  /** Reads afresh, by either protocol. `known`: as readByImap says. */
  look(imapAt: ProcessName, jmapAt: ProcessName, known: Parameters<typeof readByImap>[1]): Promise<View>
  /** kill -9 of a process, and its return on other ports; who was connected comes back, or will. */
  kill(process: ProcessName): Promise<void>
  /** Resolves when what was sent to a process by whoever is gone is done, or never will be. */
  settled(process: ProcessName): Promise<void>
  /** What `tandem check` finds. */
  check(): Promise<string[]>
  /** Everybody goes, and the account too: others' housekeeping need not look at it. */
  close(): Promise<void>
}

export async function openStage(t: Test): Promise<Stage> {
  const pair = await startTandemPair(t)
  let runs = 0
  return { pair, open: () => openWorld(pair, `run${++runs}@example.org`) }
}

const IMAP = [
  { name: 'imap 1', mode: 'qresync', process: 'A' },
  { name: 'imap 2', mode: 'plain', process: 'B' },
  { name: 'imap 3', mode: 'condstore', process: 'A' },
] as const
const JMAP = [
  { name: 'jmap 1', process: 'A' },
  { name: 'jmap 2', process: 'B' },
] as const

async function openWorld(pair: TandemPair, user: string): Promise<World> {
  const { accountId } = await pair.mailstore.directory.createAccount(user, PASSWORD)
  const script = createScript()
  const around = { processes: pair.at, user, script }
  const [imap, jmap] = await Promise.all([
    Promise.all(IMAP.map((each) => openImapSession({ ...around, ...each }))),
    Promise.all(JMAP.map((each) => openJmapSession({ ...around, ...each }))),
  ])
  const selected = new Map<ImapSession, number>()
  const lookers = new Map<ProcessName, Line>()
  const readers = new Map<ProcessName, { port: number; jmap: JmapClient }>()
  const deliverers = new Map<ProcessName, Lmtp>()

  async function looker(process: ProcessName): Promise<Line> {
    const known = lookers.get(process)
    if (known && !known.closed) return known
    const line = await openLine(pair.at(process).address('imap'))
    lookers.set(process, line)
    await line.run(`LOGIN ${user} "${PASSWORD}"`)
    return line
  }

  async function reader(process: ProcessName): Promise<JmapClient> {
    const known = readers.get(process)
    const { port } = pair.at(process).address('http')
    if (known?.port === port) return known.jmap
    const jmap = await openJmap(pair.at(process), user)
    readers.set(process, { port, jmap })
    return jmap
  }

  return {
    pair,
    script,
    user,
    accountId,
    imap,
    jmap,
    behind: new Set(),
    selected,
    seen: null,
    async prepare({ by, selects }, model) {
      if (!by || !('select' in by)) return
      if (by.isIdling) await by.done()
      if (!by.isOpen) await by.reopen(by.process)
      if (!selects || (by.selected !== null && selected.get(by) === selects.key)) return
      const { status, text } = await by.select(selects.path)
      if (status !== 'OK') throw new Error(`${by.name}: SELECT ${selects.path}: ${status} ${text}`)
      selected.set(by, selects.key)
      await mustBelieve(by, model, selects.key)
    },
    async lmtp(process) {
      const known = deliverers.get(process)
      if (known && !known.closed) return known
      const opened = await openLmtp(pair.at(process).address('lmtp'))
      deliverers.set(process, opened)
      return opened
    },
    async look(imapAt, jmapAt, known) {
      const [byImap, byJmap] = await Promise.all([
        looker(imapAt).then((line) => readByImap(line, known)),
        reader(jmapAt).then((jmap) => readByJmap(jmap.call)),
      ])
      return { imap: byImap, jmap: byJmap }
    },
    async kill(process) {
      script.note(`${process} is killed`)
      await pair.kill(process)
      for (const session of imap) if (session.process === process) session.cut()
      // A COMMIT that Postgres has got already holds the lock.
      await pair.mailstore.account(accountId).transact(async () => {})
      await pair.restart(process)
      script.note(`${process} is back`)
      await Promise.all(jmap.flatMap((each) => (each.process === process ? [each.move(process)] : [])))
    },
    async settled(process) {
      // Each waits for the writers before it; a command reads once or twice before it is one of them.
      const { call } = await reader(process)
      for (let n = 0; n < 5; n++) await call(['Email/set', { destroy: ['none'] }])
    },
    async check() {
      const found: string[] = []
      for await (const violation of pair.mailstore.check({ accountId, deep: true }))
        found.push(`${violation.name}: ${JSON.stringify(violation)}`)
      return found
    },
    async close() {
      for (const session of imap) if (session.isOpen) session.cut()
      for (const session of jmap) session.close()
      for (const line of lookers.values()) line.close()
      for (const lmtp of deliverers.values()) lmtp.close()
      await pair.mailstore.directory.deleteAccount(user)
    },
  }
}

/** Of the model, as a session that heard everything believes it. */
export function beliefOf(model: WireModel, mailbox: number): { uid: number; flags: string }[] {
  const { rows } = model.mailboxes.get(mailbox)!
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([uid, { emailId, deleted }]) => ({
      uid,
      flags: joinFlags(flagList(model.emails.get(emailId)!.keywords, deleted).split(' ').filter(Boolean)),
    }))
}

/** A session that was told bit by bit knows what is there. Errors: Mismatch. */
export async function mustBelieve(session: ImapSession, model: WireModel, mailbox: number): Promise<void> {
  const { selected } = session
  same(await session.knows(), beliefOf(model, mailbox), `${session.name} believes of ${selected}`)
}
