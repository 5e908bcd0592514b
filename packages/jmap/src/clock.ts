/** Time, so that a test can move it. Milliseconds. */
export interface Clock {
  now(): number
  /** Calls back once, later. Gives the way to call it off. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
