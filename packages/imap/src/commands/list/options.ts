// The options of LIST: one row each, with where it is specified. RFC 5258 §3.1, §3.2; RFC 9051 §6.3.9.1, §6.3.9.2.
import type { Mailbox, Reader } from '@tandem/mailstore'
import { specialUse } from '../../render/special-use.js'
import type { Parser } from '../../wire/parser.js'
import type { UserContext } from '../command.js'
import { parseStatusItems, prepareStatus } from '../status.js'
import type { Name } from './names.js'

/** Which names are listed; all that are given have to agree. */
export interface SelectionOption {
  name: string
  rfc: string
  /** RFC 5258 §6: a modifier needs a base option beside it, an independent one is none. */
  kind: 'base' | 'independent' | 'modifier'
  /** Absent: every name. */
  selects?(name: Name): boolean
  /** Base options: the return option that is implied. */
  implies?: string
}

/** What is said of them. Children and special uses are in every LIST response. */
export interface ReturnOption {
  name: string
  rfc: string
  attribute?(name: Name): string | null
  /** Reads the option's value; gives what answers for mailboxes. */
  parse?(args: Parser): Responder
}

/** Reads what it needs of all the mailboxes in a few statements; gives the responses of each, ends of line included. */
export type Responder = (
  r: Reader,
  mailboxes: readonly Mailbox[],
  context: UserContext,
) => Promise<(mailbox: Mailbox) => string>

export const SELECTION_OPTIONS: readonly SelectionOption[] = [
  {
    name: 'SUBSCRIBED',
    rfc: 'RFC 5258 §3.1',
    kind: 'base',
    selects: (name) => name.isSubscribed,
    implies: 'SUBSCRIBED',
  },
  // There are no remote mailboxes to add.
  { name: 'REMOTE', rfc: 'RFC 5258 §3.1', kind: 'independent' },
  { name: 'RECURSIVEMATCH', rfc: 'RFC 5258 §3.1', kind: 'modifier' },
  {
    name: 'SPECIAL-USE',
    rfc: 'RFC 6154 §2',
    kind: 'independent',
    selects: ({ mailbox }) => mailbox !== null && specialUse(mailbox) !== null,
  },
]

export const RETURN_OPTIONS: readonly ReturnOption[] = [
  {
    name: 'SUBSCRIBED',
    rfc: 'RFC 5258 §3.2',
    attribute: (name) => (name.isSubscribed ? '\\Subscribed' : null),
  },
  { name: 'CHILDREN', rfc: 'RFC 5258 §4' },
  { name: 'SPECIAL-USE', rfc: 'RFC 6154 §2' },
  {
    name: 'STATUS',
    rfc: 'RFC 5819 §2',
    parse(args) {
      args.sp()
      const items = parseStatusItems(args)
      return (r, mailboxes, context) => prepareStatus(r, mailboxes, items, context)
    },
  },
]
