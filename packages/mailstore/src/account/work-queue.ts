/**
 * Writers of one account wait here, in order, before they take a connection: else fifty writers of one account
 * would hold the whole pool while they wait for one row lock.
 */
export interface WorkQueue {
  run<T>(key: number, work: () => Promise<T>): Promise<T>
  /** Resolves once nothing runs or waits. */
  idle(): Promise<void>
}

export function createWorkQueue(): WorkQueue {
  const tails = new Map<number, Promise<unknown>>()
  return {
    async run(key, work) {
      const result = (tails.get(key) ?? Promise.resolve()).then(work)
      const tail = result.then(
        () => {},
        () => {},
      )
      tails.set(key, tail)
      try {
        return await result
      } finally {
        if (tails.get(key) === tail) tails.delete(key)
      }
    },
    async idle() {
      while (tails.size > 0) await Promise.all(tails.values())
    },
  }
}
