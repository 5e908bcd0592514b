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
  untagged(`OK [HIGHESTMODSEQ ${state.mailbox.told.synced}] The highest modseq`)
}
