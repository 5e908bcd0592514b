// JMAP's resources over HTTP: RFC 8620.
import {
  type Account,
  formatId,
  type Logger,
  type Mailstore,
  MailstoreError,
  type Principal,
  type UploadQuota,
} from '@tandem/mailstore'
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
} from 'fastify'
import { readBody } from './api/body.js'
import { ACCEPTED_CODINGS, encodeAnswer } from './api/content-coding.js'
import { runCalls } from './api/dispatch.js'
import {
  createBudget,
  createGate,
  DEFAULT_LIMITS,
  type Limits,
  type SharedGates,
  UPLOAD_QUOTA,
} from './api/limits.js'
import { limitProblem, type Problem, ProblemError, sendProblem } from './api/problem.js'
import { checkContentType, parseRequest } from './api/request.js'
import { writeResponse } from './api/response.js'
import { sendPieces } from './api/send.js'
import { CHALLENGE, createAuthenticator, type Login } from './auth.js'
import { isDecoded, openContent } from './blobs/content.js'
import { download } from './blobs/download.js'
import { upload } from './blobs/upload.js'
import { type Clock, systemClock } from './clock.js'
import { addCors } from './cors.js'
import { CAPABILITIES } from './methods/table.js'
import { formatUTCDate } from './objects/dates.js'
import { createEventSource } from './push/event-source.js'
import { baseUrl, PATHS, renderSession, sessionState } from './session.js'
import { products } from './user-agent.js'

export interface JmapOptions {
  mailstore: Mailstore
  log: Logger
  /** Octets of one blob, and of one message that is imported. */
  maxSizeUpload: number
  /** What the session's URLs begin with. Default: what each request was sent to. */
  publicUrl?: string
  /** Beside `maxSizeUpload`; each has a default. */
  limits?: Partial<Omit<Limits, 'maxSizeUpload'>>
  /** What one principal's uploads may take that nothing refers to. Default: 1 GiB, 1,000 uploads. */
  uploadQuota?: UploadQuota
  /** How the limits of concurrency hold over several processes. Default: in this one. */
  gate?: SharedGates
  /** Whether a password may be sent by this request's connection. Default: over TLS, or from this machine. */
  isSecure?: (request: FastifyRequest) => boolean
  /** Whether a push URL may name an address; the sender looks again, at names too. Default: any. */
  mayReach?: (address: string) => boolean
  clock?: Clock
}

/** Octets of messages that one API request may read and hold; what is read while the answer is sent isn't held. */
const OCTETS_PER_REQUEST = 64 * 1024 * 1024
/** What is left of a refused body is read and dropped for so long, so that its sender can hear why. */
const DRAIN_MS = 30_000

/** How long a ticket opens event sources; one that is open goes on. */
const TICKET_SECONDS = 300

/** With its last slash as the session has it, and without, which some clients leave out. */
const UPLOADS = [`${PATHS.upload}:accountId/`, `${PATHS.upload}:accountId`]
// The name last, as a wildcard: a parameter may not be as long as file names are.
const DOWNLOAD = `${PATHS.download}:accountId/:blobId/*`

type Handler = (request: FastifyRequest, reply: FastifyReply, login: Login) => Promise<unknown>

/** JMAP as a fastify plugin: the session at /.well-known/jmap, all else below /jmap/. */
export function jmapPlugin(options: JmapOptions): FastifyPluginAsync {
  const {
    mailstore,
    log,
    publicUrl,
    clock = systemClock,
    uploadQuota = UPLOAD_QUOTA,
    gate = (_name, max) => createGate(max),
    mayReach = () => true,
  } = options
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits, maxSizeUpload: options.maxSizeUpload }
  const auth = createAuthenticator({
    directory: mailstore.directory,
    tickets: mailstore.tickets,
    ...(options.isSecure ? { isSecure: options.isSecure } : {}),
  })
  const requests = gate('requests', limits.maxConcurrentRequests)
  const uploads = gate('uploads', limits.maxConcurrentUpload)
  const decodings = createGate(limits.maxConcurrentRequests)
  const events = createEventSource({ clock, trace: mailstore.trace, sessions: mailstore.sessions })

  const authenticated = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => {
    const login = await auth.login(request)
    note(request, login.principal)
    return handler(request, reply, login)
  }

  /** Who uses which program. */
  function note(request: FastifyRequest, { accountId, id: principalId, credentialId }: Principal): void {
    const who = { accountId, principalId, ...(credentialId === undefined ? {} : { credentialId }) }
    mailstore.clients.saw({ ...who, protocol: 'jmap', client: products(request.headers['user-agent']) })
  }

  const session: Handler = async (request, reply, { principal }) =>
    reply
      .header('cache-control', 'no-cache, no-store, must-revalidate')
      .type('application/json')
      .send(JSON.stringify(renderSession(...(await sessionOf(request, principal)))))

  const sessionOf = async (request: FastifyRequest, principal: Principal) =>
    [principal, limits, baseUrl(request, publicUrl), await mailstore.push.serverKey()] as const

  const api: Handler = async (request, reply, { principal }) => {
    const leave = await requests.enter(principal.id)
    if (!leave) throw limitProblem(429, 'maxConcurrentRequests', 'too many requests at a time')
    try {
      checkContentType(request.headers['content-type'])
      const { bytes, names } = await readBody(request, limits.maxSizeRequest)
      const { maxCallsInRequest } = limits
      const parsed = parseRequest(bytes, { capabilities: CAPABILITIES, maxCallsInRequest, names })
      const createdIds = new Map(parsed.createdIds)
      const octets = createBudget(OCTETS_PER_REQUEST)
      const methodResponses = await runCalls(parsed, {
        mailstore,
        principal,
        requestId: request.id,
        limits,
        log,
        createdIds,
        octets,
        openAccount: (accountId) => accountOf(principal, accountId),
        mayReach,
        countedAt: new Map(),
        implicitCalls: [],
      })
      const json = writeResponse(methodResponses, {
        ...(parsed.createdIds ? { createdIds: Object.fromEntries(createdIds) } : {}),
        sessionState: sessionState(...(await sessionOf(request, principal))),
      })
      return await sendPieces(reply, json, { log, clock, onEnd: leave })
    } catch (error) {
      leave()
      throw error
    }
  }

  const uploading: Handler = async (request, reply, { principal }) => {
    const { account, accountId } = accountIn(request, principal)
    const leave = await uploads.enter(principal.id)
    if (!leave) throw limitProblem(429, 'maxConcurrentUpload', 'too many uploads at a time')
    try {
      const maxSize = limits.maxSizeUpload
      return await upload(request, reply, { account, accountId, principal, maxSize, quota: uploadQuota })
    } finally {
      leave()
    }
  }

  const downloading: Handler = async (request, reply, { principal }) => {
    const { account } = accountIn(request, principal)
    const { blobId = '', '*': name = '' } = request.params as Record<string, string>
    const { type } = request.query as Record<string, unknown>
    const leave = isDecoded(blobId) ? await decodings.wait(principal.id) : () => {}
    if (!leave) throw limitProblem(429, 'maxConcurrentRequests', 'too many downloads of parts at a time')
    // What is decoded is held until it is sent.
    reply.raw.once('finish', leave).once('close', leave)
    if (reply.raw.closed) leave()
    const content = await openContent(account, principal, blobId)
    if (!content) throw new ProblemError({ status: 404, detail: 'there is no such blob' })
    return download(request, reply, {
      content,
      blobId,
      name,
      type: typeof type === 'string' ? type : undefined,
      clock,
    })
  }

  const eventSource: Handler = async (request, reply, login) => {
    const { accountId } = login.principal
    const account = mailstore.account(accountId)
    await events.open(request, reply, { account, accountId: formatId('account', accountId), login })
    return reply
  }

  /** A page's EventSource sends no headers of its own: it comes with a ticket in the query instead. */
  const eventLogin = (request: FastifyRequest): Promise<Login> => {
    const { ticket } = request.query as Record<string, unknown>
    return typeof ticket === 'string' ? auth.ticketLogin(request, ticket) : auth.login(request)
  }

  const eventTicket: Handler = async (_request, reply, { principal, version }) => {
    const ticket = await mailstore.tickets.issue(principal, version, TICKET_SECONDS)
    if (ticket === null) throw new ProblemError({ status: 401, detail: 'the password was changed' })
    const expires = formatUTCDate(new Date(clock.now() + TICKET_SECONDS * 1_000))
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(JSON.stringify({ ticket, expires }))
  }

  /** Nobody has more than the one account yet. */
  function accountOf(principal: Principal, accountId: string): Account | null {
    const isOwn = accountId === formatId('account', principal.accountId)
    return isOwn ? mailstore.account(principal.accountId) : null
  }

  function accountIn(request: FastifyRequest, principal: Principal): { account: Account; accountId: string } {
    const { accountId } = request.params as { accountId: string }
    const account = accountOf(principal, accountId)
    if (account) return { account, accountId }
    throw new ProblemError({ status: 404, detail: 'there is no such account' })
  }

  return async (fastify: FastifyInstance) => {
    // Bodies are read by the handlers, after the login and within the limits.
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
    fastify.setErrorHandler(async (error, request, reply) => {
      const isCut = request.raw.complete === false
      const isLeft = isCut ? request.raw.destroyed : hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE')
      if (isCut) await drain(request, reply, clock)
      const problem = isLeft ? BROKEN_OFF : problemOf(error)
      if (problem.status >= 500) log.error({ err: error, url: request.routeOptions.url }, 'a request failed')
      if (problem.status === 401) reply.header('www-authenticate', CHALLENGE)
      // RFC 9110 §15.5.16
      if (problem.status === 415) reply.header('accept-encoding', ACCEPTED_CODINGS)
      return sendProblem(reply, problem)
    })
    fastify.setNotFoundHandler(async (request) => {
      throw new ProblemError({ status: 404, detail: `there is nothing at ${request.url.slice(0, 200)}` })
    })
    fastify.addHook('onSend', async (request, reply, payload) => encodeAnswer(request, reply, payload))
    fastify.addHook('preClose', async () => events.close())
    const listening = async (request: FastifyRequest, reply: FastifyReply) =>
      eventSource(request, reply, await eventLogin(request))
    const resources: readonly Resource[] = [
      [PATHS.wellKnown, ['GET', 'HEAD'], authenticated(session)],
      [PATHS.session, ['GET', 'HEAD'], authenticated(session)],
      [PATHS.api, ['POST'], authenticated(api)],
      ...UPLOADS.map((url): Resource => [url, ['POST'], authenticated(uploading)]),
      [DOWNLOAD, ['GET', 'HEAD'], authenticated(downloading)],
      [PATHS.eventSource, ['GET'], listening],
      [PATHS.eventTicket, ['POST'], authenticated(eventTicket)],
    ]
    addCors(
      fastify,
      resources.map(([url]) => url),
    )
    for (const resource of resources) addResource(fastify, resource)
  }
}

type Resource = [url: string, methods: readonly string[], handler: RouteHandlerMethod]

function addResource(fastify: FastifyInstance, [url, methods, handler]: Resource): void {
  fastify.route({ method: [...methods], url, exposeHeadRoute: false, handler })
  // RFC 9110 §15.5.6. OPTIONS is for browsers, and has its route.
  const allowed = [...methods, 'OPTIONS']
  fastify.route({
    method: fastify.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      reply.header('allow', allowed.join(', '))
      throw new ProblemError({
        status: 405,
        detail: `this knows ${methods.join(', ')}, and not ${request.method}`,
      })
    },
  })
}

const BROKEN_OFF: Problem = { status: 400, detail: 'the request broke off' }

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof MailstoreError && error.code === 'unavailable') {
    return { status: 503, detail: 'the mail store cannot be reached; try again later' }
  }
  if (error instanceof MailstoreError && error.code === 'diskFull') {
    return { status: 503, detail: error.message }
  }
  const { statusCode } = error as { statusCode?: unknown }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, detail: (error as Error).message }
  }
  return { status: 500, detail: 'an unexpected error; it was logged' }
}

/** With a stream as the answer, this code tells that the client has left. */
function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/**
 * Reads what is left of a refused body. Resolves at once where the connection goes on. Otherwise Node closes it behind
 * the answer, and octets that nobody read would take the answer with them (RFC 9112 §9.6): then once there are no more.
 */
function drain({ raw }: FastifyRequest, reply: FastifyReply, clock: Clock): Promise<void> {
  const goesOn = reply.raw.shouldKeepAlive
  return new Promise((resolve) => {
    const late = () => (goesOn ? raw.destroy() : resolve())
    const cancel = clock.after(DRAIN_MS, late)
    const over = () => {
      cancel()
      resolve()
    }
    raw.once('close', over).once('end', over).resume()
    if (raw.destroyed) over()
    else if (goesOn) resolve()
  })
}
