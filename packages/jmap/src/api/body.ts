import type { FastifyRequest } from 'fastify'
import { decodedStream, isCoded } from './content-coding.js'
import { createJsonMeter, type Excess, type JsonMeter, SHAPE } from './json-meter.js'
import { limitProblem, ProblemError } from './problem.js'

/** The declared length of the body's content in octets, where the client declared it; that of a coded body says less. */
export function declaredLength(request: FastifyRequest): number | null {
  const header = request.headers['content-length']
  return header === undefined || isCoded(request) ? null : Number(header)
}

/**
 * The body's content as it streams in, without its coding. To stop early leaves the connection whole, so that the
 * refusal can be sent. Errors: ProblemError 415, and 400 while it is read.
 */
export function bodyStream(request: FastifyRequest): AsyncIterable<Uint8Array> {
  const raw = { [Symbol.asyncIterator]: () => request.raw.iterator({ destroyOnReturn: false }) }
  return decodedStream(request, raw)
}

/** JSON, and how many names are in it. */
export interface MeteredBody {
  bytes: Buffer
  names: number
}

/** The whole body, JSON of bounded size and shape; one that is more is not read to its end. Errors: ProblemError. */
export async function readBody(request: FastifyRequest, max: number): Promise<MeteredBody> {
  const tooLarge = () => limitProblem(400, 'maxSizeRequest', `a request has at most ${max} octets`)
  if ((declaredLength(request) ?? 0) > max) throw tooLarge()
  const meter = createJsonMeter()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyStream(request)) {
    size += chunk.length
    if (size > max) throw tooLarge()
    checkShape(meter, chunk)
    chunks.push(chunk)
  }
  return { bytes: Buffer.concat(chunks, size), names: meter.names }
}

/** Counts more of a body. Errors: ProblemError notRequest, limit. */
export function checkShape(meter: JsonMeter, chunk: Uint8Array): void {
  const excess = meter.add(chunk)
  if (excess) throw tooMuch(excess)
}

function tooMuch(excess: Excess): ProblemError {
  const max = SHAPE[excess]
  // To send less at a time doesn't help.
  if (excess === 'depth') {
    return new ProblemError({
      status: 400,
      jmap: 'notRequest',
      detail: `the request nests deeper than ${max} levels`,
    })
  }
  const where = excess === 'names' ? 'an object of a request' : 'a request'
  return limitProblem(400, 'maxSizeRequest', `${where} has at most ${max} ${excess}; send less at a time`)
}
