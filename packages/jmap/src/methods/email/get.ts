// Email/get: RFC 8621 §4.2, RFC 8620 §5.1.
import type { Email } from '@tandem/mailstore'
import { MethodError } from '../../errors.js'
import { neededRanges, renderEmail, selectEmail } from '../../objects/email.js'
import { formatState } from '../../objects/state.js'
import { allEmails } from '../all-emails.js'
import { type AccountContext, accountMethod } from '../method.js'
import { GET_ARGUMENTS, wantedIds } from '../standard.js'
import { BODY_ARGUMENTS, bodyValuesWanted } from './body-arguments.js'
import { readOctets } from './octets.js'

const ARGUMENTS = {
  ...GET_ARGUMENTS,
  ...BODY_ARGUMENTS,
}

/** Messages whose bytes are held in memory at a time. */
const AT_A_TIME = 4

export const emailGet = accountMethod(ARGUMENTS, async (context, args) => {
  const { account, limits } = context
  const selection = selectEmail(args.properties, args.bodyProperties, bodyValuesWanted(args))
  const wanted = wantedIds('email', args.ids, limits)
  const { marks, emails } = await account.read(async (r) => ({
    marks: r.marks,
    emails: wanted ? await r.email.get(wanted.ids) : await allEmails(r, limits, { collapseThreads: false }),
  }))
  // Hidden from JMAP where no membership is shown (RFC 8621 §4.1.1).
  const visible = emails.filter(({ mailboxIds }) => mailboxIds.length > 0)

  const plans = visible.map((email) => ({ email, ranges: neededRanges(email, selection) }))
  takeOctets(context, plans)
  // Bytes are read after the snapshot is closed: content never changes, and to wait for a second connection
  // while holding one could leave every request waiting.
  const list: Record<string, unknown>[] = []
  for (let at = 0; at < plans.length; at += AT_A_TIME) {
    const rendered = plans.slice(at, at + AT_A_TIME).map(async ({ email, ranges }) => {
      return renderEmail(email, selection, await readOctets(account, email, ranges))
    })
    list.push(...(await Promise.all(rendered)))
  }
  return {
    state: formatState(marks.email),
    list,
    notFound: wanted?.notFound(visible.map(({ id }) => id)) ?? [],
  }
})

/** Errors: requestTooLarge, so that a client asks for fewer (RFC 8620 §5.1). */
function takeOctets(
  { octets }: AccountContext,
  plans: readonly { email: Email; ranges: readonly { start: number; end: number }[] }[],
): void {
  for (const { ranges } of plans) {
    const size = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    if (size > 0 && !octets.take(size)) {
      throw new MethodError(
        'requestTooLarge',
        'these bodies are too much for one request; ask for fewer emails',
      )
    }
  }
}
