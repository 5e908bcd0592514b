// CONDSTORE-aware sessions: RFC 7162 §3.1. `CONDSTORE` is among what is enabled, whichever command enabled it.
import type { Context } from '../commands/command.js'

/**
 * A CONDSTORE-enabling command came: from here on, FETCH responses that nobody asked for have the UID and the modseq.
 * The first one is answered with the HIGHESTMODSEQ of the mailbox that is selected.
 */
export function becomeAware({ session, untagged }: Pick<Context, 'session' | 'untagged'>): void {
  const { enabled, state } = session
  if (enabled.has('CONDSTORE')) return
  enabled.add('CONDSTORE')
  if (state.name !== 'selected') return
  untagged(highestModseqResponse(state.mailbox.told.synced))
}

/** An untagged response, without `* ` and CRLF. */
export const highestModseqResponse = (modseq: number) => `OK [HIGHESTMODSEQ ${modseq}] The highest modseq`
