import { createSecureContext, type SecureContext } from 'node:tls'
import { type GuardOptions, type Logger, type Mailstore, openMailstore } from '@tandem/mailstore'
import { createTestDatabase } from '@tandem/mailstore/testing'
import { generate } from 'selfsigned'
import { createImapListener, type ImapListener, type ImapListenerOptions } from '../../src/index.js'
import { type Client, type ConnectOptions, connect, PASSWORD, type Test } from './client.js'

export interface TestServer {
  port: number
  mailstore: Mailstore
  listener: ImapListener
  /** What was logged as an error; a test that expects none compares with []. */
  errors: { fields: object; message: string }[]
  /** A connection that is not logged in. */
  connect(options?: ConnectOptions): Promise<Client>
  /** A connection of alice's. */
  loggedIn(): Promise<Client>
  /** Two connections of alice's with the mailbox selected. */
  two(mailbox?: string): Promise<[Client, Client]>
}

export interface TestStore {
  mailstore: Mailstore
  log: Logger
  errors: TestServer['errors']
}

/** A store on a fresh database with alice@example.org in it, for several listeners; nobody waits for a failed login. */
export async function openStore(t: Test, guard: GuardOptions = {}): Promise<TestStore> {
  const { url } = await createTestDatabase(t)
  const errors: TestServer['errors'] = []
  const quiet = () => {}
  const log: Logger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields, message) => {
      errors.push({ fields, message })
    },
  }
  const mailstore = await openMailstore({ url, log, guard: { pause: async () => {}, ...guard } })
  t.teardown(() => mailstore.close())
  await mailstore.directory.createAccount('alice@example.org', PASSWORD)
  return { mailstore, log, errors }
}

/** A listener on `store`, or on one of its own. */
export async function startServer(
  t: Test,
  options: Partial<ImapListenerOptions> = {},
  store?: TestStore,
): Promise<TestServer> {
  const { mailstore, log, errors } = store ?? (await openStore(t))
  const listener = createImapListener({
    mailstore,
    log,
    host: '127.0.0.1',
    port: 0,
    implicitTls: false,
    appendLimit: 1024 * 1024,
    ...options,
  })
  const { port } = await listener.listen()
  t.teardown(() => listener.close())

  async function loggedIn(): Promise<Client> {
    const client = await connect(t, port)
    await client.login()
    return client
  }
  return {
    port,
    mailstore,
    listener,
    errors,
    connect: (clientOptions) => connect(t, port, clientOptions),
    loggedIn,
    async two(mailbox = 'INBOX') {
      const pair: [Client, Client] = [await loggedIn(), await loggedIn()]
      for (const client of pair) await client.ok(`SELECT ${mailbox}`)
      return pair
    },
  }
}

let context: Promise<SecureContext> | null = null

/** A certificate for tests, made once a process. */
export function testCertificate(): Promise<SecureContext> {
  context ??= generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' }).then((pems) =>
    createSecureContext({ key: pems.private, cert: pems.cert }),
  )
  return context
}

/** A message with a subject and a body. */
export const message = (subject: string, body = `About ${subject}.`) =>
  `From: Bob <bob@example.org>\r\nTo: alice@example.org\r\nSubject: ${subject}\r\n` +
  `Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <${subject}@example.org>\r\n\r\n${body}\r\n`
