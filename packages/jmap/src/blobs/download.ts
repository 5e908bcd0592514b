// Downloads: RFC 8620 §6.2. What a blob id names never changes, so caches may keep it.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../api/problem.js'
import { unlessStalled } from '../api/send.js'
import type { Clock } from '../clock.js'
import type { BlobContent } from './content.js'
import { contentDisposition } from './disposition.js'
import { parseRange } from './range.js'

/** RFC 9110 §8.3.1: type/subtype, and whatever parameters visible ASCII can hold. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\t\x20-\x7e]*)?$/

/** Answers with the content, or the part of it that was asked for. Errors: ProblemError 400. */
export function download(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { content: BlobContent; blobId: string; name: string; type: string | undefined; clock: Clock },
): FastifyReply {
  const { content, blobId, name, clock } = file
  const type = file.type || 'application/octet-stream'
  if (!MEDIA_TYPE.test(type)) throw new ProblemError({ status: 400, detail: 'the "type" is no media type' })
  const etag = `"${blobId}"`
  reply
    .header('etag', etag)
    .header('cache-control', 'private, immutable, max-age=31536000')
    .header('accept-ranges', 'bytes')
    .header('content-disposition', contentDisposition(name))
    // Somebody else wrote these bytes: a browser shall neither guess at them nor run them (RFC 8621 §9.2).
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()

  const ifRange = request.headers['if-range']
  const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined
  const range = request.method === 'GET' ? parseRange(asked, content.size) : null
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${content.size}`).removeHeader('cache-control')
    throw new ProblemError({ status: 416, detail: `the blob has ${content.size} octets` })
  }
  const start = range?.start ?? 0
  const length = range ? range.end - range.start + 1 : content.size
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${content.size}`)
  reply.header('content-type', type).header('content-length', length)
  if (request.method === 'HEAD' || length === 0) return reply.send()
  const pieces = unlessStalled(content.stream(start, length), reply, clock)
  return reply.send(Readable.from(pieces, { objectMode: false }))
}

/** RFC 9110 §13.1.2, by weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
}
