// Browser clients come from any origin (https://fetch.spec.whatwg.org/#http-cors-protocol). The wildcard is safe: a
// page must know the password, since no browser adds credentials of its own to a request answered by `*`.
import type { FastifyInstance } from 'fastify'

const EXPOSED = 'Content-Disposition, Content-Range, ETag, Retry-After, WWW-Authenticate'
const METHODS = 'GET, HEAD, POST, OPTIONS'
const HEADERS =
  'Authorization, Content-Type, Content-Encoding, Accept, Cache-Control, If-None-Match, If-Range, Last-Event-ID, Range'
const MAX_AGE_SECONDS = '86400'

/** Lets any origin read the answers, refusals included, and answers preflights of the paths without a login. */
export function addCors(fastify: FastifyInstance, paths: readonly string[]): void {
  fastify.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', EXPOSED)
  })
  for (const path of paths) {
    fastify.options(path, async (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', METHODS)
        .header('access-control-allow-headers', HEADERS)
        .header('access-control-max-age', MAX_AGE_SECONDS)
        .send(),
    )
  }
}
