// Two server processes on one database, and for each run an account of its own with clients of every kind.
import type { Test } from '@tandem/mailstore/testing'
import { PASSWORD, startTandemPair, type TandemPair } from '../support/tandem.js'
import { type Line, openLine } from './line.js'
import { type Lmtp, openLmtp } from './lmtp.js'
import {
  accountIdOf,
  type ImapSession,
  type JmapSession,
  jmapCall,
  openImapSession,
  openJmapSession,
  type ProcessName,
} from './stand-in.js'
import type { Plan } from './step.js'
import { readByImap, readByJmap, type View } from './views.js'

export interface Stage {
  pair: TandemPair
  open(): Promise<World>
}

export interface World {
  pair: TandemPair
  user: string
  accountId: number
  imap: ImapSession[]
  jmap: JmapSession[]
  /** Selects what a plan has to have selected, on an open line. */
  prepare(plan: Plan): Promise<void>
  /** An LMTP client of a process. */
  lmtp(process: ProcessName): Promise<Lmtp>
  /** Reads all afresh, by either protocol. */
  look(imapAt: ProcessName, jmapAt: ProcessName): Promise<View>
  /** What `tandem check` finds. */
  check(): Promise<string[]>
  close(): void
}

export async function openStage(t: Test): Promise<Stage> {
  const pair = await startTandemPair(t)
  let runs = 0
  return { pair, open: () => openWorld(pair, `run${++runs}@example.org`) }
}

const SESSIONS = [
  { name: 'imap 1', mode: 'qresync', process: 'A' },
  { name: 'imap 2', mode: 'plain', process: 'B' },
  { name: 'imap 3', mode: 'condstore', process: 'A' },
] as const

async function openWorld(pair: TandemPair, user: string): Promise<World> {
  const { accountId } = await pair.mailstore.directory.createAccount(user, PASSWORD)
  const surroundings = { processes: pair.at, user }
  const [imap, jmap, wireId] = await Promise.all([
    Promise.all(SESSIONS.map((each) => openImapSession({ ...surroundings, ...each }))),
    Promise.all(
      (['A', 'B'] as const).map((process, i) =>
        openJmapSession({ ...surroundings, name: `jmap ${i + 1}`, process }),
      ),
    ),
    accountIdOf(pair.at('A'), user),
  ])
  /** The mailbox that each has selected: paths change. */
  const selected = new Map<ImapSession, number>()
  const lookers = new Map<ProcessName, Line>()
  const deliverers = new Map<ProcessName, Lmtp>()

  async function looker(process: ProcessName): Promise<Line> {
    const known = lookers.get(process)
    if (known && !known.closed) return known
    const line = await openLine(pair.at(process).address('imap'))
    lookers.set(process, line)
    await line.run(`LOGIN ${user} "${PASSWORD}"`)
    return line
  }

  return {
    pair,
    user,
    accountId,
    imap,
    jmap,
    async prepare({ by, selects }) {
      if (!by || !('select' in by)) return
      if (!by.isOpen) await by.reopen(by.process)
      if (!selects || (by.selected !== null && selected.get(by) === selects.key)) return
      const { status, text } = await by.select(selects.path)
      if (status !== 'OK') throw new Error(`${by.name}: SELECT ${selects.path}: ${status} ${text}`)
      selected.set(by, selects.key)
    },
    async lmtp(process) {
      const known = deliverers.get(process)
      if (known && !known.closed) return known
      const opened = await openLmtp(pair.at(process).address('lmtp'))
      deliverers.set(process, opened)
      return opened
    },
    async look(imapAt, jmapAt) {
      const [byImap, byJmap] = await Promise.all([
        looker(imapAt).then(readByImap),
        readByJmap((...calls) => jmapCall(pair.at(jmapAt), user, wireId, calls)),
      ])
      return { imap: byImap, jmap: byJmap }
    },
    async check() {
      const found: string[] = []
      for await (const violation of pair.mailstore.check({ accountId, deep: true }))
        found.push(`${violation.name}: ${JSON.stringify(violation)}`)
      return found
    },
    close() {
      for (const session of imap) session.cut()
      for (const line of lookers.values()) line.close()
      for (const lmtp of deliverers.values()) lmtp.close()
    },
  }
}
