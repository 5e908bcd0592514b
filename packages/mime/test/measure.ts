// What reading a message takes.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

export interface Measured<T> {
  result: T
  ms: number
  /** Memory in use beyond what was before, at most: garbage collected, and result included. */
  peakBytes: number
  /** The whole process as the operating system sees it, garbage included. */
  rssBytes: number
}

interface Reader<T> {
  write(chunk: Uint8Array): void
  end(): T
}

const sampleEvery = 4 * 1024 * 1024

/** Garbage is collected every 4 MiB, which the time leaves out. */
export function measure<T>(create: () => Reader<T>, chunks: () => Iterable<Uint8Array>): Measured<T> {
  const before = inUse()
  let peakBytes = 0
  let sampling = 0
  const sample = () => {
    const start = performance.now()
    peakBytes = Math.max(peakBytes, inUse() - before)
    sampling += performance.now() - start
  }
  const start = performance.now()
  const reader = create()
  let unsampled = 0
  for (const chunk of chunks()) {
    reader.write(chunk)
    unsampled += chunk.length
    if (unsampled >= sampleEvery) {
      sample()
      unsampled = 0
    }
  }
  const result = reader.end()
  const ms = performance.now() - start - sampling
  const rssBytes = process.memoryUsage.rss()
  sample()
  return { result, ms, peakBytes, rssBytes }
}

function inUse(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The text in chunks of one size, each made when it is wanted. */
export function* chunked(texts: Iterable<string>, size = 64 * 1024): Generator<Uint8Array> {
  let left = ''
  for (const text of texts) {
    left += text
    let from = 0
    for (; left.length - from >= size; from += size)
      yield Buffer.from(left.slice(from, from + size), 'latin1')
    left = left.slice(from)
  }
  if (left) yield Buffer.from(left, 'latin1')
}

export function* repeated(count: number, unit: (i: number) => string): Generator<string> {
  for (let i = 0; i < count; i++) yield unit(i)
}

/** For a person: `12.3 MB more in use at most, 456 ms (the process has 78 MB)`. */
export function figures({ peakBytes, rssBytes, ms }: Measured<unknown>): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  return `${mb(peakBytes)} more in use at most, ${Math.round(ms)} ms (the process has ${mb(rssBytes)})`
}
