// LMTP: RFC 2033. For mail transfer agents that are trusted: there is no login.
import type { Logger, Mailstore, Principal } from '@tandem/mailstore'
import { crlfMessage } from '@tandem/mime'
import type { SMTPServerAddress, SMTPServerEnvelope, SMTPServerSession } from 'smtp-server'
import { type Clock, systemClock } from '../clock.js'
import { deliver } from '../deliver.js'
import { formatReply, isFault, type Reply, refusal, replyFor, SmtpError } from '../errors.js'
import { deliveredTo, prepend, protocolName, received, returnPath } from '../headers.js'
import { createIntake } from '../smtp/intake.js'
import { createListener, type Listener } from '../smtp/listener.js'
import { commonOptions, Server } from '../smtp/server.js'
import { refuseUtf8 } from '../smtp/utf8.js'
import { digestOf } from './digest.js'

export interface LmtpListenerOptions {
  mailstore: Mailstore
  /** Default 127.0.0.1. */
  host?: string
  /** 0: any free one. */
  port: number
  /** This server's name, in its greeting and in Received. */
  hostname: string
  /** Octets. */
  maxSize: number
  /** Who has the mail for postmaster where nobody has that address; default: the oldest account. */
  postmaster?: string | null
  /** Default 1,000. */
  maxRecipients?: number
  /** Default 200. */
  maxConnections?: number
  log?: Logger
  clock?: Clock
}

/** One successful RCPT. */
interface Recipient {
  address: string
  principal: Principal
}

/** Accounts that one message is filed in at a time. */
const CONCURRENCY = 4

export function createLmtpListener(options: LmtpListenerOptions): Listener {
  const { mailstore, hostname, log, clock = systemClock, maxRecipients = 1000 } = options

  // With whom each is: RFC 2033 §4.2 has a reply for each RCPT.
  const accepted = new WeakMap<SMTPServerEnvelope, Recipient[]>()

  const server = new Server({
    ...commonOptions({ ...options, maxRecipients }),
    // Whoever may deliver is trusted, and often all of it comes from one address: a limit for all, and no login.
    maxClients: options.maxConnections ?? 200,
    lmtp: true,
    hideSMTPUTF8: false,
    disabledCommands: ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'],
    onMailFrom: ({ address, args }, session, done) =>
      done(refuseParameters(args, ['SIZE', 'BODY', 'SMTPUTF8']) ?? refuseUtf8(address, session)),
    onRcptTo: (address, session, done) => {
      accept(address, session).then(
        () => done(),
        (error: unknown) => done(new SmtpError(explain(error))),
      )
    },
    onData: (stream, session, done) => {
      const recipients = accepted.get(session.envelope) ?? []
      const all = (reply: Reply) => recipients.map(() => reply)
      intake
        // RFC 5321 §2.3.8: what is filed has the line ends that others read too.
        .receive(stream, session, async (message) => file(await crlfMessage(message), recipients, session))
        .catch((error: unknown) => all(explain(error)))
        .then((replies) => done(null, replies.map(toResult)))
    },
  })
  const intake = createIntake({ maxSize: options.maxSize, onIdle: () => server.emit('idle') })

  /** The reply of an error; a fault of ours is logged, for the reply says little. */
  function explain(error: unknown): Reply {
    if (isFault(error)) log?.error({ err: error }, 'a delivery failed')
    return replyFor(error)
  }

  async function accept({ address, args }: SMTPServerAddress, session: SMTPServerSession): Promise<void> {
    const refused = refuseParameters(args, []) ?? refuseUtf8(address, session)
    if (refused) throw refused
    // RFC 5321 §4.5.1: postmaster may come without a domain.
    const full = address.includes('@') ? address : `${address}@${hostname}`
    const principal = (await mailstore.directory.resolve(full)) ?? (await postmasterOf(full))
    if (!principal) throw refusal(550, '5.1.1', 'there is no such mailbox here')
    const recipients = accepted.get(session.envelope) ?? []
    if (recipients.length >= maxRecipients) throw refusal(452, '4.5.3', 'too many recipients')
    // Not for good, or its sender would hear that mail failed which arrived: in a transaction of its own it is a
    // repeat, and taken as such.
    if (recipients.some((known) => known.address.toLowerCase() === address.toLowerCase())) {
      throw refusal(452, '4.5.3', 'that recipient is named already')
    }
    accepted.set(session.envelope, [...recipients, { address, principal }])
  }

  /** RFC 5321 §4.5.1: every domain that has mail has a postmaster. Null for another address. */
  async function postmasterOf(address: string): Promise<Principal | null> {
    const at = address.lastIndexOf('@')
    if (address.slice(0, at).toLowerCase() !== 'postmaster') return null
    const domain = address.slice(at + 1)
    const { directory } = mailstore
    if (domain.toLowerCase() !== hostname.toLowerCase() && !(await directory.isLocalDomain(domain)))
      return null
    return options.postmaster ? directory.resolve(options.postmaster) : directory.oldest()
  }

  /** Files the message once in each account; a reply for each recipient. */
  async function file(
    message: Uint8Array,
    recipients: readonly Recipient[],
    session: SMTPServerSession,
  ): Promise<Reply[]> {
    const { mailFrom } = session.envelope
    const path = returnPath(mailFrom ? mailFrom.address : '')
    const trace = traceLine(recipients, session)
    const bytesFor = ({ accountId }: Principal) => {
      const own = recipients.filter(({ principal }) => principal.accountId === accountId)
      return prepend(path + deliveredTo(own.map(({ address }) => address)) + trace, message)
    }
    // By account, under the account's name: which of its addresses the message came to makes no second one.
    const accounts = [
      ...new Map(recipients.map(({ principal }) => [principal.accountId, principal])).values(),
    ]
    const replies = new Map<number, Reply>()
    const digest = await digestOf(mailstore.account(accounts[0]!.accountId), message)
    const arrival = {
      mailstore,
      hostname,
      now: new Date(clock.now()),
      sender: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
      onFault: (err: unknown) => log?.error({ err }, 'a vacation response could not be made'),
    }
    const worker = async () => {
      for (let next = accounts.pop(); next !== undefined; next = accounts.pop()) {
        const known = { received: { digest, address: next.name } }
        const bytes = bytesFor(next)
        const filing = mailstore.trace.command(
          next.accountId,
          () => ({ protocol: 'lmtp', session: session.id, text: `DATA, ${message.length} octets` }),
          () => deliver({ ...arrival, principal: next, source: bytes, header: bytes, known }),
          (isNew) => (isNew ? DELIVERED : REPEATED).text,
          (error) => formatReply(replyFor(error)),
        )
        replies.set(next.accountId, await filing.then((isNew) => (isNew ? DELIVERED : REPEATED), explain))
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker))
    return recipients.map(({ principal }) => replies.get(principal.accountId)!)
  }

  function traceLine(recipients: readonly Recipient[], session: SMTPServerSession): string {
    const { smtpUtf8: utf8 } = session.envelope
    const [only] = recipients
    return received({
      from: { helo: session.hostNameAppearsAs, address: session.remoteAddress },
      by: hostname,
      protocol: protocolName({ lmtp: true, extended: true, tls: false, auth: false, utf8: utf8 === true }),
      id: `${session.id}-${session.transaction}`,
      ...(only && recipients.length === 1 ? { recipient: only.address } : {}),
      date: new Date(clock.now()),
    })
  }

  return createListener({
    server,
    host: options.host ?? '127.0.0.1',
    port: options.port,
    log,
    busy: intake.busy,
  })
}

const DELIVERED: Reply = { code: 250, status: '2.1.5', text: 'delivered' }
/** Its sender did not hear of the first time. */
const REPEATED: Reply = { code: 250, status: '2.1.5', text: 'delivered before' }

/** What the library makes a reply of: a text, or an error with a code. */
function toResult(reply: Reply): string | Error {
  return reply.code < 400 ? `${reply.status} ${reply.text}` : new SmtpError(reply)
}

/** RFC 5321 §4.1.1.11 */
function refuseParameters(args: SMTPServerAddress['args'], known: readonly string[]): SmtpError | null {
  const stranger = Object.keys(args || {}).find((name) => !known.includes(name))
  return stranger ? refusal(555, '5.5.4', `the parameter ${stranger} is not supported`) : null
}
