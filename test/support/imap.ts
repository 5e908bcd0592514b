import { ImapFlow } from 'imapflow'
import { PASSWORD, type Tandem } from './tandem.js'

/** An imapflow client that is logged in, with STARTTLS where the server offers it; closed when `t` ends. */
export async function openImap(
  t: { teardown(fn: () => unknown): void },
  tandem: Tandem,
  user: string,
  options: { implicitTls?: boolean } = {},
): Promise<ImapFlow> {
  const { host, port } = tandem.address(options.implicitTls ? 'imaps' : 'imap')
  const client = new ImapFlow({
    host,
    port,
    secure: options.implicitTls ?? false,
    auth: { user, pass: PASSWORD },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.close())
  return client
}
