/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether a NUL is in the bytes: RFC 5322 §2.2 has no place for one, and RFC 9051 §4.3.1 refuses it in a literal. */
export function containsNul(bytes: Uint8Array): boolean {
  return bytes.includes(0)
}

/** Replaces lone surrogates, which neither UTF-8 nor jsonb can hold. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** The first `max` UTF-16 units, never half of a surrogate pair. */
export function cutText(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '')
}

/** Bytes copied together from pieces. */
export interface ByteStore {
  readonly length: number
  append(bytes: Uint8Array, start: number, end: number): void
  /** What was appended; valid until the next `append` or `clear`. */
  view(): Buffer
  clear(): void
}

/** Grows by doubling, so that appending byte by byte stays linear. */
export function createByteStore(): ByteStore {
  let store = Buffer.alloc(0)
  let length = 0
  return {
    get length() {
      return length
    },
    append(bytes, start, end) {
      const needed = length + end - start
      if (needed > store.length) {
        const larger = Buffer.allocUnsafe(Math.max(256, needed, store.length * 2))
        larger.set(store.subarray(0, length))
        store = larger
      }
      store.set(bytes.subarray(start, end), length)
      length = needed
    },
    view: () => store.subarray(0, length),
    clear() {
      length = 0
      // One long line must not hold its memory for the rest of a long message.
      if (store.length > 64 * 1024) store = Buffer.alloc(0)
    },
  }
}
