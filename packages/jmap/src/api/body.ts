import type { FastifyRequest } from 'fastify'

/** The declared length of the body in octets, where the client declared one. */
export function declaredLength(request: FastifyRequest): number | null {
  const header = request.headers['content-length']
  return header === undefined ? null : Number(header)
}

/** The body as it streams in. To stop early leaves the connection whole, so that the refusal can be sent. */
export function bodyStream(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => request.raw.iterator({ destroyOnReturn: false }) }
}

/** The whole body, or null where it is longer than `max` octets; it is then not read to its end. */
export async function readBody(request: FastifyRequest, max: number): Promise<Buffer | null> {
  if ((declaredLength(request) ?? 0) > max) return null
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bodyStream(request)) {
    size += chunk.length
    if (size > max) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
