// Takes a command's arguments apart: what the words of scanner.ts mean. Pure; throws Refusal (BAD).
import { bad, no } from '../refusal.js'
import { parseDate, parseDateTime } from './date-time.js'
import { decodeMailboxName } from './mutf7.js'
import { type CommandText, createScanner, decodeUtf8 } from './scanner.js'
import { type MessageSet, parseSequenceSet, type SequenceSet } from './sequence-set.js'

const SET_CHAR = /[\d:*,]/

export type Parser = ReturnType<typeof createParser>

/**
 * Begins at the `start`th character of the first line. `maxSetMembers` bounds one sequence set. `utf8`: mailbox names
 * are UTF-8 instead of modified UTF-7, and quoted strings have to be.
 */
export function createParser(text: CommandText, start: number, maxSetMembers: number, utf8 = false) {
  const scanner = createScanner(text, start, utf8)
  const { accept, astring, atom, fail, peek, spaces, string, take, unquoted } = scanner

  /** An astring in UTF-8 (of which US-ASCII is a part), as Unicode. */
  const text8 = (what?: string): string => decodeUtf8(astring(what))

  const decodeName = utf8 ? decodeUtf8 : decodeUtf7
  /** A mailbox name as Unicode, in whatever normal form it came. */
  const mailbox = (): string => decodeName(astring('a mailbox name'))

  /** list-mailbox: a name with wildcards. One that is not correct modified UTF-7 matches nothing (RFC 5258 §3). */
  function listMailbox(): string {
    const pattern = astring('a mailbox pattern')
    return utf8 ? decodeUtf8(pattern) : (fromUtf7(pattern) ?? NO_NAME)
  }

  /** flag of RFC 3501 §9: the system flags in their usual spelling, others as written. */
  const flag = (): string => unquoted(bareFlag)
  function bareFlag(): string {
    if (!accept('\\')) return atom('a flag')
    // In quotes it is doubled.
    accept('\\')
    const name = atom('a flag')
    const system = SYSTEM_FLAGS.find((known) => known.toLowerCase() === name.toLowerCase())
    // RFC 3501 §2.3.2: this flag can not be altered by the client.
    if (name.toLowerCase() === 'recent') throw bad('\\Recent is not a flag that a client can use')
    return `\\${system ?? name}`
  }

  function sequenceSet(): SequenceSet {
    const set = parseSequenceSet(unquoted(spacedSet))
    if (set === null) throw fail('a sequence set')
    if (set.length > maxSetMembers) throw no(`A set may have ${maxSetMembers} members`, 'LIMIT')
    return set
  }
  /** With spaces beside its commas and colons, and a comma at its end. */
  function spacedSet(): string {
    let text = take(SET_CHAR)
    for (let more = takeMore(text); more !== ''; more = takeMore(text)) text += more
    return text.replace(/(?<=.),$/, '')
  }
  function takeMore(before: string): string {
    if (!scanner.aheadMatches(/[,:]$/.test(before) ? / +[\d*]/y : / +[,:]/y)) return ''
    spaces()
    return take(SET_CHAR)
  }
  /** sequence-set as RFC 5182 §3 extends it. */
  const messageSet = (): MessageSet => (scanner.acceptText('"$"') || accept('$') ? '$' : sequenceSet())
  const atMessageSet = () => scanner.aheadMatches(/"?[$\d*:,]/y)

  /** date-time in its quotes. Bare ones hold spaces. */
  function dateTime(): Date {
    const moment = peek() === '"' ? parseDateTime(string()) : null
    if (moment === null) throw fail('a date-time')
    return moment
  }
  /** date, quoted or not, as days since 1970-01-01. */
  function date(): number {
    const day = parseDate(peek() === '"' ? string() : atom('a date'))
    if (day === null) throw fail('a date')
    return day
  }

  return {
    ...scanner,
    atMessageSet,
    date,
    dateTime,
    flag,
    listMailbox,
    mailbox,
    messageSet,
    sequenceSet,
    text8,
  }
}

const SYSTEM_FLAGS = ['Answered', 'Flagged', 'Deleted', 'Seen', 'Draft']

/** In no name of a mailbox. */
const NO_NAME = '\0'

/** RFC 3501 §5.1.3; null where it is not correct. */
function fromUtf7(wire: string): string | null {
  // RFC 9755 §3: UTF-8 is to be taken from those as well that did not enable it.
  return /[\x80-\xff]/.test(wire) ? decodeUtf8(wire) : decodeMailboxName(wire)
}

function decodeUtf7(wire: string): string {
  const name = fromUtf7(wire)
  if (name === null) throw no('The mailbox name is not correct modified UTF-7', 'CANNOT')
  return name
}
