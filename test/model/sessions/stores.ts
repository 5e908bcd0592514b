// What a client knows of its own STORE before it is answered: which messages it names, and what becomes of their flags.
import type { Known } from '@tandem/imap/testing'

export interface Stored {
  uids: readonly number[]
  isSilent: boolean
  isConditional: boolean
  change: (flags: string[]) => string[]
}

const STORE = /^(UID )?STORE (\S+) (\(UNCHANGEDSINCE \d+\) )?([+-]?)FLAGS(\.SILENT)? (?:\(([^)]*)\)|(\S.*))$/i

/** Null where it is no STORE. */
export function readStore(command: string, messages: readonly Known[]): Stored | null {
  const match = STORE.exec(command)
  if (!match) return null
  const [, byUid, set, condition, sign, silent, list, bare] = match
  const flags = (list ?? bare!).split(' ').filter(Boolean)
  const lower = flags.map((flag) => flag.toLowerCase())
  return {
    uids: byUid
      ? namedUids(set!, messages)
      : namedPlaces(set!, messages.length).map((n) => messages[n - 1]!.uid),
    isSilent: silent !== undefined,
    isConditional: condition !== undefined,
    change(old) {
      if (sign === '') return flags
      const others = old.filter((flag) => !lower.includes(flag))
      return sign === '+' ? [...others, ...flags] : others
    },
  }
}

const rangesOf = (set: string, last: number): [from: number, to: number][] =>
  set.split(',').map((member) => {
    const ends = member.split(':').map((end) => (end === '*' ? last : Number(end)))
    return [Math.min(...ends), Math.max(...ends)]
  })

function namedUids(set: string, messages: readonly Known[]): number[] {
  const ranges = rangesOf(set, Math.max(0, ...messages.map(({ uid }) => uid)))
  return messages.map(({ uid }) => uid).filter((uid) => ranges.some(([from, to]) => from <= uid && uid <= to))
}

const namedPlaces = (set: string, count: number): number[] =>
  rangesOf(set, count).flatMap(([from, to]) =>
    Array.from({ length: Math.max(0, Math.min(to, count) - from + 1) }, (_, index) => from + index),
  )
