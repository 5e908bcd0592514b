// A JMAP client that keeps everything and follows by changes alone, whichever process it speaks to.
import { LineLost } from '@tandem/imap/testing'
import { type JmapClient, type Json, openJmap } from '../../support/jmap.js'
import { createOfflineClient, readAll, type Snapshot } from '../../sync/offline-client.js'
import { inTime, type ProcessName, type Surroundings } from './surroundings.js'

/** Each method throws LineLost where the process goes before it answers: what was asked may have been done or not. */
export interface JmapSession {
  /** 'jmap 1 at A' */
  readonly name: string
  readonly process: ProcessName
  readonly accountId: string
  /**
   * Calls of one request; the arguments of the responses, in order, those that follow a success (RFC 8621 §7.5)
   * included. A method-level error is `{ error: type, … }`.
   */
  call(...calls: [method: string, args: Json][]): Promise<Json[]>
  /** Gives the blobId. */
  upload(bytes: Buffer): Promise<string>
  /** By /changes and /queryChanges alone, in pages of that many changes. */
  sync(maxChanges: number): Promise<void>
  knows(): Snapshot
  /** What knows() has to be after sync(). */
  reads(): Promise<Snapshot>
  /** How often it was told that changes can't be calculated, and began anew. */
  readonly restarts: number
  /** Resolves once the event source has told these states, by type. Errors: it has not for 20 s, or has ended. */
  heard(states: Record<string, string>): Promise<void>
  /** Another process, or the same again after it ended; the event source goes on where it was. */
  move(process: ProcessName): Promise<void>
  close(): void
}

export interface JmapOptions extends Surroundings {
  /** 'jmap 1' */
  name: string
  process: ProcessName
}

export async function openJmapSession(options: JmapOptions): Promise<JmapSession> {
  const { processes, script, user } = options
  let process = options.process
  const who = () => `${options.name} at ${process}`

  /** fetch throws a TypeError, whatever happened to the connection. */
  async function reached<T>(answer: Promise<T>, what: string): Promise<T> {
    try {
      return await inTime(answer, () => `${who()}: no answer to ${what}`)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      script.answered(who(), 'the line is gone')
      throw new LineLost(
        `${who()}: ${what}: ${error.cause instanceof Error ? error.cause.message : error.message}`,
      )
    }
  }

  const connect = () => reached(openJmap(processes(process), user), 'the session object')
  let jmap: JmapClient = await connect()
  const ear = createEar()
  await reached(ear.listen(jmap), 'the event source')
  // What was so before it listened is told by nobody.
  ear.take(await reached(statesNow(jmap), 'the states'))
  const offline = await reached(createOfflineClient(jmap), 'a first read')

  return {
    get name() {
      return who()
    },
    get process() {
      return process
    },
    get accountId() {
      return jmap.accountId
    },
    async call(...calls) {
      const text = calls.map(([method, args]) => `${method} ${JSON.stringify(args)}`).join('; ')
      script.sent(who(), text)
      const responses = await reached(jmap.request(...calls), text)
      const answers = responses.map(([name, args]) =>
        name === 'error' ? { error: args.type, ...args } : args,
      )
      script.answered(who(), answers.map((each) => JSON.stringify(shortened(each))).join('; '))
      return answers
    },
    upload: (bytes) => reached(jmap.upload(bytes), 'an upload'),
    sync: (maxChanges) => reached(offline.sync(maxChanges), `sync by ${maxChanges}`),
    knows: () => offline.known(),
    async reads() {
      const { objects, lists } = await reached(readAll(jmap), 'a fresh read')
      return { objects, lists }
    },
    get restarts() {
      return offline.restarts
    },
    async heard(states) {
      await inTime(ear.heard(states), () => {
        const told = JSON.stringify(ear.told())
        return `${who()}: its event source did not tell ${JSON.stringify(states)} but ${told}`
      })
    },
    async move(to) {
      ear.stop()
      process = to
      jmap = await connect()
      offline.move(jmap)
      await reached(ear.listen(jmap), 'the event source')
      script.note(`${who()} is connected`)
    },
    close: () => ear.stop(),
  }
}

const LISTENED = ['Mailbox', 'Email', 'Thread', 'Identity', 'EmailSubmission']

async function statesNow(jmap: JmapClient): Promise<Json> {
  const answers = await jmap.call(...LISTENED.map((type): [string, Json] => [`${type}/get`, { ids: [] }]))
  return Object.fromEntries(LISTENED.map((type, index) => [type, answers[index]!.state]))
}

interface Ear {
  /** Goes on behind what was told before. */
  listen(jmap: JmapClient): Promise<void>
  take(states: Json): void
  told(): Json
  heard(states: Record<string, string>): Promise<void>
  stop(): void
}

/** An event source that is reopened where it ended: RFC 8620 §7.3. */
function createEar(): Ear {
  let states: Json = {}
  let lastEventId: string | undefined
  /** Counts the event sources; of one before the last nothing is heard any more. */
  let current = 0
  let isListening = false
  let stop = () => {}
  let wake = () => {}
  return {
    async listen(jmap) {
      const mine = ++current
      isListening = true
      stop = await jmap.listen(
        (changed) => {
          if (mine !== current) return
          states = { ...states, ...changed[jmap.accountId] }
          wake()
        },
        {
          lastEventId,
          onId(id) {
            if (mine === current) lastEventId = id
          },
          onEnd() {
            if (mine === current) isListening = false
            wake()
          },
        },
      )
    },
    take(now) {
      states = { ...now, ...states }
    },
    told: () => states,
    heard: (wanted) =>
      new Promise((resolve, reject) => {
        wake = () => {
          if (Object.entries(wanted).every(([type, state]) => states[type] === state)) resolve()
          else if (!isListening) reject(new LineLost('the event source has ended'))
        }
        wake()
      }),
    stop() {
      current++
      isListening = false
      stop()
      wake()
    },
  }
}

/** Long lists by their first members: the whole is on the wire, not in the script. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) {
    const first = value.slice(0, 3).map(shortened)
    return value.length > 3 ? [...first, `… ${value.length}`] : first
  }
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name, each]) => name !== 'accountId' && each !== null)
  return Object.fromEntries(kept.map(([name, each]) => [name, shortened(each)]))
}
