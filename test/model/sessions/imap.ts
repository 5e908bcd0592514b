// An IMAP client that believes what it is told, and nothing else: every response is held against those before it.
import {
  type Belief,
  type Client,
  Contradiction,
  connect,
  createBelief,
  type Known,
  LineLost,
} from '@tandem/imap/testing'
import { PASSWORD } from '../../support/tandem.js'
import { describe, describeKnown, partsOf, quoted, type Result, utf8 } from './lines.js'
import { readStore } from './stores.js'
import { inTime, type ProcessName, type Surroundings } from './surroundings.js'

export type { Result } from './lines.js'

export type ImapMode = 'plain' | 'condstore' | 'qresync'

/**
 * Each method but `cut` throws Contradiction where the server says what can't be true, and LineLost where the line ends
 * before the answer: then the command may have been done or not, and `reopen` is next.
 */
export interface ImapSession {
  /** 'imap 1 at A (qresync)' */
  readonly name: string
  readonly mode: ImapMode
  readonly process: ProcessName
  /** The path. */
  readonly selected: string | null
  readonly isIdling: boolean
  readonly isOpen: boolean
  /**
   * Resumes by QRESYNC if it is enabled and the mailbox was known. `how`: EXAMINE, or SELECT without resuming.
   * Where the answer is not OK, nothing is selected.
   */
  select(path: string, how?: { readOnly?: boolean; afresh?: boolean }): Promise<Result>
  /**
   * One command other than SELECT, EXAMINE and IDLE. `{}` in it is where the next literal goes; without, one literal
   * follows it. ENABLE, CLOSE and UNSELECT are noted.
   */
  run(command: string, ...literals: Buffer[]): Promise<Result>
  /** Sends IDLE, waits for the continuation. */
  idle(): Promise<void>
  /** While it idles: resolves once what it was told is `enough`. Errors: none for 20 s. */
  hears(enough: (messages: readonly Known[]) => boolean): Promise<void>
  done(): Promise<void>
  /** The line drops; what was known of mailboxes stays. */
  cut(): void
  /** A new line to that process, logged in, ENABLEd as before; nothing selected. */
  reopen(process: ProcessName): Promise<void>
  /** What it was told of the selected mailbox, after a NOOP: ascending by UID, flags as joinFlags gives them. */
  knows(): Promise<{ uid: number; flags: string }[]>
  /** The UIDs it knows, in the order of sequence numbers. */
  readonly uids: readonly number[]
}

export interface ImapOptions extends Surroundings {
  /** 'imap 1' */
  name: string
  mode: ImapMode
  process: ProcessName
}

export async function openImapSession(options: ImapOptions): Promise<ImapSession> {
  const { processes, script, user } = options
  const enabled = new Set<string>()
  /** By path, as left. */
  const left = new Map<string, Belief>()
  /** How often by QRESYNC. */
  let resumed = 0
  let process = options.process
  let client: Client
  let isOpen = false
  let selected: { path: string; belief: Belief } | null = null
  let idling: { ended: Promise<Result>; wake: () => void } | null = null

  const mode = (): ImapMode =>
    enabled.has('QRESYNC') ? 'qresync' : enabled.has('CONDSTORE') ? 'condstore' : 'plain'
  const who = () => `${options.name} at ${process}`

  /** What the server says of the selected mailbox. Errors: Contradiction. */
  function hear(untagged: readonly string[], text: string | null, allowsExpunge: boolean): void {
    if (!selected) return
    try {
      selected.belief.hear(untagged, text, allowsExpunge)
    } catch (error) {
      if (!(error instanceof Contradiction)) throw error
      throw new Contradiction(`${session.name}, ${selected.path}: ${error.message}`)
    }
  }

  function leave(): void {
    if (selected) left.set(selected.path, selected.belief)
    selected = null
  }

  /** Sends it, and gives the answer; nothing of it is heard yet. `isChatter`: not of the script unless it tells something. */
  async function send(command: string, literals: readonly Buffer[], isChatter = false): Promise<Result> {
    const shown = literals.reduce(
      (text, literal) =>
        text.includes('{}') ? text.replace('{}', `{${literal.length}}`) : `${text}{${literal.length}}`,
      command,
    )
    if (!isChatter) script.sent(who(), shown)
    try {
      const answer = await inTime(
        client.run(...partsOf(command, literals)),
        () => `${who()}: no answer to ${shown}`,
      )
      const result: Result = {
        status: answer.status as Result['status'],
        text: utf8(answer.text),
        untagged: answer.untagged.map(utf8),
      }
      if (isChatter && result.untagged.length > 0) script.sent(who(), shown)
      if (!isChatter || result.untagged.length > 0) script.answered(who(), describe(result))
      return result
    } catch (error) {
      if (error instanceof LineLost)
        script.answered(who(), [...error.untagged, 'the line is gone'].join(' | '))
      lost()
      throw error
    }
  }

  function lost(): void {
    isOpen = false
    client.close()
    leave()
  }

  /** As a client does that shows a list: the UIDs and flags of what is new. */
  async function learnNew(): Promise<void> {
    if (!selected) return
    const from = selected.belief.messages.findIndex(({ uid, flags }) => uid === 0 || flags === null)
    if (from < 0) return
    const command = `FETCH ${from + 1}:* (UID FLAGS${mode() === 'plain' ? '' : ' MODSEQ'})`
    const result = await send(command, [], true)
    // RFC 9051 §7.5.1
    hear(result.untagged, result.text, false)
  }

  async function select(path: string, how: { readOnly?: boolean; afresh?: boolean } = {}): Promise<Result> {
    const before = selected
    leave()
    const known = mode() === 'qresync' && !how.afresh ? left.get(path) : undefined
    const resumes = known !== undefined && known.highest > 0
    const belief = resumes ? known : createBelief()
    // One time with what it knows named, the next time without.
    const named = resumes && resumed++ % 2 === 1 ? describeKnown(belief) : ''
    const parameters = resumes ? ` (QRESYNC (${belief.uidValidity} ${belief.highest}${named}))` : ''
    const result = await send(`${how.readOnly ? 'EXAMINE' : 'SELECT'} ${quoted(path)}${parameters}`, [])
    // RFC 7162 §3.2.11: what comes before CLOSED is of the mailbox before.
    const closed = result.untagged.findIndex((each) => each.startsWith('OK [CLOSED]'))
    if (before && closed > 0) {
      selected = before
      hear(result.untagged.slice(0, closed), null, true)
      selected = null
    }
    if (result.status !== 'OK') return result
    belief.open(named !== '' ? 'named' : resumes)
    selected = { path, belief }
    hear(result.untagged.slice(closed + 1), result.text, true)
    await learnNew()
    return result
  }

  async function run(command: string, ...literals: Buffer[]): Promise<Result> {
    if (/^(SELECT|EXAMINE|IDLE)\b/i.test(command)) throw new Error(`there is a method for ${command}`)
    const stored = selected ? readStore(command, selected.belief.messages) : null
    if (stored?.isSilent) {
      // Which ones a condition left unchanged is told by MODIFIED only.
      if (stored.isConditional) selected!.belief.doubt(stored.uids)
      else selected!.belief.assume(stored.uids, stored.change)
    }
    const belief = selected?.belief
    const result = await sendHearing(command, literals).catch((error: unknown) => {
      // It may have been done or not.
      if (stored?.isSilent) belief?.doubt(stored.uids)
      throw error
    })
    // RFC 2180 §4.2: of those that are gone, what was asked silently may not be done.
    const isDone = result.status === 'OK' && !result.text.startsWith('[EXPUNGEISSUED]')
    if (stored?.isSilent && !isDone) selected?.belief.doubt(stored.uids)
    for (const response of result.untagged) {
      const [word, ...names] = response.split(' ')
      if (word === 'ENABLED') for (const name of names) noteEnabled(name)
    }
    if (/^(CLOSE|UNSELECT)$/i.test(command) && result.status === 'OK') leave()
    await learnNew()
    return result
  }

  /** RFC 9051 §7.5.1: no EXPUNGE while FETCH, STORE or SEARCH by sequence numbers is answered. */
  async function sendHearing(
    command: string,
    literals: readonly Buffer[],
    isChatter = false,
  ): Promise<Result> {
    const allowsExpunge = !/^(FETCH|STORE|SEARCH)\b/i.test(command)
    const result = await send(command, literals, isChatter)
    hear(result.untagged, result.text, allowsExpunge)
    return result
  }

  function noteEnabled(name: string): void {
    enabled.add(name.toUpperCase())
    // RFC 7162 §3.2.3
    if (name.toUpperCase() === 'QRESYNC') enabled.add('CONDSTORE')
  }

  /** Hears all that comes, one by one, until the tagged response. */
  async function hearIdle(): Promise<Result> {
    const untagged: string[] = []
    for (;;) {
      const response = await client.response()
      if (response === null) throw new LineLost('closed in IDLE', untagged)
      const text = utf8(response)
      if (!text.startsWith('* ')) {
        const [, status, rest] = /^i (\S+) (.*)$/.exec(text) ?? []
        if (!status) throw new Contradiction(`${session.name}, in IDLE: ${text}`)
        return { status: status as Result['status'], text: rest!, untagged }
      }
      untagged.push(text.slice(2))
      script.answered(who(), text)
      hear([text.slice(2)], null, true)
      idling?.wake()
    }
  }

  async function idle(): Promise<void> {
    script.sent(who(), 'IDLE')
    client.send('i IDLE\r\n')
    for (;;) {
      const response = await inTime(client.response(), () => `${who()}: no continuation of IDLE`)
      if (response === null) {
        lost()
        throw new LineLost('closed before IDLE')
      }
      if (response.startsWith('+')) break
      if (!response.startsWith('* '))
        throw new Contradiction(`${session.name}: IDLE was answered ${response}`)
      hear([utf8(response).slice(2)], null, true)
    }
    const ended = hearIdle()
    // Whoever calls done() or hears() gets the error; a cut line's is nobody's.
    ended.catch(() => {})
    idling = { ended, wake: () => {} }
  }

  async function done(): Promise<void> {
    if (!idling) throw new Error(`${session.name} is not idling`)
    const { ended } = idling
    script.sent(who(), 'DONE')
    client.send('DONE\r\n')
    try {
      const result = await inTime(ended, () => `${who()}: no answer to DONE`)
      script.answered(who(), `${result.status} ${result.text}`)
      if (result.status !== 'OK') throw new Contradiction(`${session.name}: IDLE ended ${result.status}`)
      idling = null
      hear([], result.text, true)
    } catch (error) {
      idling = null
      lost()
      throw error
    }
    await learnNew()
  }

  async function hears(enough: (messages: readonly Known[]) => boolean): Promise<void> {
    if (!idling || !selected) throw new Error(`${session.name} is not idling`)
    const { belief } = selected
    const here = idling
    const told = new Promise<void>((resolve) => {
      here.wake = () => {
        if (enough(belief.messages)) resolve()
      }
      here.wake()
    })
    const says = () =>
      `${session.name}, ${selected?.path}: was not told, and believes ${JSON.stringify(belief.messages)}`
    const ended = here.ended.then(() => {
      throw new Error(`${session.name}: IDLE ended`)
    })
    await inTime(Promise.race([told, ended]), says)
  }

  async function reopen(to: ProcessName): Promise<void> {
    if (isOpen) session.cut()
    process = to
    idling = null
    selected = null
    const { port } = processes(to).address('imaps')
    client = await connect({ teardown: () => {} }, port, { tls: true })
    if (client.greeting === '') throw new LineLost(`${who()} was not greeted`)
    isOpen = true
    const again = [...enabled]
    for (const command of [
      `LOGIN ${quoted(user)} ${quoted(PASSWORD)}`,
      ...(again.length > 0 ? [`ENABLE ${again.join(' ')}`] : []),
    ]) {
      const result = await send(command, [], true)
      if (result.status !== 'OK') throw new Error(`${who()}: ${command}: ${describe(result)}`)
    }
    script.note(`${session.name} is connected`)
  }

  const session: ImapSession = {
    get name() {
      return `${who()} (${mode()})`
    },
    get mode() {
      return mode()
    },
    get process() {
      return process
    },
    get selected() {
      return selected?.path ?? null
    },
    get isIdling() {
      return idling !== null
    },
    get isOpen() {
      return isOpen
    },
    get uids() {
      return selected?.belief.messages.map(({ uid }) => uid) ?? []
    },
    select,
    run,
    idle,
    hears,
    done,
    cut() {
      if (isOpen) script.note(`${session.name} is cut off`)
      idling = null
      lost()
    },
    reopen,
    async knows() {
      if (!selected) throw new Error(`${session.name} has selected nothing`)
      const isKnown = () => selected?.belief.messages.every(({ uid, flags }) => uid !== 0 && flags !== null)
      // Again where a message went before its flags were asked for.
      for (let again = 0; again === 0 || (!isKnown() && again < 5); again++) {
        await sendHearing('NOOP', [], true)
        await learnNew()
      }
      return (selected?.belief.messages ?? []).map(({ uid, flags }) => ({ uid, flags: flags ?? '?' }))
    },
  }
  if (options.mode !== 'plain') noteEnabled(options.mode.toUpperCase())
  await reopen(options.process)
  return session
}
