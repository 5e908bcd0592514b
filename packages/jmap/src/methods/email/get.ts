// Email/get: RFC 8621 §4.2, RFC 8620 §5.1.
import type { Account } from '@tandem/mailstore'
import { isBeyondBounds } from '@tandem/mime'
import { allOf, DeferredList } from '../../api/deferred.js'
import { createTurns } from '../../api/turns.js'
import {
  type EmailSelection,
  neededRanges,
  renderEmail,
  renderedEmail,
  selectEmail,
} from '../../objects/email.js'
import { type Pieces, UNREADABLE } from '../../objects/octets.js'
import { formatState } from '../../objects/state.js'
import { allEmails } from '../all-emails.js'
import { accountMethod } from '../method.js'
import { GET_ARGUMENTS, wantedIds } from '../standard.js'
import { BODY_ARGUMENTS, bodyValuesWanted } from './body-arguments.js'
import { octetsNeeded, type Reading, readInGroups } from './octets.js'

const ARGUMENTS = {
  ...GET_ARGUMENTS,
  ...BODY_ARGUMENTS,
}

/** Octets of messages beyond which the list is made while it is sent. */
const MAX_HELD = 1024 * 1024

export const emailGet = accountMethod(ARGUMENTS, async ({ account, limits, octets }, args) => {
  const selection = selectEmail(args.properties, args.bodyProperties, bodyValuesWanted(args))
  const wanted = wantedIds('email', args.ids, limits)
  const { marks, emails } = await account.read(async (r) => ({
    marks: r.marks,
    emails: wanted ? await r.email.get(wanted.ids) : await allEmails(r, limits, { collapseThreads: false }),
  }))
  // Hidden from JMAP where no membership is shown (RFC 8621 §4.1.1).
  const visible = emails.filter(({ mailboxIds }) => mailboxIds.length > 0)

  // Bytes are read after the snapshot is closed: content never changes, and to wait for a second connection
  // while holding one could leave every request waiting.
  const readings = visible.map((email) => ({ email, ranges: neededRanges(email, selection) }))
  const size = readings.reduce((sum, { ranges }) => sum + octetsNeeded(ranges), 0)
  const pieces = () => render(account, readings, selection)
  const isHeld = size === 0 || (size <= MAX_HELD && octets.take(size))
  return {
    state: formatState(marks.email),
    list: isHeld ? await allOf(pieces()) : new DeferredList(size, pieces),
    notFound: wanted?.notFound(visible.map(({ id }) => id)) ?? [],
  }
})

async function* render(
  account: Account,
  readings: readonly Reading[],
  selection: EmailSelection,
): AsyncGenerator<Record<string, unknown>[]> {
  const turn = createTurns()
  for await (const group of readInGroups(account, readings)) {
    for (const message of group) {
      yield [await renderOne(account, message, selection)]
      await turn()
    }
  }
}

async function renderOne(
  { reading }: Account,
  { email, bytes, starts }: Reading & Pieces,
  selection: EmailSelection,
): Promise<Record<string, unknown>> {
  try {
    return await reading.run(renderedEmail, bytes, starts, email, selection)
  } catch (error) {
    if (!isBeyondBounds(error)) throw error
    return renderEmail(email, selection, UNREADABLE)
  }
}
