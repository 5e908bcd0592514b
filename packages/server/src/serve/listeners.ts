// Which listeners this process has, in one order: workers that share port 0 count on it, because node:cluster
// numbers the calls of listen(0) in each of them.
import { createImapListener } from '@tandem/imap'
import type { Mailstore } from '@tandem/mailstore'
import { createLmtpListener, createSubmissionListener } from '@tandem/submission'
import type { FastifyInstance } from 'fastify'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics.js'
import type { Service, Settings } from '../settings/table.js'
import { EXIT, reason, Stop } from '../stop.js'
import type { TlsSource } from '../tls.js'
import { type Address, hostPort, LISTENER_SETTINGS, type ListenerName } from './messages.js'
import { runningOn } from './running.js'

export interface Listener {
  name: ListenerName
  host: string
  port: number
  /** Gives the port, which is another one where it was 0. */
  listen(): Promise<{ port: number }>
  /** Accepts nobody any more, and resolves when running commands have finished. */
  close(): Promise<void>
  /** Sends everybody away who is connected: the database is gone. */
  dismiss?(): void
  /** For listeners that do not ask for the certificate at each handshake. */
  setTls?(tls: { cert: string; key: string }): void
}

export interface ListenerParts {
  settings: Settings
  /** The store as one service sees it, so that its use is counted apart. */
  storeOf(service: Service): Mailstore
  log: Log
  metrics: Metrics
  /** Null where no listener speaks TLS. */
  tls: TlsSource | null
  http: FastifyInstance
}

type Face = Pick<Listener, 'listen' | 'close' | 'setTls' | 'dismiss'>

export function createListeners(parts: ListenerParts): Listener[] {
  const { settings, http } = parts
  const { TANDEM_SERVICES: services } = settings
  const faces: Record<ListenerName, ((at: At) => Face) | null> = {
    http: (at) => httpFace(http, at),
    imap: services.includes('imap') ? (at) => imapFace(parts, at, false) : null,
    imaps: services.includes('imap') ? (at) => imapFace(parts, at, true) : null,
    submission: services.includes('submission') ? (at) => submissionFace(parts, at, false) : null,
    submissions: services.includes('submission') ? (at) => submissionFace(parts, at, true) : null,
    lmtp: services.includes('lmtp') ? (at) => lmtpFace(parts, at) : null,
  }
  return (Object.keys(faces) as ListenerName[]).flatMap((name) => {
    const setting = LISTENER_SETTINGS[name]
    const [host, port] = [settings[setting.host], settings[setting.port]]
    const face = faces[name]
    return face === null || port === null ? [] : [{ name, host, port, ...face({ host, port }) }]
  })
}

type At = { host: string; port: number }

function httpFace(http: FastifyInstance, { host, port }: At): Face {
  return {
    async listen() {
      await http.listen({ host, port })
      const address = http.server.address()
      return { port: typeof address === 'object' && address !== null ? address.port : port }
    },
    close: () => http.close(),
  }
}

function imapFace(
  { settings, storeOf, log, metrics, tls }: ListenerParts,
  at: At,
  implicitTls: boolean,
): Face {
  return createImapListener({
    ...at,
    mailstore: storeOf('imap'),
    log: log.child({ service: 'imap' }),
    implicitTls,
    tls: { getSecureContext: () => present(tls).current().context },
    appendLimit: settings.TANDEM_APPEND_LIMIT,
    append8Bit: settings.TANDEM_APPEND_8BIT,
    onCommand({ name, status, seconds }) {
      metrics.add('tandem_imap_commands_total', { command: name, status: status ?? 'cut off' })
      metrics.add('tandem_imap_command_seconds_total', { command: name }, seconds)
    },
  })
}

function submissionFace({ settings, storeOf, log, tls }: ListenerParts, at: At, implicitTls: boolean): Face {
  return createSubmissionListener({
    ...at,
    mailstore: storeOf('submission'),
    log: log.child({ service: 'submission' }),
    hostname: settings.TANDEM_HOSTNAME,
    implicitTls,
    tls: present(tls).current(),
    maxSize: settings.TANDEM_APPEND_LIMIT,
    isPrivate: settings.TANDEM_SUBMISSION_RECEIVED === 'private',
  })
}

function lmtpFace({ settings, storeOf, log }: ListenerParts, at: At): Face {
  return createLmtpListener({
    ...at,
    mailstore: storeOf('lmtp'),
    log: log.child({ service: 'lmtp' }),
    hostname: settings.TANDEM_HOSTNAME,
    postmaster: settings.TANDEM_POSTMASTER,
    maxSize: settings.TANDEM_APPEND_LIMIT,
  })
}

function present(tls: TlsSource | null): TlsSource {
  if (tls === null) throw new Error('no certificate was read')
  return tls
}

/** Errors: Stop that names the setting to change. */
export async function listenOn({ name, host, port, listen }: Listener, settings: Settings): Promise<Address> {
  try {
    return { name, host, port: (await listen()).port }
  } catch (error) {
    const other = await runningOn(settings, port)
    throw new Stop(whyNot(name, host, port, error, other), EXIT.failed, { cause: error })
  }
}

/** `other`: the process of a Tandem that runs on the same data. */
function whyNot(
  name: ListenerName,
  host: string,
  port: number,
  error: unknown,
  other: number | null,
): string {
  const setting = LISTENER_SETTINGS[name]
  const where = hostPort(host, port)
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      if (other !== null)
        return `Tandem runs on this data already (process ${other}), on ${where}: stop it first`
      return `${setting.port}: ${where} is in use by another program; choose another port, or stop it`
    case 'EACCES':
      return `${setting.port}: this user may not listen on ${where}; ports below 1024 are often reserved`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${setting.host}: ${host} is not an address of this machine`
    default:
      return `${setting.port}: cannot listen on ${where}: ${reason(error)}`
  }
}

/** Whether any of the listeners speaks TLS. */
export function needsTls(settings: Settings): boolean {
  return (['imap', 'imaps', 'submission', 'submissions'] as const).some((name) => {
    const service = name.replace(/s$/, '') as Service
    return settings.TANDEM_SERVICES.includes(service) && settings[LISTENER_SETTINGS[name].port] !== null
  })
}
