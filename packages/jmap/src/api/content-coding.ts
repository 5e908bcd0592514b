// Content codings (RFC 9110 §8.4): of requests, undone as they stream in, and of answers, made as they stream out. All
// of it runs in zlib's threads.
import { pipeline, Readable, type Transform } from 'node:stream'
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createGunzip,
  createGzip,
  createInflate,
} from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from './problem.js'

const CHUNK = 64 * 1024

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip({ chunkSize: CHUNK }),
  'x-gzip': () => createGunzip({ chunkSize: CHUNK }),
  deflate: () => createInflate({ chunkSize: CHUNK }),
  br: () => createBrotliDecompress({ chunkSize: CHUNK }),
}
/** What is told to who sends another. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br'

/** Whether the octets of the body are not those of its content. */
export function isCoded(request: FastifyRequest): boolean {
  return codingOf(request) !== 'identity'
}

function codingOf({ headers }: FastifyRequest): string {
  return (headers['content-encoding'] ?? '').trim().toLowerCase() || 'identity'
}

/**
 * The body without its coding; whoever reads bounds what it inflates to, since it is made as it is read. Errors:
 * ProblemError 415 for a coding that isn't known, and 400, while it is read, for a body that isn't in it.
 */
export function decodedStream(
  request: FastifyRequest,
  body: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const coding = codingOf(request)
  if (coding === 'identity') return body
  if (!Object.hasOwn(DECODERS, coding)) {
    throw new ProblemError({ status: 415, detail: `the content coding must be one of ${ACCEPTED_CODINGS}` })
  }
  return decode(body, DECODERS[coding]!(), coding)
}

async function* decode(
  body: AsyncIterable<Uint8Array>,
  decoder: Transform,
  coding: string,
): AsyncGenerator<Uint8Array> {
  // What goes wrong with either is heard where the decoder is read.
  pipeline(Readable.from(body, { objectMode: false }), decoder, () => {})
  try {
    yield* decoder as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException
    const isOfZlib = typeof errno === 'number' && /^(?:Z_|ERR_|BROTLI)/.test(code ?? '')
    if (!isOfZlib) throw error
    throw new ProblemError({ status: 400, detail: `the body is no ${coding}` })
  }
}

/** Fewer octets are not worth it. */
const LEAST = 1_024
/** Text, and what is made of it; images, archives and the like are small already. */
const COMPRESSIBLE =
  /^(?:text\/|message\/rfc822|application\/(?:json|xml|rtf|[\w.+-]+\+(?:json|xml)))|^image\/svg\+xml/i

/** Quick levels: the answer is made while the client waits. */
const ENCODERS: Readonly<Record<'br' | 'gzip', () => Transform>> = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  gzip: () => createGzip({ level: 3 }),
}

/** The answer in the coding that the client likes best, where it is worth it. Not for what is sent in pieces of time. */
export function encodeAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const isText = typeof payload === 'string'
  if (!(isText || payload instanceof Readable) || !isCompressible(reply)) return payload
  reply.header('vary', 'Accept-Encoding')
  const length = isText ? payload.length : Number(reply.getHeader('content-length') ?? LEAST)
  const coding = length < LEAST ? null : preferredCoding(request.headers['accept-encoding'])
  if (coding === null || request.method === 'HEAD') return payload
  reply.header('content-encoding', coding).removeHeader('content-length')
  // Its octets are others: the tag is of the content only (RFC 9110 §8.8.1), and ranges are of the content as it is.
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string' && !etag.startsWith('W/')) reply.header('etag', `W/${etag}`)
  const encoder = ENCODERS[coding]()
  pipeline(isText ? Readable.from([payload], { objectMode: false }) : payload, encoder, () => {})
  return encoder
}

function isCompressible(reply: FastifyReply): boolean {
  // RFC 9110 §14.2: a range is of what has no coding.
  if (reply.statusCode === 206 || reply.hasHeader('content-encoding')) return false
  return COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))
}

/** RFC 9110 §12.5.3. Null for the content as it is. */
export function preferredCoding(header: string | undefined): 'br' | 'gzip' | null {
  const weights = new Map<string, number>()
  for (const each of (header ?? '').split(',')) {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '') ?? '1'
    weights.set(
      name === 'x-gzip' ? 'gzip' : name,
      /^(?:0|1)(?:\.\d{0,3})?$/.test(weight) ? Number(weight) : 0,
    )
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [br, gzip] = [weightOf('br'), weightOf('gzip')]
  if (Math.max(br, gzip) === 0 || Math.max(br, gzip) < (weights.get('identity') ?? 0)) return null
  return br >= gzip ? 'br' : 'gzip'
}
