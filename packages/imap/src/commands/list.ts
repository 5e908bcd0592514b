// LIST: RFC 3501 §6.3.8, RFC 9051 §6.3.9. \HasChildren: RFC 3348. The extended form: RFC 5258; its options are rows
// of list/options.ts.
import { bad, no } from '../refusal.js'
import { type Listed, renderListed } from '../render/listed.js'
import { createPattern, DELIMITER } from '../wire/mailbox-pattern.js'
import type { Parser } from '../wire/parser.js'
import { type Command, ok, type UserContext } from './command.js'
import { allNames, attributes, type FoundName, findNames, type Name } from './list/names.js'
import {
  RETURN_OPTIONS,
  type Responder,
  type ReturnOption,
  SELECTION_OPTIONS,
  type SelectionOption,
} from './list/options.js'

/** Patterns of one LIST: each is held against every name. */
const MAX_PATTERNS = 100

export const list: Command = {
  name: 'LIST',
  rfc: 'RFC 3501 §6.3.8',
  state: 'authenticated',
  async run(context) {
    const { args, session, untagged, output } = context
    const request = parseList(args)
    if (!request.isExtended && request.patterns[0] === '') {
      // Asks for the delimiter; our names have no root.
      untagged(`LIST (\\Noselect) "${DELIMITER}" ""`)
      return ok('LIST completed')
    }
    const { found, respond } = await read(context, request)
    for (const each of found) {
      output.text(renderListed('LIST', describe(each, request), session.isUtf8))
      // RFC 5819 §2: not of one that is there for the sake of those below it.
      if (each.isSelected && each.name.mailbox) {
        for (const responses of respond) output.text(responses(each.name.mailbox))
      }
    }
    return ok('LIST completed')
  },
}

/** All of it in one snapshot, in as many statements however many names there are. */
async function read(context: UserContext, { reference, patterns, selection, responders }: ListRequest) {
  const { account, principal } = context.user
  const selects = (name: Name) => selection.every((option) => option.selects?.(name) ?? true)
  // RFC 5258 §3: in an extended LIST an empty pattern matches nothing.
  const matchers = patterns.filter((pattern) => pattern !== '').map((each) => createPattern(reference, each))
  const isMatch = (path: string) => matchers.some((matches) => matches(path))
  return account.read(async (r) => {
    const mailboxes = await r.mailbox.list(principal.id)
    // Names without a mailbox can be selected as subscribed only.
    const subscriptions = has(selection, 'SUBSCRIBED') ? await r.mailbox.subscriptions(principal.id) : []
    const names = allNames(mailboxes, subscriptions)
    const found = findNames(names, isMatch, selects, has(selection, 'RECURSIVEMATCH'))
    const selected = found.flatMap(({ name, isSelected }) => (isSelected && name.mailbox) || [])
    const respond = await Promise.all(responders.map((responder) => responder(r, selected, context)))
    return { found, respond }
  })
}

function has(options: readonly { name: string }[], name: string): boolean {
  return options.some((option) => option.name === name)
}

/** The table of RFC 5258 §3.5. */
function describe({ name, hasSelectedBelow }: FoundName, { selection, returned }: ListRequest): Listed {
  const base = selection.filter((option) => option.kind === 'base')
  return {
    path: name.path,
    attributes: [...attributes(name), ...returned.flatMap((option) => option.attribute?.(name) ?? [])],
    extended: hasSelectedBelow ? [`"CHILDINFO" (${base.map((option) => `"${option.name}"`).join(' ')})`] : [],
  }
}

interface ListRequest {
  reference: string
  patterns: string[]
  /** Each once. */
  selection: SelectionOption[]
  returned: ReturnOption[]
  /** Of the return options that have further responses. */
  responders: Responder[]
  /** RFC 5258 §3: then an empty pattern asks for no delimiter. */
  isExtended: boolean
}

function parseList(args: Parser): ListRequest {
  args.sp()
  const hasSelection = args.peek() === '('
  const selection = hasSelection ? parseSelection(args) : []
  if (hasSelection) args.sp()
  const reference = args.mailbox()
  args.sp()
  const hasPatterns = args.peek() === '('
  const patterns = hasPatterns ? args.list(args.listMailbox, true) : [args.listMailbox()]
  if (patterns.length > MAX_PATTERNS) throw no(`LIST takes ${MAX_PATTERNS} patterns`, 'LIMIT')
  const hasReturn = args.more()
  const { returned, responders } = hasReturn ? parseReturn(args) : { returned: [], responders: [] }
  args.end()
  // RFC 5258 §3.1: SUBSCRIBED implies the return option.
  for (const { implies } of selection) {
    const option = RETURN_OPTIONS.find(({ name }) => name === implies)
    if (option && !returned.includes(option)) returned.push(option)
  }
  const isExtended = hasSelection || hasPatterns || hasReturn
  return { reference, patterns, selection, returned, responders, isExtended }
}

function parseSelection(args: Parser): SelectionOption[] {
  const selection = [...new Set(args.list(() => parseOption(args, SELECTION_OPTIONS), true))]
  // RFC 5258 §3.1, §6: RECURSIVEMATCH alone, or with independent options only, is BAD.
  const kinds = new Set(selection.map((option) => option.kind))
  if (kinds.has('modifier') && !kinds.has('base')) throw bad('RECURSIVEMATCH needs SUBSCRIBED beside it')
  return selection
}

function parseReturn(args: Parser): Pick<ListRequest, 'returned' | 'responders'> {
  if (args.keyword() !== 'RETURN') throw args.fail('RETURN')
  args.sp()
  const responders = new Map<ReturnOption, Responder>()
  const returned = args.list(() => {
    const option = parseOption(args, RETURN_OPTIONS)
    if (option.parse) responders.set(option, option.parse(args))
    return option
  }, true)
  return { returned: [...new Set(returned)], responders: [...responders.values()] }
}

function parseOption<T extends { name: string }>(args: Parser, known: readonly T[]): T {
  const name = args.keyword('an option')
  const option = known.find((each) => each.name === name)
  // RFC 5258 §3.
  if (!option) throw bad('An option of LIST that is not known')
  return option
}
