import { Readable } from 'node:stream'
import type { Logger } from '@tandem/mailstore'
import type { FastifyReply } from 'fastify'
import type { Clock } from '../clock.js'

/** A client that takes nothing for so long is gone. */
const STALL_MS = 60_000

/**
 * Answers with JSON that is made in pieces: a small one whole, a large one as fast as the client takes it. `onEnd` is
 * called once it is sent, or broke off. Errors before the first piece is sent are thrown; later ones can only break
 * the answer off, and are logged.
 */
export async function sendPieces(
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
  { log, clock, onEnd }: { log: Logger; clock: Clock; onEnd: () => void },
): Promise<FastifyReply> {
  reply.type('application/json')
  const first = await pieces.next()
  const second = first.done ? first : await pieces.next()
  if (second.done) {
    onEnd()
    return reply.send(first.value ?? '')
  }
  return reply.send(Readable.from(logged(), { objectMode: false }).once('close', onEnd))

  async function* logged() {
    try {
      yield* unlessStalled(all(), reply, clock)
    } catch (err) {
      log.error({ err }, 'an answer broke off')
      throw err
    }
  }

  async function* all() {
    yield first.value
    yield second.value
    yield* pieces
  }
}

/** The pieces, as long as the client takes them. */
export async function* unlessStalled<T>(
  pieces: AsyncIterable<T>,
  reply: FastifyReply,
  clock: Clock,
): AsyncGenerator<T> {
  let cancel = () => {}
  try {
    for await (const piece of pieces) {
      cancel = clock.after(STALL_MS, () => reply.raw.destroy())
      yield piece
      cancel()
    }
  } finally {
    cancel()
  }
}
