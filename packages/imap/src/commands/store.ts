// STORE: RFC 3501 §6.4.6; UNCHANGEDSINCE: RFC 7162 §3.1.3.
import type { FlagChange } from '@tandem/mailstore'
import { afterChange } from '../errors.js'
import { bad, no } from '../refusal.js'
import { withNamed, withoutSilent } from '../selected/store-updates.js'
import { rowAt, rowOf, sequenceOf, type Told, type Update } from '../selected/told.js'
import { allowedModseq } from '../selected/unchanged-since.js'
import { becomeAware } from '../session/condstore.js'
import type { Parser } from '../wire/parser.js'
import { formatUidSet, type MessageSet } from '../wire/sequence-set.js'
import { type Answer, type Command, ok, type SelectedContext } from './command.js'
import { parseFlags, toFlagChange } from './flag-change.js'
import { resolveToUids } from './message-set.js'

export const store: Command = {
  name: 'STORE',
  rfc: 'RFC 3501 §6.4.6',
  state: 'selected',
  hasUidForm: true,
  announces: 'withoutExpunges',
  async run(context) {
    const { args, uid, user, mailbox, output } = context
    const request = parseStore(args)
    const { set, change, unchangedSince } = request
    if (unchangedSince !== null) becomeAware(context)
    if (mailbox.readOnly) throw no('The mailbox is selected read-only', 'READ-ONLY')
    const known = mailbox.told
    const earlier = await mailbox.refresh({ expunge: false })
    output.text(mailbox.render(earlier, { withUid: uid }))
    const named = resolveToUids(context, set)

    const before = mailbox.told
    const test = unchangedSince === null ? undefined : unchangedTest(unchangedSince, change, known, before)
    const left = named.length > 0 ? await user.account.store(mailbox.id, named, change, test) : []
    const updates = await mailbox.refresh({ expunge: false }).catch((error: unknown) => {
      throw afterChange(error)
    })
    const due = updatesDue(context, request, { before, earlier, updates, named, left })
    output.text(mailbox.render(due, { withUid: uid }))
    return answer(context, request, named, left)
  },
}

/** Whether a message is to be stored to, asked under the account's lock. */
function unchangedTest(since: number, change: FlagChange, known: Told, now: Told) {
  return (uid: number, modseq: number): boolean => {
    const index = now.view.indexOf(uid)
    if (index < 0) return modseq <= since
    const sequence = sequenceOf(known, uid)
    const knownRow = sequence > 0 ? rowOf(known, sequence) : null
    return modseq <= allowedModseq(since, change, knownRow, rowAt(now.view, index))
  }
}

interface Outcome {
  before: Told
  /** What was told before the store. */
  earlier: readonly Update[]
  updates: readonly Update[]
  named: readonly number[]
  /** Those that failed the test of UNCHANGEDSINCE. */
  left: readonly number[]
}

function updatesDue(
  { session, mailbox }: SelectedContext,
  { change, silent, unchangedSince }: StoreRequest,
  { before, earlier, updates, named, left }: Outcome,
): Update[] {
  const after = mailbox.told
  const failed = new Set(left)
  const stored = left.length === 0 ? named : named.filter((uid) => !failed.has(uid))
  // RFC 7162 §3.1.3: the client is shown why, unless that was done a moment ago.
  const shown = new Set(earlier.flatMap((update) => (update.type === 'flags' ? [update.uid] : [])))
  const unshown = left.filter((uid) => !shown.has(uid))
  if (!silent)
    return withNamed(
      updates,
      after,
      [...stored, ...unshown].sort((a, b) => a - b),
    )
  const withModseq = session.enabled.has('CONDSTORE')
  // Told of other flags within this very command, a client can't know which of the two came first: it is told the last.
  const silently = stored.filter((uid) => !shown.has(uid))
  const rest = withoutSilent(updates, before, after, silently, { change, withModseq })
  // RFC 7162 §3.1.3: the modseq is told even where .SILENT was asked for.
  return unchangedSince === null ? rest : withNamed(withNamed(rest, after, stored, 'modseq'), after, unshown)
}

function answer(
  { uid, mailbox }: SelectedContext,
  { silent }: StoreRequest,
  named: readonly number[],
  left: readonly number[],
): Answer {
  const { told } = mailbox
  const failed = uid ? left : left.map((each) => sequenceOf(told, each))
  const code = left.length > 0 ? `MODIFIED ${formatUidSet(failed)}` : null
  const there = named.filter((each) => !told.ghosts.has(each))
  if (uid || there.length === named.length) return ok('STORE completed', code)
  // RFC 2180 §4.2: what others expunged was passed over. Of §4.2.3, which allows either, the answer is that of Dovecot.
  if (silent || there.length > left.length) return ok('STORE completed', code ?? 'EXPUNGEISSUED')
  throw no('The messages no longer exist', code ?? 'EXPUNGEISSUED')
}

const MODES: Readonly<Record<string, FlagChange['mode']>> = { '': 'replace', '+': 'add', '-': 'remove' }

interface StoreRequest {
  set: MessageSet
  change: FlagChange
  silent: boolean
  unchangedSince: number | null
}

function parseStore(args: Parser): StoreRequest {
  args.sp()
  const set = args.messageSet()
  args.sp()
  const unchangedSince = args.peek() === '(' ? parseModifiers(args) : null
  const item = /^([+-]?)FLAGS(\.SILENT)?$/.exec(args.keyword('FLAGS, +FLAGS or -FLAGS'))
  if (!item) throw args.fail('FLAGS, +FLAGS or -FLAGS')
  args.sp()
  const flags = parseFlags(args)
  args.end()
  const change = toFlagChange(MODES[item[1]!]!, flags)
  return { set, change, silent: item[2] !== undefined, unchangedSince }
}

/** store-modifiers (RFC 4466 §2.5) with the space after them; UNCHANGEDSINCE is given once (RFC 7162 §7). */
function parseModifiers(args: Parser): number | null {
  const given = args.list(() => {
    if (args.keyword('UNCHANGEDSINCE') !== 'UNCHANGEDSINCE') throw args.fail('UNCHANGEDSINCE')
    args.sp()
    return args.modseq()
  }, true)
  if (given.length > 1) throw bad('UNCHANGEDSINCE is there twice')
  args.sp()
  return given[0] ?? null
}
