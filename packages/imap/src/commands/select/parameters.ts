// The parameters of SELECT and EXAMINE: RFC 4466 §2.2; CONDSTORE and QRESYNC: RFC 7162 §3.1.8, §3.2.5. Pure.
import type { SequenceMatch } from '../../selected/vanished.js'
import type { Parser } from '../../wire/parser.js'
import { type SequenceSet, STAR } from '../../wire/sequence-set.js'

export interface Resync {
  uidValidity: number
  modseq: number
  /** Null: all there were. */
  known: SequenceSet | null
  match: SequenceMatch | null
}

export interface SelectParameters {
  condstore: boolean
  qresync: Resync | null
}

/** What follows the mailbox, to the end of the command. `isQresyncEnabled`: else its parameter is BAD (§3.2.5). */
export function parseSelectParameters(
  args: Parser,
  { isQresyncEnabled }: { isQresyncEnabled: boolean },
): SelectParameters {
  const parameters: SelectParameters = { condstore: false, qresync: null }
  if (args.more()) {
    args.list(() => {
      const name = args.keyword('a parameter')
      if (name === 'CONDSTORE') parameters.condstore = true
      else if (name !== 'QRESYNC') throw args.fail('CONDSTORE or QRESYNC')
      else if (!isQresyncEnabled) throw args.fail('ENABLE QRESYNC before')
      else {
        args.sp()
        parameters.qresync = parseResync(args)
      }
    }, true)
  }
  args.end()
  return parameters
}

function parseResync(args: Parser): Resync {
  args.expect('(')
  args.spaces()
  // 0 for either: a client that knows nothing yet.
  const uidValidity = args.number()
  args.sp()
  const resync: Resync = { uidValidity, modseq: args.modseq(), known: null, match: null }
  let hasMore = args.more()
  if (hasMore && args.peek() !== '(') {
    resync.known = withoutStar(args)
    hasMore = args.more()
  }
  if (hasMore) resync.match = parseMatch(args)
  args.spaces()
  args.expect(')')
  return resync
}

function parseMatch(args: Parser): SequenceMatch {
  args.expect('(')
  args.spaces()
  const numbers = withoutStar(args)
  args.sp()
  const uids = withoutStar(args)
  args.spaces()
  args.expect(')')
  if (!isAscending(numbers) || !isAscending(uids) || countOf(numbers) !== countOf(uids)) {
    throw args.fail('two ascending sets of as many members')
  }
  return { numbers, uids }
}

/** RFC 7162 §7, known-uids: "*" is not allowed. */
function withoutStar(args: Parser): SequenceSet {
  const set = args.sequenceSet()
  if (set.some((range) => range.includes(STAR))) throw args.fail('a set without *')
  return set
}

function isAscending(set: SequenceSet): boolean {
  return set.every(([from, to], index) => from <= to && (index === 0 || set[index - 1]![1] < from))
}

function countOf(set: SequenceSet): number {
  return set.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}
