// STARTTLS: RFC 3501 §6.2.1.
import { bad, no } from '../refusal.js'
import { type Command, ok } from './command.js'

export const starttls: Command = {
  name: 'STARTTLS',
  rfc: 'RFC 3501 §6.2.1',
  state: 'notAuthenticated',
  async run({ args, session }) {
    args.end()
    const { tls } = session.settings
    if (session.connection.isSecure) throw bad('TLS is active already')
    if (!tls) throw no('TLS is not available', 'UNAVAILABLE')
    const context = tls.getSecureContext()
    return {
      ...ok('Begin TLS now'),
      afterwards() {
        // Whoever said it in plain text may have been somebody else.
        session.use.client = null
        session.connection.startTls(context)
      },
    }
  },
}
