// Whether a message matches, in three values: null says that more has to be known of it first. Most messages are decided
// from the view; what else is needed is asked of the store for all of them at once. Pure.
import type { TextSearch } from '@tandem/mailstore'
import { isRecent, type RecentUids } from '../../selected/recent.js'
import { type Row, rowAt, type Told } from '../../selected/told.js'
import { resolveNumbersLeniently, resolveUids } from '../../wire/sequence-set.js'
import { savedNumbers } from '../message-set.js'
import { type Criterion, textKey } from './criteria.js'
import { mayBeCut } from './long-text.js'

export interface Candidate {
  sequence: number
  row: Row
}

/** What the keys are judged against. */
export interface Surroundings {
  told: Told
  recent: RecentUids | null
  /** What `$` stands for. */
  saved: readonly number[]
}

/** What is known beyond the view; it grows. All by email id. */
export interface Knowledge {
  /** Seconds since 1970. */
  now: number
  /** The dates of Date fields; null: not asked for yet. */
  sentOn: ReadonlyMap<number, string> | null
  /** Of each text (by textKey) that was looked for. */
  texts: Map<string, TextAnswer>
}

export interface TextAnswer {
  /** The emails that contain it. */
  found: Set<number>
  /** Those whose whole text was looked into, however long it is. */
  settled: Set<number>
}

export type Judge = (candidate: Candidate) => boolean | null

/** Resolves the sets of a criterion against what the client was told, once for all messages. */
export function compile(criterion: Criterion, surroundings: Surroundings, known: Knowledge): Judge {
  switch (criterion.type) {
    case 'and':
      return all(criterion.keys.map((key) => compile(key, surroundings, known)))
    case 'or':
      return any(criterion.keys.map((key) => compile(key, surroundings, known)))
    case 'not': {
      const judge = compile(criterion.key, surroundings, known)
      return (candidate) => {
        const verdict = judge(candidate)
        return verdict === null ? null : !verdict
      }
    }
    case 'flag':
      return ({ row }) => (row.flags & criterion.bit) !== 0
    case 'recent':
      return ({ row }) => isRecent(surroundings.recent ?? [], row.uid)
    case 'keyword':
      return ({ row }) => row.keywords.some((keyword) => keyword.toLowerCase() === criterion.keyword)
    case 'sequence':
    case 'uid':
      return isAmong(criterion, surroundings)
    case 'internalDate':
      // The date as INTERNALDATE shows it, which is in UTC.
      return ({ row }) => isWithin(Math.floor(row.receivedAt / 86_400), criterion)
    case 'saveDate':
      return ({ row }) => isWithin(Math.floor(row.savedAt / 86_400), criterion)
    case 'sentDate':
      return ({ row }) => known.sentOn && isWithin(dayOf(known.sentOn.get(row.emailId)), criterion)
    case 'older':
      return ({ row }) => row.receivedAt <= known.now - criterion.seconds
    case 'younger':
      return ({ row }) => row.receivedAt >= known.now - criterion.seconds
    case 'modseq':
      return ({ row }) => row.modseq >= criterion.from
    case 'size':
      return ({ row }) => row.size > criterion.above && row.size < criterion.below
    case 'emailId':
      return ({ row }) => row.emailId === criterion.id
    case 'threadId':
      return ({ row }) => row.threadId === criterion.id
    case 'text':
      return hasText(criterion.search, known)
    default:
      return criterion satisfies never
  }
}

/** The messages told that are still there (RFC 2180 §4.3: those that are gone are not found). */
export function* candidates(told: Told): Generator<Candidate> {
  const { view, uids, ghosts } = told
  let index = 0
  for (let at = 0; at < uids.length; at++) {
    if (ghosts.has(uids[at]!)) continue
    yield { sequence: at + 1, row: rowAt(view, index++) }
  }
}

function isAmong(
  { type, set }: Extract<Criterion, { type: 'sequence' | 'uid' }>,
  { told, saved }: Surroundings,
): Judge {
  const sequences =
    set === '$'
      ? savedNumbers(saved, told)
      : type === 'sequence'
        ? resolveNumbersLeniently(set, told.uids.length)
        : resolveUids(set, told.uids).map((position) => position + 1)
  const wanted = new Set(sequences)
  return ({ sequence }) => wanted.has(sequence)
}

function hasText(search: TextSearch, known: Knowledge): Judge {
  const key = textKey(search)
  return ({ row }) => {
    const answer = known.texts.get(key)
    if (!answer) return null
    if (answer.found.has(row.emailId)) return true
    return mayBeCut(search, row.size) && !answer.settled.has(row.emailId) ? null : false
  }
}

/** NaN, which is within nothing, where there is no date. */
function dayOf(date: string | undefined): number {
  return date === undefined ? Number.NaN : Date.parse(date) / 86_400_000
}

function isWithin(day: number, span: { from: number; before: number }): boolean {
  return day >= span.from && day < span.before
}

function all(judges: readonly Judge[]): Judge {
  return (candidate) => {
    let verdict: boolean | null = true
    for (const judge of judges) {
      const one = judge(candidate)
      if (one === false) return false
      if (one === null) verdict = null
    }
    return verdict
  }
}

function any(judges: readonly Judge[]): Judge {
  return (candidate) => {
    let verdict: boolean | null = false
    for (const judge of judges) {
      const one = judge(candidate)
      if (one === true) return true
      if (one === null) verdict = null
    }
    return verdict
  }
}
