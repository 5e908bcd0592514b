// What the primary process and its workers say to each other. Everything survives JSON.
import type { Sample } from '../metrics.js'
import type { SettingName, Settings } from '../settings/table.js'
import type { Health } from './health.js'

/** Where a listener can be reached. */
export interface Address {
  name: ListenerName
  host: string
  port: number
}

export type ListenerName = 'http' | 'imap' | 'imaps' | 'submission' | 'submissions' | 'lmtp'

export interface StartOrder {
  /** What stands in the worker's log lines. */
  worker: string
  /** Of the database, embedded or not. */
  databaseUrl: string
  settings: Settings
}

/** Of one limit, one principal's. */
export interface PlaceKey {
  gate: string
  key: number
}

export type ToWorker =
  | ({ type: 'start' } & StartOrder)
  | { type: 'stop' }
  | { type: 'reloadTls' }
  | { type: 'health'; health: Health }
  | { type: 'takeSnapshot'; id: number }
  | { type: 'total'; id: number; samples: Sample[] }
  /** The answer to askPlace. */
  | { type: 'place'; id: number; isGiven: boolean }
  /** It is to give its idle places back, and to say so where it has none. */
  | { type: 'recallPlaces'; place: PlaceKey }

export type FromWorker =
  /** It listens to messages; one that came before would be lost. */
  | { type: 'loaded' }
  | { type: 'ready'; addresses: Address[] }
  /** It could not start; it ends by itself. */
  | { type: 'failed'; message: string; exitCode: 1 | 2 }
  | { type: 'snapshot'; id: number; samples: Sample[] }
  | { type: 'askTotal'; id: number }
  | { type: 'askPlace'; place: PlaceKey; max: number; id: number }
  | { type: 'placesBack'; place: PlaceKey; count: number; isAnswer: boolean }

/** Which setting says where a listener listens, for whoever has to change it. */
export const LISTENER_SETTINGS = {
  http: { port: 'TANDEM_HTTP_PORT', host: 'TANDEM_HOST' },
  imap: { port: 'TANDEM_IMAP_PORT', host: 'TANDEM_HOST' },
  imaps: { port: 'TANDEM_IMAPS_PORT', host: 'TANDEM_HOST' },
  submission: { port: 'TANDEM_SUBMISSION_PORT', host: 'TANDEM_HOST' },
  submissions: { port: 'TANDEM_SUBMISSIONS_PORT', host: 'TANDEM_HOST' },
  lmtp: { port: 'TANDEM_LMTP_PORT', host: 'TANDEM_LMTP_HOST' },
} as const satisfies Record<ListenerName, Record<'port' | 'host', SettingName>>

/** `[::1]:1143`. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The line on standard output that says the server is up; programs that start it wait for this. */
export function readyLine(addresses: readonly Address[]): string {
  return ['tandem ready', ...addresses.map(({ name, host, port }) => `${name}=${hostPort(host, port)}`)].join(
    ' ',
  )
}
