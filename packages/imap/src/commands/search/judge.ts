// Whether a message matches, in three values: null says that more has to be known of it first. So most messages are
// decided from the view, a few from their summary, and only the rest from their bytes. Pure.
import type { Email } from '@tandem/mailstore'
import { type Row, rowAt, type Told } from '../../selected/told.js'
import { resolveNumbersLeniently, resolveUids } from '../../wire/sequence-set.js'
import { savedNumbers } from '../message-set.js'
import type { Criterion } from './criteria.js'
import { addressText, subjectText } from './text.js'

/** What is known of one message; null: not yet. */
export interface Candidate {
  sequence: number
  row: Row
  email: Email | null
  /** Folded: each header field's value by lower-case name, and all of the header as text. */
  header: HeaderText | null
  /** Folded. */
  body: string | null
}

export interface HeaderText {
  fields: ReadonlyArray<{ name: string; value: string }>
  text: string
}

export type Judge = (candidate: Candidate) => boolean | null

/** What the keys are judged against. */
export interface Surroundings {
  told: Told
  recentFrom: number
  /** What `$` stands for. */
  saved: readonly number[]
}

/** Resolves the sets of a criterion against what the client was told, once for all messages. */
export function compile(criterion: Criterion, surroundings: Surroundings): Judge {
  const { told, recentFrom, saved } = surroundings
  switch (criterion.type) {
    case 'and':
      return all(criterion.keys.map((key) => compile(key, surroundings)))
    case 'or':
      return any(criterion.keys.map((key) => compile(key, surroundings)))
    case 'not': {
      const judge = compile(criterion.key, surroundings)
      return (candidate) => {
        const verdict = judge(candidate)
        return verdict === null ? null : !verdict
      }
    }
    case 'flag':
      return ({ row }) => (row.flags & criterion.bit) !== 0
    case 'recent':
      return ({ row }) => row.uid >= recentFrom
    case 'keyword':
      return ({ row }) => row.keywords.some((keyword) => keyword.toLowerCase() === criterion.keyword)
    case 'sequence':
    case 'uid': {
      const { type, set } = criterion
      if (set === '$') return isAmong(savedNumbers(saved, told))
      if (type === 'sequence') return isAmong(resolveNumbersLeniently(set, told.uids.length))
      return isAmong(resolveUids(set, told.uids).map((position) => position + 1))
    }
    case 'internalDate':
      // The date as INTERNALDATE shows it, which is in UTC.
      return ({ row }) => isWithin(Math.floor(row.receivedAt / 86_400), criterion)
    case 'sentDate':
      return withEmail(({ summary }) => {
        // The date as written, disregarding the zone.
        const day =
          summary.sentAt === null ? Number.NaN : Date.parse(summary.sentAt.slice(0, 10)) / 86_400_000
        return isWithin(day, criterion)
      })
    case 'size':
      return ({ row }) => row.size > criterion.above && row.size < criterion.below
    case 'modseq':
      return ({ row }) => row.modseq >= criterion.from
    case 'emailId':
      return ({ row }) => row.emailId === criterion.id
    case 'threadId':
      return ({ row }) => row.threadId === criterion.id
    case 'address':
      return withEmail(({ summary }) =>
        addressText(summary.envelope[criterion.field]).includes(criterion.text),
      )
    case 'subject':
      return withEmail(({ summary }) => subjectText(summary.envelope).includes(criterion.text))
    case 'header':
      return ({ header }) => (header === null ? null : hasField(header, criterion.name, criterion.text))
    case 'body':
      return ({ body }) => (body === null ? null : body.includes(criterion.text))
    case 'text':
      return ({ header, body }) => {
        if (header?.text.includes(criterion.text)) return true
        return body === null ? null : body.includes(criterion.text)
      }
    default:
      return criterion satisfies never
  }
}

/** Whether bodies have to be read to decide what summaries don't. */
export function readsBody(criterion: Criterion): boolean {
  switch (criterion.type) {
    case 'and':
    case 'or':
      return criterion.keys.some(readsBody)
    case 'not':
      return readsBody(criterion.key)
    default:
      return criterion.type === 'body' || criterion.type === 'text'
  }
}

/** The messages told that are still there (RFC 2180 §4.3: those that are gone are not found). */
export function* candidates(told: Told): Generator<Candidate> {
  const { view, uids, ghosts } = told
  let index = 0
  for (let at = 0; at < uids.length; at++) {
    if (ghosts.has(uids[at]!)) continue
    yield { sequence: at + 1, row: rowAt(view, index++), email: null, header: null, body: null }
  }
}

function isAmong(sequences: readonly number[]): Judge {
  const wanted = new Set(sequences)
  return ({ sequence }) => wanted.has(sequence)
}

function withEmail(judge: (email: Email) => boolean): Judge {
  return ({ email }) => (email === null ? null : judge(email))
}

function hasField(header: HeaderText, name: string, text: string): boolean {
  return header.fields.some((field) => field.name === name && field.value.includes(text))
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
