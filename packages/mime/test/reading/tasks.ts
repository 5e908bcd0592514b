// What the tests of the room have done in it.
import { threadId } from 'node:worker_threads'
import { defineTask } from '../../src/reading/task.js'

const { url } = import.meta

export const where = defineTask(url, 'where', (_bytes: Uint8Array | string) => threadId)

export const reversed = defineTask(url, 'reversed', (bytes: Uint8Array) => Uint8Array.from(bytes).reverse())

export const together = defineTask(
  url,
  'together',
  async (pieces: AsyncIterable<Uint8Array>, end: string) => {
    const texts: string[] = []
    for await (const piece of pieces) texts.push(Buffer.from(piece).toString('latin1'))
    return texts.join('') + end
  },
)

export const spin = defineTask(url, 'spin', (_bytes: Uint8Array): number => {
  for (;;);
})

/** A pattern that backtracks without end. */
export const backtrack = defineTask(url, 'backtrack', (bytes: Uint8Array): number =>
  `${Buffer.from(bytes).toString('latin1')}b`.search(/^(?:a|a)*$/),
)

export const hoard = defineTask(url, 'hoard', (_bytes: Uint8Array): number => {
  const kept: object[] = []
  for (;;) kept.push(new Array(100).fill(kept.length))
})

export const fail = defineTask(url, 'fail', (_bytes: Uint8Array): number => {
  throw new RangeError('odd')
})

export const misnamed = defineTask(url, 'nowhere', (_bytes: Uint8Array) => 1)
