// The one guard of all protocols against guessed passwords: asked before a password is hashed, or a proof looked at.
import { createHmac, randomBytes } from 'node:crypto'
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { normalizeAddress } from '../directory/address.js'
import { LoginDeferred } from '../errors.js'
import type { Logger } from '../types.js'
import { createBook, type Row, type Subject, scopeOf } from './book.js'
import {
  createHashingQueue,
  HASHING,
  type HashingLimits,
  type HashingQueue,
  type Place,
} from './hashing-queue.js'
import { isThisHost, networkOf, networkText } from './network.js'
import { createPauses, type Pause } from './pauses.js'
import { createRemembered, type Remembered } from './remembered.js'
import { clearRows, listRows, loginNames, reapRows } from './rows.js'
import { RULES, scoreAt } from './standing.js'
import { createSync } from './sync.js'
import type { Guard, GuardEntry, LoginOrigin } from './types.js'

/** One login under way. */
export interface Passage {
  /** Its place among those whose passwords are to be hashed. */
  readonly line: string
  readonly address: string
  readonly known: boolean
  readonly signal: AbortSignal
  suspicion(): number
  /** Whether it may be judged now: guesses that came with it may have closed the address meanwhile. */
  isOpen(): boolean
  /** The error where it may not, after a pause. */
  refusal(): Promise<LoginDeferred>
  succeeded(): void
  /** Resolves when the client may be told. `guess`: what tells this password from others; null: nothing does. */
  failed(guess: string | null): Promise<void>
}

export interface LoginGuard extends Guard {
  readonly remembered: Remembered
  /**
   * Lets those through that may be judged, and those who come from where the account was logged in to lately: a
   * remembered password passes even where it is closed. Errors: LoginDeferred, after a pause.
   */
  begin(name: string, origin: LoginOrigin): Promise<Passage>
  /** Hashes a password in its turn. Errors: LoginDeferred; what `task` throws. */
  inTurn: HashingQueue['run']
  /** Looks a name up in its turn, for a proof. Errors: as `inTurn`. */
  lookUp: HashingQueue['run']
  /** What another process said on the channel of announcements. */
  heard(words: readonly string[]): void
  /** Reads who is banned. Errors: unavailable. */
  read(): Promise<void>
  reap(): Promise<void>
  close(): Promise<void>
}

export interface GuardOptions {
  /** How names stand in the log. Default hashed: some type their password there. */
  names?: 'hashed' | 'shown'
  /** Addresses that many people are behind, besides this machine: proxies. */
  isShared?: (address: string) => boolean
  /** For tests. */
  now?: () => number
  pause?: Pause
}

export interface GuardDeps {
  sql: Sql
  log: Logger
  /** Tells the other processes. Errors: the driver's. */
  notify(words: string): Promise<unknown>
  options?: GuardOptions
}

/**
 * Milliseconds before somebody whose login is put off is told so: as long as the longest pause after a wrong password, so
 * that guessing on is no faster.
 */
const DEFERRED_PAUSE = 8_000
/** Names that are looked up for proofs: of the database's connections, some stay with who is logged in. */
const LOOK_UPS: HashingLimits = { running: 2, waiting: 500, patience: 20_000 }
/** Entries of the list. */
const MAX_LISTED = 1_000

export function createGuard({ sql, log, notify, options = {} }: GuardDeps): LoginGuard {
  const { names = 'hashed', isShared: isProxy = () => false, now = Date.now, pause } = options
  const book = createBook(now)
  const rest = pause && ((milliseconds: number) => pause(milliseconds, new AbortController().signal))
  const queue = createHashingQueue(HASHING, rest)
  const lookUps = createHashingQueue(LOOK_UPS, rest)
  const pauses = createPauses(now, pause)
  const remembered = createRemembered(now)
  const bans = { address: 0, account: 0, both: 0 }
  const deferred = { banned: 0, busy: 0 }
  let guesses = 0
  let turnedAway = 0
  let key: Promise<Buffer> | null = null

  const say = async (words: string) => void (await reaching(() => notify(words)))
  const onBanned = (rows: readonly Row[]) => noteBans(rows, null)
  const sync = createSync({ sql, log, book, now, notify: say, onBanned })
  const isShared = (address: string) => isThisHost(address) || isProxy(address)

  function secret(): Promise<Buffer> {
    key ??= reaching(async () => {
      const [row] = await sql<{ secret: Buffer }[]>`select secret from server_secret where name = 'guard'`
      return row!.secret
    }, 'reads')
    key.catch(() => {
      key = null
    })
    return key
  }

  /** One line for each ban: what programs that watch the log go by. */
  function noteBans(rows: readonly Row[], by: { origin: LoginOrigin; name: string } | null): void {
    for (const row of rows) {
      const scope = scopeOf(row)
      bans[scope]++
      sync.learn(row)
      const fields = {
        address: by?.origin.address ?? (row.network === '' ? null : networkText(row.network)),
        protocol: by?.origin.protocol ?? null,
        scope,
        ...(row.account === '' ? {} : { name: names === 'shown' && by ? by.name : `#${row.account}` }),
        bans: row.bans,
        seconds: Math.round((row.until - now()) / 1000),
      }
      const what = scope === 'account' ? 'an account is closed to strangers' : 'an address is banned'
      log.warn(fields, `${what}: too many wrong passwords`)
    }
  }

  async function refuse(why: 'banned' | 'busy', until: number, signal: AbortSignal): Promise<LoginDeferred> {
    deferred[why]++
    await pauses.wait(DEFERRED_PAUSE, signal)
    return new LoginDeferred(why, Math.max(1, Math.ceil((until - now()) / 1000)))
  }

  /** Errors: LoginDeferred, where it is busy after a pause; what `task` throws. */
  function patiently<T>(turns: HashingQueue, place: Place, task: () => Promise<T>): Promise<T> {
    return turns.run(place, task).catch(async (error: unknown) => {
      if (!(error instanceof LoginDeferred) || error.why !== 'busy') throw error
      throw await refuse('busy', now() + error.retryAfter * 1000, place.signal)
    })
  }

  const guard: LoginGuard = {
    remembered,

    async begin(name, origin) {
      const { address, signal } = origin
      const network = networkOf(address)
      const byAddress = !isShared(address)
      const account = hashName(await secret(), name)
      await Promise.all([sync.learnt({ network, account: '' }), sync.learnt({ network: '', account })])
      const { closed, known } = book.ask(network, account, byAddress)
      if (closed > 0 && !known) throw await refuse('banned', closed, signal)
      const closedUntil = () => Math.max(closed, book.closedUntil(network, account, byAddress))
      const counted: Subject = { network, account: byAddress ? '' : account }
      const line = byAddress ? network : `${network} ${account}`
      return {
        // Who is known does not stand behind the guesses of his neighbours.
        line: known ? `${network} ${account}` : line,
        address: network,
        known,
        signal,
        suspicion: () => (known ? 0 : scoreAt(book.get(counted), RULES[scopeOf(counted)], now())),
        isOpen: () => closedUntil() <= now(),
        refusal: () => refuse('banned', closedUntil(), signal),
        succeeded() {
          book.succeeded(network, account)
          if (book.isDirty) sync.arm()
        },
        async failed(guess) {
          guesses++
          const fields = {
            address,
            protocol: origin.protocol,
            name: names === 'shown' ? name : `#${account}`,
          }
          log.info(fields, 'a login failed')
          const digest = hash(
            await secret(),
            `guess\0${account}\0${guess ?? randomBytes(16).toString('hex')}`,
          ).toString('hex')
          noteBans(book.guess({ digest, network, account, at: now(), byAddress }), { origin, name })
          if (book.isDirty) sync.arm()
          await pauses.wait(pauses.next(line), signal)
        },
      }
    },

    inTurn: (place, task) => patiently(queue, place, task),
    lookUp: (place, task) => patiently(lookUps, place, task),

    bannedFor(address) {
      if (isShared(address)) return null
      const network = networkOf(address)
      const { until } = book.get({ network, account: '' })
      const isOpen = until <= now() || book.isAnybodyKnown(network)
      // While it is being read who is known there, the login itself is judged.
      return isOpen || sync.learnt({ network, account: '' }) ? null : Math.ceil((until - now()) / 1000)
    },

    pause: pauses.wait,
    isShared,
    counts: () => ({
      guesses,
      bans: { ...bans },
      deferred: { ...deferred },
      turnedAway,
      waiting: queue.waiting + lookUps.waiting,
    }),
    turnedAway() {
      turnedAway++
    },
    flush: sync.flush,
    read: sync.read,

    async list() {
      const [rows, logins, salt] = await Promise.all([
        reaching(() => listRows(sql, now(), MAX_LISTED), 'reads'),
        reaching(() => loginNames(sql), 'reads'),
        secret(),
      ])
      const nameOf = new Map(logins.map((name) => [hashName(salt, name), name]))
      return rows
        .map((row) => toEntry(row, nameOf, now()))
        .filter(({ guesses, bannedUntil }) => guesses > 0 || bannedUntil !== null)
    },

    async clear(what) {
      const subject = await clearedSubject(what)
      const count = await reaching(() => clearRows(sql, subject))
      const words = ['clear', subject.network ?? '*', subject.account ?? '*']
      guard.heard(words)
      await say(words.join(' '))
      return count
    },

    heard([word, network = '*', account = '*']) {
      const isMeant = (subject: Subject) =>
        (network === '*' || subject.network === network) && (account === '*' || subject.account === account)
      if (word === 'clear') book.forget(isMeant)
      if (word !== 'read') return
      sync.read().catch((error: unknown) => log.warn({ err: error }, 'who is banned cannot be read now'))
    },

    reap: () => reaching(() => reapRows(sql, now()), 'manySteps'),
    close: sync.close,
  }
  return guard

  async function clearedSubject(what: Parameters<Guard['clear']>[0]): Promise<Partial<Subject>> {
    if (what === 'all') return {}
    if ('address' in what) return { network: networkOf(what.address) }
    const hashed = /^#([0-9a-f]{16})$/.exec(what.name)?.[1]
    return { account: hashed ?? hashName(await secret(), what.name) }
  }
}

const hash = (secret: Uint8Array, text: string): Buffer =>
  createHmac('sha256', secret).update(text).digest().subarray(0, 16)

/** The same for all spellings of a name, and for one that nobody has. */
function hashName(secret: Uint8Array, name: string): string {
  const spelled = normalizeAddress(name) ?? name.slice(0, MAX_NAME).toLowerCase()
  return hash(secret, `name\0${spelled}`).toString('hex', 0, 8)
}

const MAX_NAME = 320

function toEntry(row: Row, nameOf: ReadonlyMap<string, string>, now: number): GuardEntry {
  const scope = scopeOf(row)
  return {
    scope,
    address: row.network === '' ? null : networkText(row.network),
    name: nameOf.get(row.account) ?? null,
    nameHash: row.account === '' ? null : `#${row.account}`,
    guesses: Math.ceil(scoreAt(row, RULES[scope], now)),
    bans: row.bans,
    bannedUntil: row.until > now ? new Date(row.until) : null,
    lastGuess: new Date(row.at),
  }
}
