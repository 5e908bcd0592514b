/**
 * Which sessions are open in this process, and by which login. A change of a login is announced by NOTIFY, in the
 * transaction that makes it; whoever has sessions of that account then looks whether their login still stands. A lost
 * notice is made good by the sweep of announcing.
 */
import { CHANNEL, ENDING } from '../changes/announcer.js'
import type { Sql, TransactionSql } from '../db/connect.js'
import type { Principal } from '../directory/types.js'
import type { Logger } from '../types.js'
import type { SessionEnd, Sessions } from './types.js'

/** Sessions that one statement looks after. */
const AT_ONCE = 1_000

export interface SessionRoom extends Sessions {
  /** Logins of that account have changed. */
  changed(accountId: number): void
  /** Notices may have been lost. */
  lookAgain(): void
  /** Waits for what runs. */
  close(): Promise<void>
}

interface Open {
  principal: Principal
  login: NonNullable<Principal['login']>
  onEnd: (why: SessionEnd) => void
}

/** In the transaction that changes logins of the account: rare enough for the lock that a NOTIFY takes at COMMIT. */
export async function announceEnding(tx: TransactionSql, accountId: number): Promise<void> {
  await tx`select pg_notify(${CHANNEL}, ${`${ENDING} ${accountId}`})`
}

/** `sql`: the pool of one connection that announcing uses, so that nothing waits behind commands. */
export function createSessions(sql: Sql, log: Logger): SessionRoom {
  const open = new Map<number, Set<Open>>()
  const due = new Set<Open>()
  let looking: Promise<void> | null = null
  let isClosed = false

  function forget(session: Open): void {
    const { accountId } = session.principal
    const others = open.get(accountId)
    others?.delete(session)
    if (others?.size === 0) open.delete(accountId)
    due.delete(session)
  }

  function look(sessions: Iterable<Open>): void {
    for (const session of sessions) due.add(session)
    if (due.size > 0 && !isClosed) looking ??= lookAtAll()
  }

  async function lookAtAll(): Promise<void> {
    try {
      while (due.size > 0) {
        const sessions = [...due].slice(0, AT_ONCE)
        for (const session of sessions) due.delete(session)
        await lookAt(sessions)
      }
    } catch (error) {
      // The next sweep takes all of them.
      due.clear()
      log.warn({ err: error }, 'cannot see whether the logins of sessions still stand; trying again')
    } finally {
      looking = null
    }
  }

  async function lookAt(sessions: readonly Open[]): Promise<void> {
    const names = [...new Set(sessions.map(({ login }) => login.name))]
    const rows = await sql<{ name: string; credentialId: number; generation: number }[]>`
      select login.name, c.credential_id as "credentialId", c.generation
      from login join credential c using (account_id, principal_id)
      where login.name = any(${names}::text[])`
    const standing = new Map(rows.map((row) => [row.name, row]))
    for (const session of sessions) {
      const { login, principal, onEnd } = session
      const now = standing.get(login.name)
      if (now?.credentialId === principal.credentialId && now?.generation === login.generation) continue
      // It may have ended by itself meanwhile.
      if (!open.get(principal.accountId)?.has(session)) continue
      forget(session)
      try {
        onEnd(now?.credentialId === principal.credentialId ? 'kicked' : 'expired')
      } catch (error) {
        log.error({ err: error, accountId: principal.accountId }, 'a session could not be ended')
      }
    }
  }

  return {
    begin(principal, onEnd) {
      const { login, accountId } = principal
      if (!login) return () => {}
      const session = { principal, login, onEnd }
      open.set(accountId, (open.get(accountId) ?? new Set()).add(session))
      // A login that changed since it was judged was announced before anybody here listened for it.
      look([session])
      return () => forget(session)
    },
    changed: (accountId) => look(open.get(accountId) ?? []),
    lookAgain() {
      for (const sessions of open.values()) look(sessions)
    },
    async close() {
      isClosed = true
      due.clear()
      await looking
    },
  }
}
