/** Resolves once `look` gives something true, looking again each time `wake` is called. No sleeping, no polling. */
export function until<T>(look: () => Promise<T | null | undefined | false>): {
  done: Promise<T>
  wake: () => void
} {
  let running = false
  let again = false
  let finish: (value: T | Promise<never>) => void = () => {}
  const done = new Promise<T>((resolve) => {
    finish = resolve
  })
  const wake = () => {
    again = true
    if (running) return
    running = true
    void (async () => {
      while (again) {
        again = false
        const found = await look()
        if (found) return finish(found)
      }
    })()
      .catch((error: unknown) => finish(Promise.reject(error)))
      .finally(() => {
        running = false
      })
  }
  wake()
  return { done, wake }
}

/** A promise and what settles it. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
