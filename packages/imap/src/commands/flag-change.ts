// Flags a client sends, in the store's words.
import type { FlagChange } from '@tandem/mailstore'
import { no } from '../refusal.js'
import { SYSTEM_FLAGS } from '../render/flags.js'
import type { Parser } from '../wire/parser.js'

/** How JMAP spells the system flags (RFC 8621 §4.1.1). As IMAP keywords they would be flags beside those flags. */
const RESERVED = new Set(SYSTEM_FLAGS.flatMap(({ keyword }) => keyword ?? []) as string[])

/** Errors: Refusal for a keyword that can't be set. Unknown `\Flags` are ignored, as RFC 3501 §7.1 allows. */
export function toFlagChange(mode: FlagChange['mode'], flags: readonly string[]): FlagChange {
  const keywords: string[] = []
  let deleted = false
  for (const flag of flags) {
    if (flag === '\\Deleted') deleted = true
    else if (flag.startsWith('\\')) {
      const system = SYSTEM_FLAGS.find(({ name }) => name === flag)
      if (system?.keyword) keywords.push(system.keyword)
    } else if (RESERVED.has(flag.toLowerCase())) {
      throw no(
        `${flag} is a keyword of JMAP: the flag is \\${flag[1]!.toUpperCase()}${flag.slice(2)}`,
        'CANNOT',
      )
    } else keywords.push(flag)
  }
  return { mode, keywords, deleted }
}

/** `flag-list`, or the bare flags that STORE takes too. */
export function parseFlags(args: Parser): string[] {
  if (args.peek() === '(') return args.list(args.flag, true)
  const flags = [args.flag()]
  while (args.more()) flags.push(args.flag())
  return flags
}
