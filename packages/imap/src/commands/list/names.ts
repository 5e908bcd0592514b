// Which names LIST gives: RFC 5258 §3.3, the table of §3.5. Pure.
import type { Mailbox } from '@tandem/mailstore'
import { specialUse } from '../../render/special-use.js'
import { lineage, type Pattern } from '../../wire/mailbox-pattern.js'

/** A mailbox, or a name without one. */
export interface Name {
  path: string
  mailbox: Mailbox | null
  hasChildren: boolean
  isSubscribed: boolean
}

export interface FoundName {
  name: Name
  /** Otherwise it is there for the sake of those below it. */
  isSelected: boolean
  /** A name below it is selected, whether or not the pattern matches that. */
  hasSelectedBelow: boolean
}

/** The mailboxes in their order, then the names that are subscribed without a mailbox. */
export function allNames(mailboxes: readonly Mailbox[], subscriptions: readonly string[]): Name[] {
  const parents = new Set(mailboxes.map((mailbox) => mailbox.parentId))
  const paths = new Set(mailboxes.map((mailbox) => mailbox.path))
  const existing = mailboxes.map((mailbox) => ({
    path: mailbox.path,
    mailbox,
    hasChildren: parents.has(mailbox.id),
    isSubscribed: mailbox.isSubscribed,
  }))
  const others = subscriptions.filter((path) => !paths.has(path)).map((path) => withoutMailbox(path, true))
  return [...existing, ...others]
}

/** A mailbox has its parents, so a name without one has no children either. */
function withoutMailbox(path: string, isSubscribed: boolean): Name {
  return { path, mailbox: null, hasChildren: false, isSubscribed }
}

/**
 * Those of `names` that match and are selected. `recursive` (RECURSIVEMATCH): also those that match and have a selected
 * one below them that does not match, whether there is a mailbox of that name or not.
 */
export function findNames(
  names: readonly Name[],
  isMatch: Pattern,
  selects: (name: Name) => boolean,
  recursive: boolean,
): FoundName[] {
  const selected = new Set(names.filter(selects))
  const above = new Set<string>()
  const needed = new Set<string>()
  if (recursive) {
    for (const { path } of selected) {
      const ancestors = lineage(path).slice(0, -1)
      const isShown = isMatch(path)
      for (const ancestor of ancestors) {
        above.add(ancestor)
        if (!isShown) needed.add(ancestor)
      }
    }
  }
  const known = new Set(names.map((name) => name.path))
  const missing = [...needed].filter((path) => !known.has(path)).map((path) => withoutMailbox(path, false))
  return [...names, ...missing]
    .filter((name) => (selected.has(name) || needed.has(name.path)) && isMatch(name.path))
    .map((name) => ({ name, isSelected: selected.has(name), hasSelectedBelow: above.has(name.path) }))
}

/** What every LIST response says of a name. */
export function attributes({ mailbox, hasChildren }: Name): string[] {
  const use = mailbox && specialUse(mailbox)
  return [
    ...(mailbox ? [] : ['\\NonExistent']),
    hasChildren ? '\\HasChildren' : '\\HasNoChildren',
    ...(use ? [use] : []),
  ]
}
