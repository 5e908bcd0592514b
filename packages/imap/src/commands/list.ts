// LIST: RFC 3501 §6.3.8. \HasChildren: RFC 3348. Special uses, with the options that go with them: RFC 6154 §2, in the
// syntax of RFC 5258 §6. One row in each table of options takes a further one.
import type { Mailbox, Role } from '@tandem/mailstore'
import { bad } from '../refusal.js'
import { encodeAString } from '../wire/encode.js'
import { createPattern, DELIMITER } from '../wire/mailbox-pattern.js'
import { encodeMailboxName } from '../wire/mutf7.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok } from './command.js'

/** RFC 6154 §2; \Important: RFC 8457 §4. INBOX needs none. */
const SPECIAL_USE: Readonly<Record<Role, string | null>> = {
  inbox: null,
  all: '\\All',
  archive: '\\Archive',
  drafts: '\\Drafts',
  flagged: '\\Flagged',
  important: '\\Important',
  junk: '\\Junk',
  sent: '\\Sent',
  trash: '\\Trash',
}

/** Which mailboxes are listed; all the options given have to agree. */
const SELECTION_OPTIONS: Readonly<Record<string, (mailbox: Mailbox) => boolean>> = {
  'SPECIAL-USE': (mailbox) => specialUse(mailbox) !== null,
}

/** What is said of them. Special uses are shown in every LIST response (RFC 6154 §2 allows it). */
const RETURN_OPTIONS: ReadonlySet<string> = new Set(['SPECIAL-USE'])

export const list: Command = {
  name: 'LIST',
  rfc: 'RFC 3501 §6.3.8',
  state: 'authenticated',
  async run({ args, user, untagged, output }) {
    const request = parseList(args)
    if (request.pattern === '' && !request.isExtended) {
      // Asks for the delimiter; our names have no root.
      untagged(`LIST (\\Noselect) "${DELIMITER}" ""`)
      return ok('LIST completed')
    }
    const mailboxes = await user.account.read((r) => r.mailbox.list())
    const parents = new Set(mailboxes.map((mailbox) => mailbox.parentId))
    const isMatch = createPattern(request.reference, request.pattern)
    for (const mailbox of mailboxes) {
      if (!isMatch(mailbox.path)) continue
      if (!request.selection.every((option) => SELECTION_OPTIONS[option]!(mailbox))) continue
      output.text(renderListed('LIST', attributes(mailbox, parents.has(mailbox.id)), mailbox.path))
    }
    return ok('LIST completed')
  },
}

interface ListRequest {
  reference: string
  pattern: string
  selection: string[]
  /** RFC 5258 §3: then an empty pattern asks for no delimiter. */
  isExtended: boolean
}

function parseList(args: Parser): ListRequest {
  args.sp()
  const hasSelection = args.peek() === '('
  const selection = hasSelection ? args.list(() => parseOption(args, SELECTION_OPTIONS), true) : []
  if (hasSelection) args.sp()
  const reference = args.mailbox()
  args.sp()
  const pattern = args.listMailbox()
  const hasReturn = args.accept(' ')
  if (hasReturn) {
    if (args.keyword() !== 'RETURN') throw args.fail('RETURN')
    args.sp()
    args.list(() => parseOption(args, RETURN_OPTIONS), true)
  }
  args.end()
  return { reference, pattern, selection, isExtended: hasSelection || hasReturn }
}

function parseOption(args: Parser, known: ReadonlySet<string> | Readonly<Record<string, unknown>>): string {
  const option = args.keyword('an option')
  const isKnown = known instanceof Set ? known.has(option) : Object.hasOwn(known, option)
  // RFC 5258 §3.
  if (!isKnown) throw bad('An option of LIST that is not known')
  return option
}

function attributes(mailbox: Mailbox, hasChildren: boolean): string[] {
  const use = specialUse(mailbox)
  return [hasChildren ? '\\HasChildren' : '\\HasNoChildren', ...(use ? [use] : [])]
}

function specialUse(mailbox: Mailbox): string | null {
  return mailbox.role && SPECIAL_USE[mailbox.role]
}

/** A LIST or LSUB response (RFC 3501 §9, mailbox-list). */
export function renderListed(response: 'LIST' | 'LSUB', names: readonly string[], path: string): string {
  return `* ${response} (${names.join(' ')}) "${DELIMITER}" ${encodeAString(encodeMailboxName(path))}\r\n`
}
