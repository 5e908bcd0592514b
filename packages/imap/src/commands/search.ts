// SEARCH: RFC 3501 §6.4.4; ESEARCH: RFC 4731; SAVE: RFC 5182.
import type { Email } from '@tandem/mailstore'
import { ConnectionLost, Refusal } from '../refusal.js'
import { becomeAware } from '../session/condstore.js'
import { type Answer, type Command, ok, type SelectedContext } from './command.js'
import { type Criterion, mentions, parseSearch } from './search/criteria.js'
import { type Candidate, candidates, compile, type Judge, readsBody } from './search/judge.js'
import { ALL_FOUND, parseSearchOptions, type SearchOptions } from './search/options.js'
import { type Found, renderEsearch, renderSearch, returnedOf } from './search/result.js'
import { bodyText, headerText } from './search/text.js'

/** Messages whose summaries are read in one query. */
const BATCH = 200
/** Octets of messages that are read at a time; one message may be larger. */
const READ_AT_ONCE = 4 * 1024 * 1024
/** Messages read at a time: one client must not take all of the store's connections. */
const AT_ONCE = 4

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
      return await run(context, given ?? (session.enabled.has('IMAP4rev2') ? ALL_FOUND : null))
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
  const criterion = parseSearch(args, { depth: searchDepth, keys: searchKeys })
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
  const { mailbox } = context
  const judge = compile(criterion, mailbox)
  const found: Found[] = []
  const open: Candidate[] = []
  for (const candidate of candidates(mailbox.told)) {
    const verdict = judge(candidate)
    if (verdict === null) open.push(candidate)
    else if (verdict) found.push(toFound(candidate))
  }
  for (let at = 0; at < open.length; at += BATCH) {
    found.push(...(await lookInto(context, judge, open.slice(at, at + BATCH), readsBody(criterion))))
  }
  return found.sort((a, b) => a.sequence - b.sequence)
}

/** Without what was read of it, so that this isn't held until the end. */
function toFound({ sequence, row }: Candidate): Found {
  return { sequence, uid: row.uid, modseq: row.modseq }
}

/** Those that match, decided from their summaries, and where that isn't enough from their bytes. */
async function lookInto(
  { session, user }: SelectedContext,
  judge: Judge,
  batch: readonly Candidate[],
  withBodies: boolean,
): Promise<Found[]> {
  // Nobody waits for the answer any more.
  if (session.connection.isClosed) throw new ConnectionLost('the client is gone')
  const { account } = user
  const ids = [...new Set(batch.map(({ row }) => row.emailId))]
  const emails = new Map((await account.read((r) => r.email.get(ids))).map((email) => [email.id, email]))

  const found: Found[] = []
  const open: { candidate: Candidate; email: Email }[] = []
  for (const { sequence, row } of batch) {
    const email = emails.get(row.emailId)
    if (!email) continue
    const candidate: Candidate = { sequence, row, email, header: null, body: null }
    const verdict = judge(candidate)
    if (verdict === null) open.push({ candidate, email })
    else if (verdict) found.push(toFound(candidate))
  }

  for (let at = 0; at < open.length; ) {
    let size = 0
    const group: typeof open = []
    do {
      group.push(open[at]!)
      size += sizeToRead(open[at]!.email, withBodies)
      at++
    } while (
      at < open.length &&
      group.length < AT_ONCE &&
      size + sizeToRead(open[at]!.email, withBodies) <= READ_AT_ONCE
    )
    const verdicts = await Promise.all(
      group.map(async ({ candidate, email }) => {
        const blob = await account.blobs.open(email.digest)
        if (!blob) return false
        const bytes = await blob.read(0, sizeToRead(email, withBodies))
        const { structure } = email.summary
        const header = headerText(bytes.subarray(structure.headerStart, structure.headerEnd))
        const body = withBodies ? bodyText(bytes, structure) : null
        return judge({ ...candidate, header, body }) === true
      }),
    )
    for (const [index, { candidate }] of group.entries()) {
      if (verdicts[index]) found.push(toFound(candidate))
    }
  }
  return found
}

function sizeToRead(email: Email, withBodies: boolean): number {
  return withBodies ? email.size : email.summary.structure.headerEnd
}
