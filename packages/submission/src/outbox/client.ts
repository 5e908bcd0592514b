// One SMTP transaction with one host, as a client: nodemailer's, with the parameters of RFC 3461 and RFC 6531.
import { Readable } from 'node:stream'
import SMTPConnection, { type SMTPEnvelope, type SMTPError } from 'nodemailer/lib/smtp-connection'
import type { Obstacle } from './forms/plan.js'
import { contentOf, type Message, sizeOf } from './message.js'
import type { Outgoing } from './outgoing.js'
import { isBeyondAscii, wireForm } from './wire-form.js'

export type ClientOptions = ConstructorParameters<typeof SMTPConnection>[0]

export interface Credentials {
  user: string
  pass: string
}

/** How a transaction ended. */
export interface Ending {
  /** The reply to the message, or what ended it before. */
  last: string | SMTPError
  /** By recipient, as given: what was said of that one alone. */
  refused: ReadonlyMap<string, SMTPError>
  /** Whether it came as far as MAIL: before that, another host may be tried. */
  hasBegun: boolean
  /** The whole message went out, and no reply came: it may have been taken. */
  isUnknown: boolean
  /** STARTTLS was offered, and came to nothing. */
  isTlsBroken: boolean
  /** Whether the host reports on delivery itself (RFC 3461). */
  speaksDsn: boolean
}

/** What `nodemailer` writes into the envelope it is given. */
type Envelope = SMTPEnvelope & { rejectedErrors?: SMTPError[] }

/** Not of its public face; the version is pinned, and a test reads what goes over the wire. */
interface Internals {
  _sendCommand(line: string, shown?: string): void
  _supportedExtensions: string[]
}

const QUIT_TIMEOUT = 5000

/** Never rejects; an aborted one ends with an error. */
export async function transact(
  options: ClientOptions,
  auth: Credentials | null,
  message: Outgoing,
  signal: AbortSignal,
): Promise<Ending> {
  const connection = new SMTPConnection(options) as SMTPConnection & Internals
  const envelope: Envelope = {
    from: wireForm(message.mailFrom),
    to: message.recipients.map(({ address }) => wireForm(address)),
  }
  const state = { hasBegun: false, isGiven: false, hasAskedTls: false, isUtf8: false }
  addParameters(connection, message, state)
  const last = await converse(connection, auth, envelope, message, state, signal).catch(
    (error: unknown) => error as SMTPError,
  )
  if (typeof last === 'string') connection.quit()
  // RFC 5321 §4.1.1.10 has us wait for the reply to QUIT; not for long.
  setTimeout(() => connection.close(), typeof last === 'string' ? QUIT_TIMEOUT : 0).unref()
  const refusals = envelope.rejectedErrors ?? []
  return {
    last,
    refused: new Map(
      message.recipients.flatMap(({ address }) => {
        const own = refusals.find(({ recipient }) => recipient === wireForm(address))
        return own ? [[address, own] as const] : []
      }),
    ),
    hasBegun: state.hasBegun,
    isUnknown: state.isGiven && typeof last !== 'string' && !last.responseCode,
    isTlsBroken: typeof last !== 'string' && state.hasAskedTls && !connection.secure,
    speaksDsn: connection._supportedExtensions.includes('DSN'),
  }
}

/** Greeting to end of data: the last reply. Rejects with what ended it before. */
function converse(
  connection: SMTPConnection & Internals,
  auth: Credentials | null,
  envelope: Envelope,
  message: Outgoing,
  state: { isGiven: boolean; isUtf8: boolean },
  signal: AbortSignal,
): Promise<string> {
  let stop = () => {}
  let stream: Readable | null = null
  const ended = new Promise<string>((resolve, reject) => {
    stop = () => {
      connection.close()
      reject(new Error('the attempt was ended'))
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop)
    // For good: an error after the end has no other listener.
    connection.on('error', reject)
    connection.on('end', () => reject(new Error('the connection was closed')))
    const send = async () => {
      const content = await formOf(message, connection._supportedExtensions)
      state.isUtf8 = connection._supportedExtensions.includes('SMTPUTF8') && message.needsUtf8
      stream = Readable.from(contentOf(content), { objectMode: false })
      // Whoever sends it listens too, as long as it is sent.
      stream.on('error', () => {})
      stream.once('end', () => {
        state.isGiven = true
      })
      Object.assign(envelope, { size: sizeOf(content), use8BitMime: is8Bit(content) })
      connection.send(envelope, stream, (error, info) => (error ? reject(error) : resolve(info.response)))
    }
    const sendIt = () => void send().catch(reject)
    connection.connect((error) => {
      if (error) reject(error)
      else if (auth && connection.allowsAuth) {
        connection.login({ credentials: auth }, (failed) => (failed ? reject(failed) : sendIt()))
      } else sendIt()
    })
  })
  return ended.finally(() => {
    signal.removeEventListener('abort', stop)
    stream?.destroy()
  })
}

/** The message as a host of these extensions takes it. Errors: with the code of what stands in the way. */
async function formOf(message: Outgoing, extensions: readonly string[]): Promise<Message> {
  const utf8 = extensions.includes('SMTPUTF8')
  const paths = [message.mailFrom, ...message.recipients.map(({ address }) => address)]
  // RFC 6531 §3.2: such an address goes to no server without the extension.
  if (!utf8 && paths.some((path) => isBeyondAscii(wireForm(path)))) throw OBSTACLES.utf8()
  const form = await message.formFor({ utf8, eightBit: extensions.includes('8BITMIME') })
  if (typeof form === 'string') throw OBSTACLES[form]()
  return form
}

const obstacle = (code: string) => () => Object.assign(new Error(code), { code })
const OBSTACLES: Record<Obstacle, () => Error> = {
  utf8: obstacle('ENOUTF8'),
  signed: obstacle('ESIGNED'),
  encoding: obstacle('EENCODING'),
}

function is8Bit({ header, body }: Message): boolean {
  return body.is8Bit || header.some((octet) => octet > 127)
}

/** nodemailer has one NOTIFY and ORCPT for all recipients, and SMTPUTF8 only for the sake of an address. */
function addParameters(
  connection: Internals,
  message: Outgoing,
  state: { hasBegun: boolean; hasAskedTls: boolean; isUtf8: boolean },
): void {
  const send = connection._sendCommand.bind(connection)
  let next = 0
  connection._sendCommand = (line, shown) => {
    const isMail = line.startsWith('MAIL FROM:')
    if (isMail) state.hasBegun = true
    if (line === 'STARTTLS') state.hasAskedTls = true
    const has = (extension: string) => connection._supportedExtensions.includes(extension)
    let more = ''
    if (isMail && state.isUtf8 && !/ SMTPUTF8\b/.test(line)) more += ' SMTPUTF8'
    if (isMail && has('DSN')) more += dsnParameters(message.parameters, ['RET', 'ENVID'])
    if (line.startsWith('RCPT TO:')) {
      // In the order in which they were given.
      const recipient = message.recipients[next++]
      if (recipient && has('DSN')) more += dsnParameters(recipient.parameters, ['NOTIFY', 'ORCPT'])
    }
    send(line + more, shown)
  }
}

/** RFC 3461 §5.2.1: as they came, and none that didn't. */
function dsnParameters(parameters: Outgoing['parameters'], names: readonly string[]): string {
  return names.map((name) => (parameters[name] ? ` ${name}=${xtext(parameters[name])}` : '')).join('')
}

/** RFC 3461 §4; what is beyond ASCII in an address of the type utf-8 goes in its seven-bit form, RFC 6533 §3. */
export function xtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase()
    return character > '\x7f' ? `\\x{${code}}` : `+${code.padStart(2, '0')}`
  })
}
