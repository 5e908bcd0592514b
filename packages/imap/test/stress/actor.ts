// One client under stress: sends random commands and holds every answer against what it believes.

import type { Random } from '@tandem/mailstore/testing'
import { type Belief, Contradiction, createBelief, expand } from '../../src/testing/belief.js'
import type { Client, Result } from '../support/client.js'
import { message } from '../support/server.js'

export interface Actor {
  /** One command, or an IDLE. Errors: Contradiction. */
  act(): Promise<void>
  /** Hears what is left to hear, and gives the mailbox it has selected and what it believes of it. */
  settle(): Promise<{ mailbox: string; belief: Belief }>
}

export const MAILBOXES = ['INBOX', 'Shared', 'Third']
const FLAGS = ['\\Seen', '\\Flagged', '\\Deleted', '\\Answered', '$Forwarded', 'blue']
/** A mailbox is not filled beyond this, so that there is always something to contradict. */
const FULL = 60

/** Exchanges that a report of a contradiction tells. */
const REMEMBERED = 6

export type Mode = 'plain' | 'condstore' | 'qresync'

export async function createActor(
  client: Client,
  mode: Mode,
  r: Random,
  /** Resolves once others have done something. */
  meanwhile: () => Promise<void>,
): Promise<Actor> {
  let belief = createBelief()
  /** As left, to be resumed by QRESYNC. */
  const left = new Map<string, Belief>()
  let mailbox = ''
  if (mode === 'qresync') await client.ok('ENABLE QRESYNC')

  /** RFC 9051 §7.5.1: not while FETCH, STORE or SEARCH by sequence numbers is answered. */
  async function run(text: string, ...literals: Buffer[]): Promise<Result> {
    const result = await client.run(text, ...literals)
    if (result.status === 'BAD') throw new Contradiction(`${text}: BAD ${result.text}`)
    hear(text, result)
    await learnNew()
    return result
  }
  const heard: string[] = []
  function hear(text: string, { untagged, text: end }: Pick<Result, 'untagged' | 'text'>): void {
    heard.push(`${text}: ${untagged.join(' | ')} | ${end}`)
    if (heard.length > REMEMBERED) heard.shift()
    try {
      belief.hear(untagged, end, !/^(FETCH|STORE|SEARCH)/.test(text))
    } catch (error) {
      if (!(error instanceof Contradiction)) throw error
      throw new Contradiction(`${mode}, ${mailbox}: ${error.message}\n${heard.join('\n')}`)
    }
  }
  /** As a client does that shows a list: the flags of what is new. */
  async function learnNew(): Promise<void> {
    const from = belief.messages.findIndex(({ uid, flags }) => uid === 0 || flags === null)
    if (from < 0) return
    const text = `FETCH ${from + 1}:* (UID FLAGS${mode === 'plain' ? '' : ' MODSEQ'})`
    const result = await client.run(text)
    if (result.status === 'BAD') throw new Contradiction(`${text}: BAD ${result.text}`)
    hear(text, result)
  }

  async function select(): Promise<void> {
    if (mailbox !== '') left.set(mailbox, belief)
    mailbox = r.pick(MAILBOXES)
    const known = mode === 'qresync' ? left.get(mailbox) : undefined
    const resumes = known !== undefined && known.highest > 0 && r.chance(0.8)
    belief = resumes ? known : createBelief()
    belief.open(resumes)
    const parameters = resumes
      ? ` (QRESYNC (${belief.uidValidity} ${belief.highest}))`
      : mode === 'condstore'
        ? ' (CONDSTORE)'
        : ''
    await run(`SELECT ${mailbox}${parameters}`)
    // What was resumed is held against a whole read: an unannounced change shows as a contradiction.
    if (resumes) await run('UID FETCH 1:* (FLAGS MODSEQ)')
  }

  const someSequences = () => {
    const count = belief.messages.length
    if (r.chance(0.2)) return '1:*'
    const from = r.between(1, count)
    return r.chance(0.5) ? String(from) : `${from}:${r.between(from, Math.min(count, from + 5))}`
  }
  const uidsOf = (set: string): number[] => {
    const last = belief.messages.length
    const [from, to = from] = set.split(':').map((end) => (end === '*' ? last : Number(end))) as [
      number,
      number?,
    ]
    return belief.messages.slice(from - 1, to).map(({ uid }) => uid)
  }
  /** A set of messages for a command, and the UIDs that it names. */
  const target = (): { prefix: string; set: string; uids: number[] } => {
    const set = someSequences()
    const uids = uidsOf(set)
    return r.chance(0.5) ? { prefix: '', set, uids } : { prefix: 'UID ', set: uids.join(','), uids }
  }

  async function store(): Promise<void> {
    const { prefix, set, uids } = target()
    const flags = [r.pick(FLAGS), r.pick(FLAGS)]
    const sign = r.pick(['+', '-', ''])
    const silent = r.chance(0.5)
    const condition = mode !== 'plain' && r.chance(0.3) ? `(UNCHANGEDSINCE ${belief.highest}) ` : ''
    const change = (old: string[]) => {
      if (sign === '') return flags
      const others = old.filter((flag) => !flags.some((each) => each.toLowerCase() === flag))
      return sign === '+' ? [...others, ...flags] : others
    }
    if (silent && condition === '') belief.assume(uids, change)
    // Which ones were changed is told by MODSEQ and MODIFIED only; the flags are asked for afterwards.
    if (silent && condition !== '') belief.doubt(uids)
    const text = `${prefix}STORE ${set} ${condition}${sign}FLAGS${silent ? '.SILENT' : ''} (${flags.join(' ')})`
    const result = await client.run(text)
    if (result.status === 'BAD') throw new Contradiction(`${text}: BAD ${result.text}`)
    // RFC 2180 §4.2: of those that are gone, what was asked silently is not done.
    if (result.status === 'NO' || result.text.startsWith('[EXPUNGEISSUED]')) belief.doubt(uids)
    hear(text, result)
    await learnNew()
  }

  async function append(): Promise<void> {
    const to = r.pick(MAILBOXES)
    if (to === mailbox && belief.messages.length >= FULL) return
    const known = to === mailbox ? Math.max(0, ...belief.messages.map(({ uid }) => uid)) : 0
    const { status, text } = await run(
      `APPEND ${to} (${r.pick(FLAGS)}) `,
      Buffer.from(message(`m${r.below(1e9)}`)),
    )
    const uid = Number(/\[APPENDUID \d+ (\d+)\]/.exec(text)?.[1])
    if (status !== 'OK' || !(uid > known))
      throw new Contradiction(`APPEND after UID ${known}: ${status} ${text}`)
  }

  async function transfer(name: 'COPY' | 'MOVE'): Promise<void> {
    const to = r.pick(MAILBOXES)
    if (name === 'COPY' && belief.messages.length >= FULL) return
    const { prefix, set, uids } = target()
    const result = await run(`${prefix}${name} ${set} ${to}`)
    const text = [...result.untagged, result.text].find((line) => line.includes('COPYUID')) ?? ''
    const code = /COPYUID \d+ ([\d:,]+) ([\d:,]+)/.exec(text)
    if (!code) return
    const [from, copies] = [expand(code[1]!), expand(code[2]!)]
    if (from.size !== copies.size) throw new Contradiction(`COPYUID of unequal sets: ${text}`)
    // What came meanwhile is part of `*`.
    const isNamed = (uid: number) => uids.includes(uid) || (set.endsWith('*') && uid > Math.max(...uids))
    for (const uid of from) if (!isNamed(uid)) throw new Contradiction(`${name} of ${uids.join()}: ${text}`)
  }

  async function search(): Promise<void> {
    const uid = r.chance(0.5)
    const { untagged } = await run(
      `${uid ? 'UID ' : ''}SEARCH ${r.pick(['ALL', 'SEEN', 'NOT DELETED', '1:*', 'FLAGGED'])}`,
    )
    const found = (
      /^SEARCH ([\d ]+)/.exec(untagged.find((line) => line.startsWith('SEARCH')) ?? '')?.[1] ?? ''
    )
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
    const max = uid ? Math.max(0, ...belief.messages.map((each) => each.uid)) : belief.messages.length
    for (const n of found) if (n < 1 || n > max) throw new Contradiction(`SEARCH found ${n} of ${max}`)
  }

  async function idle(): Promise<void> {
    client.send('i IDLE\r\n')
    if (!(await client.response())?.startsWith('+')) throw new Contradiction('IDLE was refused')
    await meanwhile()
    client.send('DONE\r\n')
    const untagged: string[] = []
    for (;;) {
      const response = await client.response()
      if (response === null) throw new Contradiction('closed in IDLE')
      if (!response.startsWith('* ')) {
        hear('IDLE', { untagged, text: response.replace(/^i OK /, '') })
        return learnNew()
      }
      untagged.push(response.slice(2))
    }
  }

  const ACTS: readonly [weight: number, act: () => Promise<unknown>, needsMessages?: true][] = [
    [3, () => run('NOOP')],
    [4, () => run(`FETCH ${someSequences()} (UID FLAGS${mode === 'plain' ? '' : ' MODSEQ'})`), true],
    [2, () => run(`UID FETCH ${uidsOf(someSequences()).join(',')} (FLAGS)`), true],
    [1, () => run(`FETCH ${someSequences()} (UID BODY[HEADER.FIELDS (SUBJECT)])`), true],
    [8, store, true],
    [4, append],
    [2, () => transfer('COPY'), true],
    [2, () => transfer('MOVE'), true],
    [2, () => run('EXPUNGE')],
    [1, () => run(`UID EXPUNGE ${uidsOf(someSequences()).join(',')}`), true],
    [3, search],
    [1, () => run(`STATUS ${r.pick(MAILBOXES)} (MESSAGES UNSEEN UIDNEXT)`)],
    [3, idle],
    [1, select],
  ]
  const WEIGHTED = ACTS.flatMap(([weight, act, needs]) =>
    Array.from({ length: weight }, () => ({ act, needs })),
  )

  await select()
  return {
    async act() {
      const { act, needs } = r.pick(WEIGHTED)
      if (!needs || belief.messages.length > 0) await act()
    },
    async settle() {
      await run('NOOP')
      return { mailbox, belief }
    },
  }
}
