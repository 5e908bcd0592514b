import type { Sql } from './connect.js'

/** Hands out ids from blocks of the database's one counter, outside any other transaction (rule 7). */
export interface IdAllocator {
  /** `count` new ids, unique across accounts and processes; their order means nothing. */
  take(count: number): Promise<number[]>
}

/** How many ids a process fetches at once; what it doesn't use is lost, below 2^53 there is room. */
const BLOCK = 1000

export function createIdAllocator(sql: Sql): IdAllocator {
  let next = 0
  let end = 0
  let filling: Promise<void> = Promise.resolve()

  async function fill(count: number): Promise<void> {
    if (end - next >= count) return
    const size = Math.max(BLOCK, count)
    const [row] = await sql<{ next_id: number }[]>`
      update id_counter set next_id = next_id + ${size} returning next_id`
    next = row!.next_id - size
    end = row!.next_id
  }

  return {
    async take(count) {
      // One filler at a time, and what it brought is taken before the next one may replace it.
      const taken = filling.then(async () => {
        await fill(count)
        const ids = Array.from({ length: count }, (_, i) => next + i)
        next += count
        return ids
      })
      filling = taken.then(
        () => {},
        () => {},
      )
      return taken
    },
  }
}
