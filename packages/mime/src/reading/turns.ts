/** Who waits, each under the key of whoever is to blame. Keys take turns: a flood under one waits behind itself. */
export interface Turns<T> {
  readonly length: number
  of(key: number): number
  add(key: number, item: T): void
  /** Whose turn it is, of the keys that may. */
  next(may: (key: number) => boolean): { key: number; item: T } | null
  clear(): T[]
}

export function createTurns<T>(): Turns<T> {
  // A Map keeps its keys in the order in which they came: who had a turn goes to the end.
  const waiting = new Map<number, T[]>()
  let length = 0
  return {
    get length() {
      return length
    },
    of: (key) => waiting.get(key)?.length ?? 0,
    add(key, item) {
      const items = waiting.get(key)
      if (items) items.push(item)
      else waiting.set(key, [item])
      length++
    },
    next(may) {
      for (const [key, items] of waiting) {
        if (!may(key)) continue
        const item = items.shift()!
        waiting.delete(key)
        if (items.length > 0) waiting.set(key, items)
        length--
        return { key, item }
      }
      return null
    },
    clear() {
      const all = [...waiting.values()].flat()
      waiting.clear()
      length = 0
      return all
    },
  }
}
