// The keys of SEARCH as a tree: RFC 3501 §6.4.4; OLDER and YOUNGER: RFC 5032; SAVED…: RFC 8514 §4.3; EMAILID and
// THREADID: RFC 8474 §6; MODSEQ: RFC 7162 §3.1.5. Parsing is pure.

import { type AddressField, FLAG, parseId, type TextSearch } from '@tandem/mailstore'
import { no } from '../../refusal.js'
import type { Parser } from '../../wire/parser.js'
import { decodeUtf8 } from '../../wire/scanner.js'
import type { MessageSet } from '../../wire/sequence-set.js'
import { type Decoder, decoderFor } from './charset.js'

/** Days count from 1970-01-01; `from` is inclusive, `before` isn't. */
export type Criterion =
  | { type: 'and' | 'or'; keys: Criterion[] }
  | { type: 'not'; key: Criterion }
  | { type: 'flag'; bit: number }
  | { type: 'recent' }
  | { type: 'keyword'; keyword: string }
  | { type: 'sequence' | 'uid'; set: MessageSet }
  | { type: 'internalDate' | 'sentDate' | 'saveDate'; from: number; before: number }
  /** By INTERNALDATE: at least, or at most, so many seconds ago. */
  | { type: 'older' | 'younger'; seconds: number }
  | { type: 'modseq'; from: number }
  | { type: 'size'; above: number; below: number }
  /** Null: no such id can be. */
  | { type: 'emailId' | 'threadId'; id: number | null }
  | { type: 'text'; search: TextSearch }

export interface SearchLimits {
  depth: number
  keys: number
}

/**
 * `[CHARSET x] key …`, all of them ANDed. Where the client names none, or names it "" or NIL, texts are in UTF-8: RFC
 * 9051 §6.4.4; in RFC 3501 they are in US-ASCII, of which UTF-8 is more.
 */
export function parseSearch(args: Parser, limits: SearchLimits): Criterion {
  let decode: Decoder = decodeUtf8
  if (args.peekAtom() === 'CHARSET') {
    args.keyword()
    args.sp()
    const charset = args.nstring()
    if (charset) decode = decoderFor(charset)
    args.sp()
  }
  const reader: Reader = { args, limits, decode, keys: 0 }
  const keys = [parseKey(reader, 1)]
  while (args.more()) keys.push(parseKey(reader, 1))
  args.end()
  return keys.length === 1 ? keys[0]! : { type: 'and', keys }
}

/** The texts that the keys look for, each once. */
export function textsOf(criterion: Criterion): TextSearch[] {
  const found = new Map<string, TextSearch>()
  const visit = (key: Criterion): void => {
    if (key.type === 'text') found.set(textKey(key.search), key.search)
    else if ('keys' in key) key.keys.forEach(visit)
    else if ('key' in key) visit(key.key)
  }
  visit(criterion)
  return [...found.values()]
}

/** The same for texts that are looked for in the same place. */
export const textKey = ({ field, name, value }: TextSearch): string => JSON.stringify([field, name, value])

/** Whether a key of that type is anywhere in it. */
export function mentions(criterion: Criterion, type: Criterion['type']): boolean {
  if (criterion.type === type) return true
  if ('keys' in criterion) return criterion.keys.some((key) => mentions(key, type))
  return 'key' in criterion && mentions(criterion.key, type)
}

interface Reader {
  args: Parser
  limits: SearchLimits
  decode: Decoder
  /** Read so far. */
  keys: number
}

/** What follows the name of a key. */
type KeyParser = (reader: Reader, depth: number) => Criterion

const DAY_MAX = Number.MAX_SAFE_INTEGER

/** A row for each key. */
const KEYS: Readonly<Record<string, KeyParser>> = {
  ALL: () => ({ type: 'and', keys: [] }),
  ANSWERED: flag(FLAG.answered),
  DELETED: flag(FLAG.deleted),
  DRAFT: flag(FLAG.draft),
  FLAGGED: flag(FLAG.flagged),
  SEEN: flag(FLAG.seen),
  UNANSWERED: without(flag(FLAG.answered)),
  UNDELETED: without(flag(FLAG.deleted)),
  UNDRAFT: without(flag(FLAG.draft)),
  UNFLAGGED: without(flag(FLAG.flagged)),
  UNSEEN: without(flag(FLAG.seen)),
  RECENT: () => ({ type: 'recent' }),
  OLD: () => ({ type: 'not', key: { type: 'recent' } }),
  NEW: () => ({
    type: 'and',
    keys: [{ type: 'recent' }, { type: 'not', key: { type: 'flag', bit: FLAG.seen } }],
  }),
  KEYWORD: keyword,
  UNKEYWORD: without(keyword),
  BEFORE: date('internalDate', (day) => ({ from: -DAY_MAX, before: day })),
  ON: date('internalDate', (day) => ({ from: day, before: day + 1 })),
  SINCE: date('internalDate', (day) => ({ from: day, before: DAY_MAX })),
  SENTBEFORE: date('sentDate', (day) => ({ from: -DAY_MAX, before: day })),
  SENTON: date('sentDate', (day) => ({ from: day, before: day + 1 })),
  SENTSINCE: date('sentDate', (day) => ({ from: day, before: DAY_MAX })),
  SAVEDBEFORE: date('saveDate', (day) => ({ from: -DAY_MAX, before: day })),
  SAVEDON: date('saveDate', (day) => ({ from: day, before: day + 1 })),
  SAVEDSINCE: date('saveDate', (day) => ({ from: day, before: DAY_MAX })),
  // Every mailbox does.
  SAVEDATESUPPORTED: () => ({ type: 'and', keys: [] }),
  OLDER: ({ args }) => ({ type: 'older', seconds: secondsAfter(args) }),
  YOUNGER: ({ args }) => ({ type: 'younger', seconds: secondsAfter(args) }),
  LARGER: (reader) => ({ type: 'size', above: numberAfter(reader), below: Number.MAX_SAFE_INTEGER }),
  SMALLER: (reader) => ({ type: 'size', above: -1, below: numberAfter(reader) }),
  FROM: text('from'),
  TO: text('to'),
  CC: text('cc'),
  BCC: text('bcc'),
  SUBJECT: text('subject'),
  BODY: text('body'),
  TEXT: text('text'),
  HEADER: (reader) => {
    reader.args.sp()
    const name = reader.args.astring('a field name').toLowerCase()
    return { type: 'text', search: { field: 'header', name, value: textAfter(reader) } }
  },
  UID: ({ args }) => {
    args.sp()
    return { type: 'uid', set: args.messageSet() }
  },
  MODSEQ: ({ args }) => {
    args.sp()
    if (args.aheadMatches(/"?\//y)) {
      // RFC 7162 §3.1.5: a message has one modseq for all of its flags, so these are not looked at.
      const entry = args.astring()
      if (!/^\/flags\/\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+$/i.test(entry))
        throw args.fail('"/flags/" and a flag')
      args.sp()
      if (!/^(?:PRIV|SHARED|ALL)$/.test(args.keyword())) throw args.fail('priv, shared or all')
      args.sp()
    }
    return { type: 'modseq', from: args.modseq() }
  },
  EMAILID: ({ args }) => {
    args.sp()
    return { type: 'emailId', id: parseId('email', objectId(args)) }
  },
  THREADID: ({ args }) => {
    args.sp()
    return { type: 'threadId', id: parseId('thread', objectId(args)) }
  },
  NOT: (reader, depth) => {
    reader.args.sp()
    return { type: 'not', key: parseKey(reader, depth + 1) }
  },
  OR: (reader, depth) => {
    reader.args.sp()
    const first = parseKey(reader, depth + 1)
    reader.args.sp()
    return { type: 'or', keys: [first, parseKey(reader, depth + 1)] }
  },
}

function parseKey(reader: Reader, depth: number): Criterion {
  const { args, limits } = reader
  if (depth > limits.depth) throw no(`Search keys may be nested ${limits.depth} deep`, 'LIMIT')
  if (++reader.keys > limits.keys) throw no(`A search may have ${limits.keys} keys`, 'LIMIT')
  if (args.peek() === '(') return { type: 'and', keys: args.list(() => parseKey(reader, depth + 1)) }
  if (args.atMessageSet()) {
    const set = args.messageSet()
    // Numbers are what others' expunges move: `$` holds none.
    return { type: set === '$' ? 'uid' : 'sequence', set }
  }
  const name = args.keyword('a search key')
  if (!Object.hasOwn(KEYS, name)) throw args.fail('a known search key')
  return KEYS[name]!(reader, depth)
}

function textAfter({ args, decode }: Reader): string {
  args.sp()
  return decode(args.astring())
}

/** RFC 5032 §3. */
function secondsAfter(args: Parser): number {
  args.sp()
  return args.nzNumber()
}

function numberAfter({ args }: Reader): number {
  args.sp()
  return args.number64()
}

/** RFC 8474 §7. */
function objectId(args: Parser): string {
  const id = args.unquoted(() => args.take(/[A-Za-z0-9_-]/))
  if (id === '' || id.length > 255) throw args.fail('an object id')
  return id
}

function keyword({ args }: Reader): Criterion {
  args.sp()
  return { type: 'keyword', keyword: args.atom('a keyword').toLowerCase() }
}

function flag(bit: number): KeyParser {
  return () => ({ type: 'flag', bit })
}

function without(parse: KeyParser): KeyParser {
  return (reader, depth) => ({ type: 'not', key: parse(reader, depth) })
}

function text(field: AddressField | 'subject' | 'body' | 'text'): KeyParser {
  return (reader) => ({ type: 'text', search: { field, value: textAfter(reader) } })
}

function date(
  type: 'internalDate' | 'sentDate' | 'saveDate',
  span: (day: number) => { from: number; before: number },
): KeyParser {
  return ({ args }) => {
    args.sp()
    return { type, ...span(args.date()) }
  }
}
