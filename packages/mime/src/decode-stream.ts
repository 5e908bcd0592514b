import { createDecoder, decodeBody, isIdentityEncoding } from './body.js'
import { defineTask } from './reading/task.js'

/** A whole body with its transfer encoding undone. */
export const decodedOctets = defineTask(
  import.meta.url,
  'decodedOctets',
  async (body: Uint8Array | AsyncIterable<Uint8Array>, encoding: string): Promise<Uint8Array> => {
    if (body instanceof Uint8Array)
      return decodeBody(body, { encoding, bodyStart: 0, bodyEnd: body.length }).bytes
    const pieces: Uint8Array[] = []
    for await (const piece of decodeStream(body, encoding)) pieces.push(piece)
    return Buffer.concat(pieces)
  },
)

/**
 * Undoes the transfer encoding of a body that comes in pieces: together they are what `decodeBody` gives. It holds no
 * more than a piece, and the white space that a line may end with. Bytes in an unknown encoding pass as they are.
 */
export async function* decodeStream(
  pieces: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  let out = new Uint8Array(0)
  const decoder = isIdentityEncoding(encoding) ? null : createDecoder(encoding, out)
  if (!decoder) return yield* pieces
  let held = 0
  for await (const piece of pieces) {
    out = new Uint8Array(held + piece.length)
    decoder.goOn(out)
    decoder.write(piece, 0, piece.length)
    const sure = decoder.sure()
    held = decoder.written() - sure
    if (sure > 0) yield out.subarray(0, sure)
  }
  const rest = new Uint8Array(held)
  decoder.goOn(rest)
  const { length } = decoder.end()
  if (length > 0) yield rest.subarray(0, length)
}
