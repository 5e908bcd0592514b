// What was said, by whom, where: the lines of both protocols that a failure ends with.

/** Characters of one line. */
const WIDTH = 300

export interface Script {
  /** `who`: 'imap 1 at A'. `what`: as sent; cut to a line's length. */
  sent(who: string, what: string): void
  answered(who: string, what: string): void
  /** What happened to the surroundings: 'A is killed'. */
  note(what: string): void
  toString(): string
}

export function createScript(): Script {
  const lines: string[] = []
  const add = (line: string) => {
    const flat = line.replace(/\s+/g, ' ')
    lines.push(flat.length > WIDTH ? `${flat.slice(0, WIDTH - 2)} …` : flat)
  }
  return {
    sent: (who, what) => add(`${who} > ${what}`),
    answered: (who, what) => add(`${who} < ${what}`),
    note: (what) => add(`-- ${what}`),
    toString: () => lines.join('\n'),
  }
}
