// Ends SMTP sessions whose login stands no more: at once, but for one whose message is being stored, which hears first
// what became of it.
import type { SessionEnd } from '@tandem/mailstore'
import type { SMTPServerSession } from 'smtp-server'
import { refusal, type SmtpError } from '../errors.js'
import type { Server } from '../smtp/server.js'

const REASONS: Record<SessionEnd, SmtpError> = {
  // RFC 5321 §3.8, RFC 3463 §3.8
  expired: refusal(421, '4.7.0', 'the login of this session is valid no more'),
  kicked: refusal(421, '4.7.0', 'an administrator has ended this session: log in again'),
}

export interface Endings {
  /** `begin`: Sessions.begin, for whoever logged in. */
  watch(session: SMTPServerSession, begin: (onEnd: (why: SessionEnd) => void) => () => void): void
  /** Stores a message. Errors: SmtpError 421 where the session has ended; what `work` throws. */
  during<T>(session: SMTPServerSession, work: () => Promise<T>): Promise<T>
  /** Sends those away that have ended and store nothing. */
  dismiss(): void
  /** The connection is closed. */
  forget(session: SMTPServerSession): void
}

export function createEndings(server: Pick<Server, 'connections'>): Endings {
  const watched = new Map<SMTPServerSession, () => void>()
  const ended = new Map<SMTPServerSession, SmtpError>()
  const storing = new Set<SMTPServerSession>()

  function dismiss(): void {
    if (ended.size === 0) return
    for (const connection of [...server.connections]) {
      const reason = ended.get(connection.session)
      if (!reason || storing.has(connection.session)) continue
      const { code, status, text } = reason.reply
      connection.send(code, `${status} ${text}`)
    }
  }

  return {
    watch(session, begin) {
      watched.get(session)?.()
      const onEnd = (why: SessionEnd) => {
        ended.set(session, REASONS[why])
        dismiss()
      }
      watched.set(session, begin(onEnd))
    },
    async during(session, work) {
      const reason = ended.get(session)
      if (reason) throw reason
      storing.add(session)
      return work().finally(() => storing.delete(session))
    },
    dismiss,
    forget(session) {
      watched.get(session)?.()
      watched.delete(session)
      ended.delete(session)
    },
  }
}
