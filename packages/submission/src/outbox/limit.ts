/** Runs at most `most` works of one key at a time; the others wait in order. */
export function createKeyedLimit(most: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, { count: number; waiting: (() => void)[] }>()
  return async (key, work) => {
    const slot = running.get(key) ?? { count: 0, waiting: [] }
    running.set(key, slot)
    // Whoever leaves hands his place to the next, so the count stays.
    if (slot.count >= most) await new Promise<void>((resolve) => slot.waiting.push(resolve))
    else slot.count++
    try {
      return await work()
    } finally {
      const next = slot.waiting.shift()
      if (next) next()
      else if (--slot.count === 0) running.delete(key)
    }
  }
}
