import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { CHUNK } from '../../src/blob/open.js'
import { openTestStore } from '../support/store.js'

const { account } = await openTestStore(t)

t.test('slices of many blobs, in the order asked for, across the borders of chunks', async (t) => {
  const contents = [0, 1, 1000, CHUNK, CHUNK + 1, 3 * CHUNK + 17].map((size) => randomBytes(size))
  const digests: Uint8Array[] = []
  for (const content of contents) digests.push((await account.blobs.put(content)).digest)
  const cases: [place: number, start: number, end: number][] = [
    [5, 0, 3 * CHUNK + 17],
    [0, 0, 0],
    [2, 0, 1000],
    [2, 10, 20],
    [5, CHUNK - 1, CHUNK + 1],
    [5, CHUNK, 2 * CHUNK],
    [5, CHUNK, CHUNK + 1],
    [5, 3 * CHUNK, 3 * CHUNK + 17],
    [3, CHUNK - 1, CHUNK],
    [3, 0, CHUNK],
    [4, CHUNK, CHUNK + 1],
    [4, 5, 5],
    [1, 0, 1],
  ]
  const slices = cases.map(([place, start, end]) => ({ digest: digests[place]!, start, end }))
  const opened = await account.blobs.openSlices(slices)
  for (const [index, [place, start, end]] of cases.entries()) {
    const content = contents[place]!
    const blob = opened[index]!
    t.equal(blob.size, content.length)
    t.same(
      Buffer.from(await blob.read(start, end - start)),
      content.subarray(start, end),
      `${place} ${start} ${end}`,
    )
    t.same(Buffer.from(await blob.read()), content, 'and what lies beyond the slice')
    t.same(Buffer.from(await blob.read(start + 1, 5)), content.subarray(start + 1, start + 6))
  }
})

t.test('what is not there is null in its place', async (t) => {
  const { digest } = await account.blobs.put(Buffer.from('here'))
  const nowhere = createHash('sha256').update('nowhere').digest()
  const opened = await account.blobs.openSlices([
    { digest: nowhere, start: 0, end: 4 },
    { digest, start: 0, end: 4 },
    { digest: nowhere, start: 0, end: 0 },
  ])
  t.same(
    opened.map((blob) => blob?.size ?? null),
    [null, 4, null],
  )
  t.same(await account.blobs.openSlices([]), [])
})
