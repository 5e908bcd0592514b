// Errors of HTTP requests: problem details (RFC 7807, RFC 8620 §3.6.1).
import type { FastifyReply } from 'fastify'

const JMAP_ERROR = 'urn:ietf:params:jmap:error:'

export interface Problem {
  status: number
  /** One of JMAP's own, without its urn; else the status says all there is. */
  jmap?: 'unknownCapability' | 'notJSON' | 'notRequest' | 'limit'
  detail: string
  /** With `limit`: its name in the session. */
  limit?: string
  /** Seconds after which to try again. */
  retryAfter?: number
}

/** The request can't be answered; ends it with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  /** By this name fastify knows it, and so whoever logs faults knows that this is none. */
  readonly statusCode: number
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.statusCode = problem.status
  }
}

export function limitProblem(status: number, limit: string, detail: string): ProblemError {
  return new ProblemError({ status, jmap: 'limit', limit, detail })
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, jmap, detail, limit, retryAfter } = problem
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: jmap ? JMAP_ERROR + jmap : 'about:blank', status, detail, limit }))
}
