import { LoginDeferred } from '../errors.js'

interface Running<T> {
  result: Promise<T>
  waiting: number
  leaving: AbortController
}

/** One run of the same work answers all who ask while it is under way; it is aborted once all of them have left. */
export interface Sharing<T> {
  /** Errors: LoginDeferred where `signal` is aborted; what `work` throws. */
  share(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export function createSharing<T>(): Sharing<T> {
  const all = new Map<string, Running<T>>()

  function begin(key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const leaving = new AbortController()
    const running = { result: work(leaving.signal), waiting: 0, leaving }
    all.set(key, running)
    const over = () => {
      if (all.get(key) === running) all.delete(key)
    }
    running.result.then(over, over)
    return running
  }

  return {
    share(key, signal, work) {
      if (signal.aborted) return Promise.reject(new LoginDeferred('left', 0))
      const running = all.get(key) ?? begin(key, work)
      running.waiting++
      return new Promise((resolve, reject) => {
        const leave = () => {
          signal.removeEventListener('abort', leave)
          // Nobody may join what is being given up.
          if (--running.waiting === 0 && all.get(key) === running) all.delete(key)
          if (running.waiting === 0) running.leaving.abort()
          reject(new LoginDeferred('left', 0))
        }
        signal.addEventListener('abort', leave)
        running.result.then(resolve, reject).finally(() => {
          signal.removeEventListener('abort', leave)
        })
      })
    },
  }
}
