// The modifiers of FETCH: RFC 4466 §2.4; CHANGEDSINCE and VANISHED: RFC 7162 §3.1.4.1, §3.2.6. Pure.
import { bad } from '../../refusal.js'
import type { Parser } from '../../wire/parser.js'

export interface FetchModifiers {
  changedSince: number | null
  vanished: boolean
}

/** What follows the items, to the end of the command. VANISHED is BAD but in a UID FETCH after ENABLE QRESYNC. */
export function parseFetchModifiers(
  args: Parser,
  { uid, isQresyncEnabled }: { uid: boolean; isQresyncEnabled: boolean },
): FetchModifiers {
  const modifiers: FetchModifiers = { changedSince: null, vanished: false }
  if (args.more()) {
    args.list(() => {
      const name = args.keyword('a modifier')
      if (name === 'CHANGEDSINCE') {
        args.sp()
        modifiers.changedSince = args.modseq()
      } else if (name === 'VANISHED') modifiers.vanished = true
      else throw args.fail('CHANGEDSINCE or VANISHED')
    }, true)
  }
  args.end()
  if (modifiers.vanished) {
    if (!uid) throw bad('VANISHED belongs to UID FETCH')
    if (!isQresyncEnabled) throw bad('VANISHED needs ENABLE QRESYNC before')
    if (modifiers.changedSince === null) throw bad('VANISHED needs CHANGEDSINCE')
  }
  return modifiers
}
