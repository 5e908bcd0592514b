// Which program is at the other end, for `mailstore.clients`.
import type { Principal } from '@tandem/mailstore'
import type { Session } from './session.js'

export interface ClientNote {
  /** From ID: "name version"; null while it said nothing. */
  client: string | null
  principal: Principal | null
}

/**
 * After a command: the program was seen. Clients send ID after LOGIN, if at all: one that said nothing is noted as
 * such once it selects a mailbox, or is about to go.
 */
export function noteClient(session: Session, { isLeaving = false } = {}): void {
  const { client, principal } = session.use
  if (!principal || (client === null && session.state.name !== 'selected' && !isLeaving)) return
  const { id: principalId, accountId, credentialId } = principal
  const who = { accountId, principalId, ...(credentialId === undefined ? {} : { credentialId }) }
  session.settings.mailstore.clients.saw({ ...who, protocol: 'imap', client })
}

/** RFC 2971 §3.3: name and version, or what else tells something. Null where nothing does. */
export function clientName(fields: ReadonlyMap<string, string | null>): string | null {
  const said = [fields.get('name') ?? fields.get('vendor'), fields.get('version')]
  return said.filter((text) => text).join(' ') || null
}
