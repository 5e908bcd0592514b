// LSUB: RFC 3501 §6.3.9.
import { renderListed } from '../render/listed.js'
import { createPattern, DELIMITER, lineage, type Pattern } from '../wire/mailbox-pattern.js'
import { type Command, ok } from './command.js'

export const lsub: Command = {
  name: 'LSUB',
  rfc: 'RFC 3501 §6.3.9',
  state: 'authenticated',
  async run({ args, session, user, untagged, output }) {
    args.sp()
    const reference = args.mailbox()
    args.sp()
    const pattern = args.listMailbox()
    args.end()
    if (pattern === '') {
      untagged(`LSUB (\\Noselect) "${DELIMITER}" ""`)
      return ok('LSUB completed')
    }
    const paths = await user.account.read((r) => r.mailbox.subscriptions(user.principal.id))
    const found = subscribedMatches(paths, createPattern(reference, pattern), pattern.endsWith('%'))
    for (const [path, isSubscribed] of found) {
      const attributes = isSubscribed ? [] : ['\\Noselect']
      output.text(renderListed('LSUB', { attributes, path }, session.isUtf8))
    }
    return ok('LSUB completed')
  },
}

/**
 * The names to show, with whether they are subscribed. After `%`, what matches is also shown for the sake of a
 * subscribed name below it ("A "%" wildcard to LSUB must return foo, not foo/bar").
 */
export function subscribedMatches(
  paths: readonly string[],
  isMatch: Pattern,
  endsWithPercent: boolean,
): Map<string, boolean> {
  const found = new Map<string, boolean>()
  const subscribed = new Set(paths)
  for (const path of paths) {
    const candidates = endsWithPercent ? lineage(path) : [path]
    for (const candidate of candidates) {
      if (isMatch(candidate)) found.set(candidate, subscribed.has(candidate))
    }
  }
  return found
}
