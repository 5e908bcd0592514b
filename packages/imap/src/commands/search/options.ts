// The result options of SEARCH: RFC 4731 §3.1, RFC 5182 §2.1, RFC 9051 §6.4.4. Pure.
import type { Parser } from '../../wire/parser.js'

export type SearchOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE'
export type SearchOptions = ReadonlySet<SearchOption>

const OPTIONS: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] satisfies SearchOption[]

/** What no option at all stands for (RFC 4731 §3.1). */
export const ALL_FOUND: SearchOptions = new Set(['ALL'])

/** `RETURN (…)` with the space before and after it; null, with the space before, where there is none. */
export function parseSearchOptions(args: Parser): SearchOptions | null {
  args.sp()
  if (args.peekAtom() !== 'RETURN') return null
  args.keyword()
  args.sp()
  const options = args.list(() => {
    const name = args.keyword('a result option')
    if (!OPTIONS.includes(name)) throw args.fail('a known result option')
    return name as SearchOption
  }, true)
  args.sp()
  return options.length === 0 ? ALL_FOUND : new Set(options)
}
