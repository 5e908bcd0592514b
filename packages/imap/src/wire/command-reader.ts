// Reads one command: its lines and literals (RFC 3501 §4.3, §7.5; RFC 7888 §3).
//
// Whatever is wrong with a command, its end has to be found, or the next one begins in the middle of it: a line that is
// too long is read to its end, and the octets of a non-synchronizing literal are on their way whether or not they are
// wanted. A synchronizing literal that is refused is never sent.
import { bad, Farewell, type Refusal } from '../refusal.js'
import { type Arriving, createArriving } from './arriving.js'
import type { Input } from './input.js'
import { type CommandText, LITERAL } from './scanner.js'
import { skipCommand } from './skip-command.js'

export interface Head {
  tag: string
  /** In upper case; of a UID command with its second word: `UID FETCH`. */
  name: string
  /** Where the arguments begin in the first line: at the space before them, or at its end. */
  argumentsAt: number
}

export interface AnnouncedLiteral {
  size: number
  synchronizing: boolean
  /** Octets of lines and literals that this command has sent already. */
  before: number
}

export interface ReadingRules {
  /** Octets of all lines of a command; `head` null: before it is known. */
  maxLine(head: Head | null): number
  /** Octets of a refused command that are read and thrown away; beyond that the connection is closed. */
  maxSkip: number
  /** Octets of a message that a command takes while it arrives. */
  maxMessage: number
  /** Null where the literal may come. */
  admit(head: Head, literal: AnnouncedLiteral): Refusal | null
  /** Sends the continuation request. */
  proceed(): Promise<void>
  /** Whether the literal that the last line announces is left to the command, to take it while it arrives. */
  arrives(head: Head, lines: readonly string[]): boolean
  /** Waits for the client, for what such a command reads itself. */
  wait<T>(work: () => Promise<T>): Promise<T>
}

export type Incoming =
  /** `arriving`: what is not read yet; null where the command is complete. */
  | { type: 'command'; head: Head; text: CommandText; arriving: Arriving | null }
  | { type: 'refused'; tag: string | null; name: string | null; refusal: Refusal }
  | { type: 'end' }

/** tag and command name of RFC 3501 §9, with any number of spaces; a tag has no "+". */
const HEAD = /^([^\x00-\x20\x7f-\xff(){%*"\\+]+) +([^\x00-\x20\x7f-\xff(){%*"\\\]]+)/
const TAG = /^([^\x00-\x20\x7f-\xff(){%*"\\+]+)(?: |$)/
const UID_COMMAND = /^ +([A-Za-z]+)/

/** Null where the line doesn't begin with a tag and a command name. */
export function parseHead(line: string): Head | null {
  const match = HEAD.exec(line)
  if (!match) return null
  const name = match[2]!.toUpperCase()
  const argumentsAt = match[0].length
  const second = name === 'UID' ? UID_COMMAND.exec(line.slice(argumentsAt)) : null
  if (!second) return { tag: match[1]!, name, argumentsAt }
  return {
    tag: match[1]!,
    name: `UID ${second[1]!.toUpperCase()}`,
    argumentsAt: argumentsAt + second[0].length,
  }
}

/** Errors: Farewell where a refused command is too long to be read to its end. */
export async function readCommand(input: Input, rules: ReadingRules): Promise<Incoming> {
  const lines: string[] = []
  const literals: Buffer[] = []
  let head: Head | null = null
  let tag: string | null = null
  let octets = 0
  let lineOctets = 0

  const refused = (refusal: Refusal): Incoming => ({
    type: 'refused',
    tag,
    name: head?.name ?? null,
    refusal,
  })

  for (;;) {
    let line = await input.line(rules.maxLine(head) - lineOctets)
    if (line.type === 'tooLong' && !head) line = await input.line(rules.maxLine(parseHead(line.start)))
    if (line.type === 'end') return { type: 'end' }
    const text = line.type === 'line' ? line.text : line.start
    if (lines.length === 0) {
      head = parseHead(text)
      const match = TAG.exec(text)
      // The start of a line that was cut off inside its first word is no tag.
      tag = match && (line.type === 'line' || match[0].endsWith(' ')) ? match[1]! : null
    }
    if (line.type === 'tooLong') {
      const tail = await input.skipLine(rules.maxSkip)
      if (tail === null) throw new Farewell('Command line too long')
      await skipCommand(input, tail, rules.maxSkip)
      return refused(bad('Command line too long'))
    }
    lines.push(text)
    lineOctets += text.length
    octets += text.length

    const announced = LITERAL.exec(text)
    if (!head) {
      await skipCommand(input, text, rules.maxSkip)
      return refused(bad(text === '' ? 'Empty command line' : 'A tag and a command name expected'))
    }
    if (!announced) return { type: 'command', head, text: { lines, literals }, arriving: null }
    if (rules.arrives(head, lines)) {
      const arriving = createArriving({ head, lines, literals }, input, rules)
      return { type: 'command', head, text: { lines, literals }, arriving }
    }

    const size = Number(announced[1])
    const synchronizing = announced[2] === ''
    const refusal = rules.admit(head, { size, synchronizing, before: octets })
    if (refusal) {
      await skipCommand(input, text, rules.maxSkip, refusal.code)
      return refused(refusal)
    }
    if (synchronizing) await rules.proceed()
    const literal = await input.exactly(size)
    if (literal === null) return { type: 'end' }
    literals.push(literal)
    octets += size
  }
}
