// Every setting, once. A setting's name is its environment variable; in the file and as a flag it is the same name
// without `TANDEM_`, in lower case: TANDEM_IMAP_PORT is `imap_port` in the file and --imap-port as a flag,
// DATABASE_URL is `database_url` and --database-url. The README's table is compared with this one by a test.
import { availableParallelism, hostname } from 'node:os'
import {
  choice,
  count,
  file,
  host,
  hostName,
  type Kind,
  mailAddress,
  networks,
  optional,
  orWord,
  port,
  size,
  subset,
  url,
} from './kinds.js'

export const SERVICES = ['imap', 'jmap', 'submission', 'lmtp', 'outbox', 'housekeeping'] as const
export type Service = (typeof SERVICES)[number]

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

export interface Setting<T> {
  kind: Kind<T>
  /** What is in force where nothing is set, as text of that kind. */
  initial: string | (() => string)
  /** How people are told of the default, where the text alone doesn't say it. */
  initially?: string
  help: string
  /** Has a password in it: shown with `***` in its place. */
  secret?: true
}

function setting<T>(value: Setting<T>): Setting<T> {
  return value
}

export const SETTINGS = {
  DATABASE_URL: setting({
    kind: optional(url(['postgres', 'postgresql'], 'postgres://user:password@host:5432/tandem', () => true)),
    initial: 'none',
    initially: 'none: a Postgres of its own, in TANDEM_DATA',
    help: 'the Postgres (15 or newer) that holds the mail',
    secret: true,
  }),
  TANDEM_DATA: setting({
    kind: file,
    initial: './data',
    help: 'the folder of the embedded database and the generated certificate',
  }),
  TANDEM_HOST: setting({
    kind: host,
    initial: '127.0.0.1',
    help: 'the address that IMAP, HTTP and submission listen on',
  }),
  TANDEM_IMAP_PORT: setting({ kind: port, initial: '1143', help: 'IMAP, with STARTTLS' }),
  TANDEM_IMAPS_PORT: setting({ kind: port, initial: '1993', help: 'IMAP over TLS' }),
  TANDEM_HTTP_PORT: setting({
    kind: port,
    initial: '8080',
    help: 'JMAP, `/.well-known/jmap`, `/healthz`, `/readyz` and `/metrics`, without TLS: a proxy adds that',
  }),
  TANDEM_SUBMISSION_PORT: setting({
    kind: port,
    initial: '1587',
    help: 'SMTP submission, with STARTTLS',
  }),
  TANDEM_SUBMISSIONS_PORT: setting({ kind: port, initial: '1465', help: 'SMTP submission over TLS' }),
  TANDEM_SUBMISSION_RECEIVED: setting({
    kind: choice(['full', 'private']),
    initial: 'full',
    help: 'what Received says of who submits: `private` leaves its address and EHLO out',
  }),
  TANDEM_LMTP_PORT: setting({
    kind: port,
    initial: '1024',
    help: 'LMTP: mail in, from an MTA that has checked it',
  }),
  TANDEM_LMTP_HOST: setting({
    kind: host,
    initial: '127.0.0.1',
    help: 'the address that LMTP listens on; whoever reaches it can deliver',
  }),
  TANDEM_POSTMASTER: setting({
    kind: optional(mailAddress),
    initial: 'none',
    initially: 'none: the oldest account',
    help: 'who has the mail that LMTP brings for postmaster, where no account or alias has that address',
  }),
  TANDEM_HOSTNAME: setting({
    kind: hostName,
    initial: () => hostName.parse(hostname()) ?? 'localhost',
    initially: 'that of the machine',
    help: 'the name of this server in SMTP greetings, Received and the generated certificate',
  }),
  TANDEM_WORKERS: setting({
    kind: count(1, 256),
    initial: () => String(Math.min(availableParallelism(), 16)),
    initially: 'one a core, at most 16',
    help: 'worker processes that share the ports',
  }),
  TANDEM_DATABASE_CONNECTIONS: setting({
    kind: count(5, 10_000),
    initial: '80',
    help: 'connections to the database that all workers may hold together; 5 to 12 each',
  }),
  TANDEM_SERVICES: setting({
    kind: subset(SERVICES),
    initial: SERVICES.join(','),
    help: 'which parts this process runs',
  }),
  TANDEM_PUBLIC_URL: setting({
    kind: optional(url(['http', 'https'], 'https://mail.example.org', (u) => u.search === '')),
    initial: 'none',
    initially: 'none: from the request',
    help: 'what the URLs of the JMAP session begin with, behind a proxy',
  }),
  TANDEM_TLS_CERT: setting({
    kind: optional(file),
    initial: 'none',
    initially: 'none: generated, self-signed',
    help: 'certificate chain, a PEM file; read again on SIGHUP',
  }),
  TANDEM_TLS_KEY: setting({
    kind: optional(file),
    initial: 'none',
    initially: 'none: generated',
    help: 'its private key, a PEM file; read again on SIGHUP',
  }),
  TANDEM_TRUSTED_PROXIES: setting({
    kind: optional(networks),
    initial: 'none',
    help: 'whose X-Forwarded-* headers count, and which addresses many people are behind (proxies, webmail): addresses and networks, separated by commas',
  }),
  TANDEM_APPEND_LIMIT: setting({
    kind: size,
    initial: '50MiB',
    help: 'the largest message taken, by any way in',
  }),
  TANDEM_APPEND_8BIT: setting({
    kind: choice(['accept', 'refuse']),
    initial: 'accept',
    help: 'old mail with 8-bit characters in its header, by APPEND: `refuse` is the letter of RFC 9755',
  }),
  TANDEM_QUOTA: setting({
    kind: optional(size),
    initial: 'none',
    help: 'the quota that `account add` gives a new account',
  }),
  TANDEM_RELAY_URL: setting({
    kind: optional(
      orWord(
        'mx',
        url(['smtp', 'smtps'], 'smtp://user:password@relay.example.org:587', (u) => {
          return u.hostname !== '' && u.search === '' && /^\/?$/.test(u.pathname)
        }),
      ),
    ),
    initial: 'none',
    initially: 'none: mail for other domains waits',
    help: 'the smart host for mail to other domains; `mx`: straight to the hosts that the DNS names for each',
    secret: true,
  }),
  TANDEM_PUSH_NETWORKS: setting({
    kind: optional(networks),
    initial: 'none',
    initially: 'none: the Internet alone',
    help: 'where pushes to JMAP clients may go besides the Internet: addresses and networks, separated by commas',
  }),
  TANDEM_LOG_LEVEL: setting({
    kind: choice(LOG_LEVELS),
    initial: 'info',
    initially: 'info; warn with --demo',
    help: 'the least that is logged, as JSON lines on standard error',
  }),
  TANDEM_LOG_NAMES: setting({
    kind: choice(['hashed', 'shown']),
    initial: 'hashed',
    help: 'how the names of failed logins stand in the log: some type their password there',
  }),
} satisfies Record<string, Setting<unknown>>

export type SettingName = keyof typeof SETTINGS
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

/** What is in force, by environment name. Sizes in octets, paths absolute, an unset or switched-off one null. */
export type Settings = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never
}

/** `TANDEM_IMAP_PORT` is `imap_port` in the file. */
export function fileKey(name: SettingName): string {
  return name.replace(/^TANDEM_/, '').toLowerCase()
}

/** `TANDEM_IMAP_PORT` is `imap-port`, after the two dashes. */
export function flagName(name: SettingName): string {
  return fileKey(name).replaceAll('_', '-')
}

export function initialText(name: SettingName): string {
  const { initial }: Setting<unknown> = SETTINGS[name]
  return typeof initial === 'string' ? initial : initial()
}

/** Connections of a worker beside its pool: LISTEN and NOTIFY have one each. */
const ANNOUNCING = 2
/** A worker that has fewer waits for itself; more than the most gain nothing for one process. */
export const POOL = { least: 3, most: 10 } as const

/** How many connections the pool of one worker has. */
export function poolSize(settings: Pick<Settings, 'TANDEM_DATABASE_CONNECTIONS' | 'TANDEM_WORKERS'>): number {
  const share = Math.floor(settings.TANDEM_DATABASE_CONNECTIONS / settings.TANDEM_WORKERS) - ANNOUNCING
  return Math.min(share, POOL.most)
}
