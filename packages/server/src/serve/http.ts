// The HTTP listener: health, metrics, and where the service runs here, JMAP. Without TLS: a proxy ends that.
import { jmapPlugin, type SharedGates } from '@tandem/jmap'
import { createDoor, type DoorLimits, hangDoor, type Mailstore, type Refused } from '@tandem/mailstore'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Log } from '../log.js'
import { type Metrics, render, type Sample } from '../metrics.js'
import type { Settings } from '../settings/table.js'
import type { Health } from './health.js'
import { within } from './limits.js'
import { reachable } from './push.js'

export interface HttpOptions {
  settings: Settings
  mailstore: Mailstore
  log: Log
  metrics: Metrics
  /** Whether every listener of this process is up, and none is being stopped. */
  isReady(): boolean
  health(): Health
  /** The sum over all workers. */
  totals(): Promise<Sample[]>
  gate?: SharedGates
}

/** What Postgres says of a disk that is not ours to look at. */
const DISK_FULL = 'the disk of the database is full: delete mail, or make room there'
/**
 * Of proxies all their clients' connections come from one address: those that are trusted have the whole. Nobody logs in
 * for longer than a request; the head of one has its own deadline.
 */
const CONNECTIONS: DoorLimits = {
  connections: 10_000,
  connectionsPerAddress: 10_000,
  beforeLoginPerAddress: 500,
  loginTimeout: Number.POSITIVE_INFINITY,
}

/** How long the database may take to answer /readyz, in ms. */
const PING_LIMIT = 2_000

export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { settings, mailstore, log, metrics, isReady, health, totals } = options
  const http = Fastify({
    logger: false,
    trustProxy: settings.TANDEM_TRUSTED_PROXIES === null ? false : [...settings.TANDEM_TRUSTED_PROXIES],
    // For the head and the body of one request: a large message over a slow line.
    requestTimeout: 300_000,
    // For the head alone, from connecting on: who sends it a byte at a time holds a place no longer.
    http: { headersTimeout: 20_000, connectionsCheckingInterval: 5_000 },
    // Those that proxies keep open between requests are closed at once when the server stops.
    forceCloseConnections: 'idle',
    // Before any route is known: a URL that is none.
    frameworkErrors: (error, _request, reply) => {
      const status = error.statusCode ?? 400
      const body = JSON.stringify({ type: 'about:blank', status, detail: error.message })
      reply.hijack()
      reply.raw.writeHead(status, { 'content-type': 'application/problem+json' }).end(body)
    },
  })
  hangDoor(http.server, createDoor(mailstore.guard, CONNECTIONS), turnedAway)
  http.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.add('tandem_http_requests_total', { route, status: String(reply.statusCode) })
  })
  http.addHook('onError', async (request, _reply, error) => {
    // Refusals of the edge (a body too large, bad JSON) are the client's; the rest is ours.
    const { url: route } = request.routeOptions
    if ((error.statusCode ?? 500) >= 500) log.error({ error, route }, 'a request failed')
  })
  http.get('/healthz', async (_request, reply) => {
    reply.type('text/plain')
    const { database } = health()
    return database === null ? reply.send('alive\n') : reply.code(503).send(`${database}\n`)
  })
  http.get('/readyz', async (_request, reply) => {
    reply.type('text/plain')
    if (!isReady()) return reply.code(503).send('listeners are not up\n')
    const { database, disk } = health()
    if (database !== null) return reply.code(503).send(`${database}\n`)
    if (!(await databaseAnswers(mailstore))) return reply.code(503).send('the database does not answer\n')
    if (mailstore.disk.isFull()) return reply.code(503).send(`${disk ?? DISK_FULL}\n`)
    return reply.send('ready\n')
  })
  http.get('/metrics', async (_request, reply) => {
    reply.type('text/plain; version=0.0.4; charset=utf-8')
    return render(await totals())
  })
  if (settings.TANDEM_SERVICES.includes('jmap')) {
    const publicUrl = settings.TANDEM_PUBLIC_URL
    const plugin = jmapPlugin({
      mailstore,
      log: log.child({ service: 'jmap' }),
      maxSizeUpload: settings.TANDEM_APPEND_LIMIT,
      mayReach: reachable(settings),
      ...(options.gate ? { gate: options.gate } : {}),
      ...(publicUrl === null ? {} : { publicUrl }),
    })
    await http.register(plugin)
  }
  return http
}

function turnedAway(refused: Refused): string {
  const [status, seconds] =
    refused.why === 'banned' ? ['429 Too Many Requests', refused.seconds] : ['503 Service Unavailable', 30]
  return `HTTP/1.1 ${status}\r\nRetry-After: ${seconds}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
}

/** Whether the database answers in time. */
export function databaseAnswers(mailstore: Mailstore): Promise<boolean> {
  return within(PING_LIMIT, mailstore.ping()).catch(() => false)
}
