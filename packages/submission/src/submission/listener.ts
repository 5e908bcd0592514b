// Message submission: RFC 6409. AUTH: RFC 4954. TLS: RFC 3207, RFC 8314.
import { createSecureContext } from 'node:tls'
import { domainToASCII } from 'node:url'
import {
  type DoorLimits,
  formatId,
  judgeSender,
  type Logger,
  LoginDeferred,
  type Mailstore,
  type Principal,
  requireRoomToHold,
  submitterOf,
} from '@tandem/mailstore'
import { crlfMessage } from '@tandem/mime'
import type { SMTPServerAddress, SMTPServerAuthentication, SMTPServerSession } from 'smtp-server'
import { type Clock, systemClock } from '../clock.js'
import { formatReply, isFault, refusal, replyFor, SmtpError } from '../errors.js'
import { prepend, protocolName, received } from '../headers.js'
import { createIntake } from '../smtp/intake.js'
import { createListener, type Listener } from '../smtp/listener.js'
import { bannedText, commonOptions, originOf, Server } from '../smtp/server.js'
import { refuseUtf8 } from '../smtp/utf8.js'
import { isQualified, missingFields } from './complete.js'
import { createEndings } from './endings.js'
import { futureRelease, mailParameters, recipientParameters } from './parameters.js'
import { scramMechanisms } from './scram.js'

/** PEM. */
export interface TlsMaterial {
  key: string | Buffer
  cert: string | Buffer
}

export interface SubmissionListenerOptions {
  mailstore: Mailstore
  host: string
  /** 0: any free one. */
  port: number
  /** This server's name, in its greeting and in Received. */
  hostname: string
  tls: TlsMaterial
  /** True: TLS from the first octet (RFC 8314 §3.3); false: STARTTLS. */
  implicitTls: boolean
  /** Octets. */
  maxSize: number
  /** Whether Received says neither from where the client came nor what it called itself. Default false. */
  isPrivate?: boolean
  /** Default 100. */
  maxRecipients?: number
  limits?: Partial<DoorLimits>
  log?: Logger
  clock?: Clock
}

export interface SubmissionListener extends Listener {
  /** For connections from now on. Throws where the two don't fit, and the old ones stay. */
  setTls(tls: TlsMaterial): void
}

const LIMITS: DoorLimits = {
  connections: 2_000,
  // A hundred people behind one address, who all send at once.
  connectionsPerAddress: 500,
  beforeLoginPerAddress: 100,
  loginTimeout: 60_000,
}

/** A connection is closed with its third failed login. */
const MAX_FAILED_LOGINS = 3

export function createSubmissionListener(options: SubmissionListenerOptions): SubmissionListener {
  const { mailstore, hostname, tls, log, clock = systemClock, maxRecipients = 100 } = options
  const { directory } = mailstore
  const failedLogins = new WeakMap<SMTPServerSession, number>()

  const mechanisms = scramMechanisms({ directory, judge, mayActFor, unreachable })
  const server = new Server(
    {
      ...commonOptions({ ...options, maxRecipients }),
      ...tls,
      hideSMTPUTF8: false,
      hideDSN: false,
      secure: options.implicitTls,
      authMethods: ['PLAIN', 'LOGIN'],
      // Judged for each connection by the Server; this turns off the library's own rule, which knows no loopback.
      allowInsecureAuth: true,
      onAuth: (auth, session, done) => settle(logIn(auth, session), (user) => done(null, { user }), done),
      onClose: (session) => endings.forget(session),
      onMailFrom: (address, session, done) => settle(checkSender(address, session), () => done(), done),
      onRcptTo: (address, session, done) => settle(checkRecipient(address, session), () => done(), done),
      onData: (stream, session, done) => {
        const taken = intake.receive(stream, session, (message) =>
          endings.during(session, () => traced(message, session)),
        )
        settle(taken, (id) => done(null, `queued as ${id}`), done)
      },
    },
    mechanisms,
  )
  server.guardConnections(mailstore.guard, { ...LIMITS, ...options.limits })
  server.features = () => [futureRelease(new Date(clock.now()))]
  const endings = createEndings(server)
  const onIdle = () => {
    endings.dismiss()
    server.emit('idle')
  }
  const intake = createIntake({ maxSize: options.maxSize, onIdle })
  const listener = createListener({ server, host: options.host, port: options.port, log, busy: intake.busy })

  function settle<T>(work: Promise<T>, done: (value: T) => void, failed: (error: Error) => void): void {
    work.then(done, (error: unknown) => {
      if (isFault(error)) log?.error({ err: error }, 'a submission failed')
      failed(error instanceof SmtpError ? error : new SmtpError(replyFor(error)))
    })
  }

  async function logIn(auth: SMTPServerAuthentication, session: SMTPServerSession): Promise<Principal> {
    const { username, password, authzid } = auth
    const login = directory.authenticate(username ?? '', password ?? '', originOf(session))
    const principal = await login.catch((error: unknown) => {
      throw unreachable(error, session)
    })
    return judge(principal && mayActFor(principal, authzid, username) ? principal : null, session)
  }

  function unreachable(error: unknown, { remoteAddress }: SMTPServerSession): SmtpError {
    const seconds = error instanceof LoginDeferred ? mailstore.guard.bannedFor(remoteAddress) : null
    // The code closes what the address has open.
    if (seconds !== null) return refusal(421, '4.7.0', bannedText(seconds))
    if (error instanceof LoginDeferred) return new SmtpError(replyFor(error))
    log?.error({ err: error }, 'logins cannot be checked')
    return refusal(454, '4.7.0', 'logins cannot be checked now, try again later')
  }

  /** Null: the login failed. */
  async function judge(principal: Principal | null, session: SMTPServerSession): Promise<Principal> {
    if (principal) {
      server.loggedIn(session)
      const { accountId, id: principalId, credentialId } = principal
      const who = { accountId, principalId, ...(credentialId === undefined ? {} : { credentialId }) }
      // SMTP has no way to say which program it is; EHLO names the machine.
      mailstore.clients.saw({ ...who, protocol: 'submission', client: null })
      endings.watch(session, (onEnd) => mailstore.sessions.begin(principal, onEnd))
      return principal
    }
    const count = (failedLogins.get(session) ?? 0) + 1
    failedLogins.set(session, count)
    if (count >= MAX_FAILED_LOGINS) throw refusal(421, '4.7.0', 'too many failed logins')
    throw refusal(535, '5.7.8', 'the name or the password is wrong')
  }

  async function checkSender(
    { address, args }: SMTPServerAddress,
    session: SMTPServerSession,
  ): Promise<void> {
    const { sendAt, size } = mailParameters(args, new Date(clock.now()))
    const refused = refuseUtf8(address, session)
    if (refused) throw refused
    const { id, accountId } = principalOf(session)
    // RFC 6409 §6.1. The null sender is for read receipts, and what else nobody is to report on (§3.2).
    if (address !== '' && (await directory.resolve(address))?.id !== id) {
      throw refusal(553, '5.7.1', 'that sender address is not one of yours')
    }
    // RFC 4865 §6, item 3: before the message comes. The size is what its sender says, and is judged again with it.
    if (sendAt) {
      const held = await mailstore.account(accountId).read((r) => r.submission.held())
      requireRoomToHold(held, size)
    }
  }

  async function checkRecipient(
    { address, args }: SMTPServerAddress,
    session: SMTPServerSession,
  ): Promise<void> {
    recipientParameters(args)
    const refused = refuseUtf8(address, session)
    if (refused) throw refused
    const full = localForm(address, hostname)
    const domain = full.slice(full.lastIndexOf('@') + 1)
    if (await directory.resolve(full)) return
    if (domain.toLowerCase() === hostname.toLowerCase() || (await directory.isLocalDomain(domain)))
      throw refusal(550, '5.1.1', 'there is no such mailbox here')
    // RFC 6409 §4.2
    if (!isQualified(domain)) throw refusal(554, '5.1.2', 'that domain is not complete')
  }

  async function traced(message: Uint8Array, session: SMTPServerSession): Promise<string> {
    return mailstore.trace.command(
      principalOf(session).accountId,
      () => ({
        protocol: 'smtp',
        session: session.id,
        text: `DATA, ${message.length} octets to ${session.envelope.rcptTo.length}`,
      }),
      () => take(message, session),
      (id) => `queued as ${id}`,
      (error) => formatReply(replyFor(error)),
    )
  }

  /** Stores the message and its submission: the queue id. */
  async function take(bytes: Uint8Array, session: SMTPServerSession): Promise<string> {
    const principal = principalOf(session)
    const { mailFrom, rcptTo, smtpUtf8 } = session.envelope
    if (!mailFrom) throw refusal(503, '5.5.1', 'MAIL comes first')
    // RFC 5321 §2.3.8: before anything looks at it, so that what is judged is what leaves.
    const message = await crlfMessage(bytes)
    const account = mailstore.account(principal.accountId)
    const now = new Date(clock.now())
    const trace = received({
      ...(options.isPrivate
        ? {}
        : { from: { helo: session.hostNameAppearsAs, address: session.remoteAddress } }),
      by: hostname,
      protocol: protocolName({
        lmtp: false,
        extended: session.openingCommand === 'EHLO',
        tls: session.secure,
        auth: true,
        utf8: smtpUtf8 === true,
      }),
      id: `${session.id}-${session.transaction}`,
      ...(rcptTo.length === 1 ? { recipient: wireForm(rcptTo[0]!.address, hostname) } : {}),
      date: now,
    })
    const lines = await missingFields(message, {
      hostname,
      now,
      isLocalDomain: directory.isLocalDomain,
      judge: (claims) => {
        const read = async function* () {
          yield message
        }
        return judgeSender(claims, submitterOf({ directory, account }, read))
      },
    })
    const { parameters, sendAt } = mailParameters(mailFrom.args, now)
    const { digest } = await account.blobs.put(prepend(trace + lines, message))
    const id = await account.transact((tx) =>
      tx.submission.create({
        principalId: principal.id,
        digest,
        mailFrom: wireForm(mailFrom.address, hostname),
        mailFromParameters: parameters,
        recipients: rcptTo.map(({ address, args }) => ({
          address: wireForm(address, hostname),
          parameters: recipientParameters(args),
        })),
        ...(sendAt ? { sendAt } : {}),
      }),
    )
    const queueId = formatId('submission', id)
    log?.info({ queueId, recipients: rcptTo.length, octets: message.length }, 'a message was submitted')
    return queueId
  }

  return {
    listen: listener.listen,
    close: listener.close,
    setTls({ key, cert }) {
      // Tried first: the library lets go of the old one before it looks at the new.
      createSecureContext({ key, cert })
      server.updateSecureContext({ key, cert })
    },
  }
}

/** RFC 4616 §2, RFC 5802 §5.1: nobody acts for somebody else here. */
function mayActFor(principal: Principal, wanted: string | undefined, username?: string): boolean {
  return !wanted || wanted === username || principal.addresses.includes(wanted.toLowerCase())
}

function principalOf(session: SMTPServerSession): Principal {
  // RFC 6409 §4.3; the library asks for it first, this is for the day it doesn't.
  if (!session.user) throw refusal(530, '5.7.0', 'log in first')
  return session.user as Principal
}

/** RFC 5321 §4.5.1: postmaster may come without a domain. The null path stays as it is. */
function localForm(address: string, hostname: string): string {
  return address === '' || address.includes('@') ? address : `${address}@${hostname}`
}

/** As it goes over the wire; the library has made U-labels of the domain. */
function wireForm(address: string, hostname: string): string {
  const full = localForm(address, hostname)
  const at = full.lastIndexOf('@')
  if (at < 0) return full
  return `${full.slice(0, at)}@${domainToASCII(full.slice(at + 1)) || full.slice(at + 1)}`
}
