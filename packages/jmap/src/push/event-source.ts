// The event source: RFC 8620 §7.3.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Account, Marks, Sessions, Trace } from '@tandem/mailstore'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createGate } from '../api/limits.js'
import { ProblemError } from '../api/problem.js'
import type { Login } from '../auth.js'
import type { Clock } from '../clock.js'
import { createEventStream, type EventSink, type EventStream } from './event-stream.js'
import { dataTypes, movedMarks, type PushType, parseEventId, parseTypes, pushMarks } from './types.js'

/** RFC 8620 §7.3: the least may not be above 30, the most not below 300. */
const MIN_PING_SECONDS = 10
const MAX_PING_SECONDS = 3_600
/** Streams of one principal at a time, in this process. */
const MAX_STREAMS = 32

export interface EventSource {
  /** Takes the reply over. Errors: ProblemError 400, 429. */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    listener: { account: Account; accountId: string; login: Login },
  ): Promise<void>
  /** Ends all streams. */
  close(): void
}

export function createEventSource({
  clock,
  trace,
  sessions,
}: {
  clock: Clock
  trace: Trace
  sessions: Sessions
}): EventSource {
  const gate = createGate(MAX_STREAMS)
  const streams = new Set<EventStream>()
  let isClosing = false
  let opened = 0

  return {
    async open(request, reply, { account, accountId, login }) {
      const wanted = parseParameters(request.query as Record<string, unknown>)
      if (isClosing) throw new ProblemError({ status: 503, detail: 'the server is stopping' })
      const leave = gate.enter(login.principal.id)
      if (!leave)
        throw new ProblemError({ status: 429, detail: `at most ${MAX_STREAMS} event sources at a time` })

      // Heard from now on; what moved before is in the marks that are read next.
      let stream: EventStream | undefined
      let missed: Marks | undefined
      const unsubscribe = account.subscribe(dataTypes(wanted.types), (marks) => {
        if (stream) stream.changed(pushMarks(marks))
        else missed = marks
      })
      let leaveSession = () => {}
      const forget = () => {
        unsubscribe()
        leaveSession()
        leave()
        if (stream) streams.delete(stream)
      }
      const marks = await account
        .read(async (r) => r.marks)
        .catch((error: unknown) => {
          forget()
          throw error
        })
      sendHead(reply)
      const session = `stream ${++opened}`
      stream = createEventStream({
        ...wanted,
        clock,
        accountId,
        isValid: () => login.isValid(),
        sink: sinkOf(reply.raw),
        onTold: (types, before, now) =>
          trace.pushed(account.id, () => ({
            protocol: 'jmap',
            session,
            text: `EventSource: ${types.join(', ')}`,
            moved: movedMarks(types, before, now),
          })),
        onClose: forget,
      })
      streams.add(stream)
      leaveSession = sessions.begin(login.principal, () => stream?.close())
      reply.raw.once('close', () => stream.close())
      const lastId = request.headers['last-event-id']
      const told = typeof lastId === 'string' && lastId !== '' ? parseEventId(lastId) : undefined
      stream.start(pushMarks(marks), told)
      if (missed) stream.changed(pushMarks(missed))
      if (isClosing || reply.raw.destroyed) stream.close()
    },
    close() {
      isClosing = true
      for (const stream of [...streams]) stream.close()
    },
  }
}

function sinkOf(response: ServerResponse): EventSink {
  return {
    write: (text) => response.write(text),
    onDrain: (callback) => void response.once('drain', callback),
    end: () => void response.end(),
    destroy: () => void response.destroy(),
  }
}

function sendHead(reply: FastifyReply): void {
  const headers = reply.getHeaders()
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(headers as OutgoingHttpHeaders),
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-store',
    // Asks proxies not to gather events up.
    'x-accel-buffering': 'no',
  })
}

/** Errors: ProblemError 400. */
export function parseParameters(query: Record<string, unknown>): {
  types: Set<PushType>
  closeAfterState: boolean
  ping: number
} {
  const refuse = (detail: string) => new ProblemError({ status: 400, detail })
  const types = typeof query.types === 'string' ? parseTypes(query.types) : null
  if (!types) throw refuse('"types" must be "*" or names between commas')
  const { closeafter, ping } = query
  if (closeafter !== 'state' && closeafter !== 'no') throw refuse('"closeafter" must be "state" or "no"')
  if (typeof ping !== 'string' || !/^\d{1,9}$/.test(ping)) throw refuse('"ping" must be a number of seconds')
  const seconds = Number(ping)
  return {
    types,
    closeAfterState: closeafter === 'state',
    ping: seconds === 0 ? 0 : Math.min(Math.max(seconds, MIN_PING_SECONDS), MAX_PING_SECONDS),
  }
}
