import { Readable } from 'node:stream'
import type { Logger } from '@tandem/mailstore'
import type { FastifyReply } from 'fastify'

/**
 * Answers with JSON that is made in pieces: a small one whole, a large one as fast as the client takes it. `onEnd` is
 * called once it is sent, or broke off. Errors before the first piece is sent are thrown; later ones can only break
 * the answer off, and are logged.
 */
export async function sendPieces(
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
  { log, onEnd }: { log: Logger; onEnd: () => void },
): Promise<FastifyReply> {
  reply.type('application/json')
  const first = await pieces.next()
  const second = first.done ? first : await pieces.next()
  if (second.done) {
    onEnd()
    return reply.send(first.value ?? '')
  }
  async function* rest() {
    yield first.value
    yield second.value
    try {
      yield* pieces
    } catch (err) {
      log.error({ err }, 'an answer broke off')
      throw err
    }
  }
  return reply.send(Readable.from(rest(), { objectMode: false }).once('close', onEnd))
}
