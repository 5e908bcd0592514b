// SEARCH: RFC 3501 §6.4.4; ESEARCH: RFC 4731; SAVE: RFC 5182.
import { bad, ConnectionLost, Refusal } from '../refusal.js'
import { becomeAware } from '../session/condstore.js'
import { type Answer, type Command, ok, type SelectedContext } from './command.js'
import { type Criterion, mentions, parseSearch, textKey, textsOf } from './search/criteria.js'
import { type Candidate, candidates, compile, type Knowledge } from './search/judge.js'
import { isCut, lookThrough, mayBeCut } from './search/long-text.js'
import { ALL_FOUND, parseSearchOptions, type SearchOptions } from './search/options.js'
import { type Found, renderEsearch, renderSearch, returnedOf } from './search/result.js'

/** Messages whose summaries are read in one query. */
const BATCH = 250
/** So many messages are named to the store's search; of more it finds all there are in the mailbox. */
const FEW = 1000

export const search: Command = {
  name: 'SEARCH',
  rfc: 'RFC 3501 §6.4.4',
  state: 'selected',
  hasUidForm: true,
  announces: 'withoutExpunges',
  async run(context) {
    const { args, session, mailbox } = context
    const given = parseSearchOptions(args)
    try {
      return await run(context, given ?? (session.isRev2 ? ALL_FOUND : null))
    } catch (error) {
      // RFC 5182 §2.1: whatever is answered NO; BAD leaves it.
      const isBad = error instanceof Refusal && error.status === 'BAD'
      if (given?.has('SAVE') && !isBad) mailbox.saved = []
      throw error
    }
  },
}

/** `options` null: a SEARCH response. */
async function run(context: SelectedContext, options: SearchOptions | null): Promise<Answer> {
  const { args, tag, uid, session, mailbox, output, untagged } = context
  const { searchDepth, searchKeys } = session.settings.limits
  const limits = { depth: searchDepth, keys: searchKeys }
  // RFC 9755 §3: with UTF8=ACCEPT, to name one is BAD.
  if (args.peekAtom() === 'CHARSET' && session.enabled.has('UTF8=ACCEPT')) {
    throw bad('All texts are UTF-8 since UTF8=ACCEPT was enabled')
  }
  const criterion = parseSearch(args, limits)
  const withModseq = mentions(criterion, 'modseq')
  if (withModseq) becomeAware(context)
  const updates = await mailbox.refresh({ expunge: false })
  output.text(mailbox.render(updates, { withUid: uid }))

  const found = await findMessages(context, criterion)
  if (options?.has('SAVE')) mailbox.saved = returnedOf(found, options).map((each) => each.uid)
  const response = options
    ? renderEsearch(found, options, { uid, withModseq, tag })
    : renderSearch(found, { uid, withModseq })
  if (response !== null) untagged(response)
  // RFC 9051 §7.5.1, RFC 7162 §3.2.10.2: no EXPUNGE, nor VANISHED, while numbers are among the criteria.
  const answer = ok('SEARCH completed')
  return mentions(criterion, 'sequence') ? { ...answer, announces: 'withoutExpunges' } : answer
}

/** Those that match, ascending. */
async function findMessages(context: SelectedContext, criterion: Criterion): Promise<Found[]> {
  const { session, user, mailbox } = context
  const { account } = user
  const known: Knowledge = { now: Math.floor(Date.now() / 1000), sentOn: null, texts: new Map() }
  const judge = compile(criterion, mailbox, known)
  const found: Found[] = []
  const sift = (undecided: Iterable<Candidate>): Candidate[] => {
    const open: Candidate[] = []
    for (const candidate of undecided) {
      const verdict = judge(candidate)
      if (verdict === null) open.push(candidate)
      else if (verdict) found.push(toFound(candidate))
    }
    return open
  }

  // What costs nothing first: the rest is asked only for those that it leaves open.
  let open = sift(candidates(mailbox.told))
  if (open.length > 0 && mentions(criterion, 'sentDate')) {
    known.sentOn = await account.read((r) => r.email.sentOn(emailIds(open)))
    open = sift(open)
  }
  for (const search of textsOf(criterion)) {
    if (open.length === 0) break
    // Nobody waits for the answer any more.
    if (session.connection.isClosed) throw new ConnectionLost('the client is gone')
    const among = open.length <= FEW ? emailIds(open) : undefined
    const ids = await account.read((r) => r.email.matching(mailbox.id, search, among))
    known.texts.set(textKey(search), { found: new Set(ids), settled: new Set() })
    open = sift(open)
  }
  for (let at = 0; at < open.length; at += BATCH) {
    const batch = open.slice(at, at + BATCH)
    await settle(context, criterion, known, emailIds(batch))
    sift(batch)
  }
  return found.sort((a, b) => a.sequence - b.sequence)
}

/** Without the row, so that this isn't held until the end. */
function toFound({ sequence, row }: Candidate): Found {
  return { sequence, uid: row.uid, modseq: row.modseq }
}

function emailIds(open: readonly Candidate[]): number[] {
  return [...new Set(open.map(({ row }) => row.emailId))]
}

/** Looks for texts in the messages of which the store's search knows the beginning only. */
async function settle(
  { session, user }: SelectedContext,
  criterion: Criterion,
  known: Knowledge,
  ids: readonly number[],
): Promise<void> {
  const { account } = user
  const searches = textsOf(criterion)
  for (const email of await account.read((r) => r.email.get(ids))) {
    const { id, size, digest, summary } = email
    if (session.connection.isClosed) throw new ConnectionLost('the client is gone')
    const asked = searches.filter(
      (search) =>
        mayBeCut(search, size) &&
        !known.texts.get(textKey(search))?.found.has(id) &&
        isCut(search, summary.structure),
    )
    const blob = asked.length > 0 ? await account.blobs.open(digest) : null
    const has = blob ? await lookThrough(account.reading, blob, summary.structure, asked) : []
    for (const [index, search] of asked.entries()) {
      if (has[index]) known.texts.get(textKey(search))?.found.add(id)
    }
  }
  // Those whose content is gone, too.
  for (const { settled } of known.texts.values()) for (const id of ids) settled.add(id)
}
