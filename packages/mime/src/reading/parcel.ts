// What goes from thread to thread. Octets are copied once and handed over: to clone a view would copy all of the buffer
// that it looks into.

/** A value on its way, and the buffers that go with it. */
export interface Parcel {
  value: unknown
  transfer: ArrayBuffer[]
}

/** In place of an AsyncIterable, whose pieces follow as they are asked for. */
const STREAM = { isStream: true } as const

/** Octets in it, or in an array that it is, are handed over; what they were stays as it is. */
export function pack(value: unknown): Parcel {
  const transfer: ArrayBuffer[] = []
  const copy = (bytes: Uint8Array) => {
    const copied = new Uint8Array(bytes)
    transfer.push(copied.buffer)
    return copied
  }
  const packed = (item: unknown): unknown => {
    if (item instanceof Uint8Array) return copy(item)
    if (Array.isArray(item) && item.some((each) => each instanceof Uint8Array)) return item.map(packed)
    return item
  }
  return { value: packed(value), transfer }
}

/** The arguments of a task; a stream among them has to be the first. */
export function packArguments(args: readonly unknown[]): Parcel {
  const parcels = args.map((arg) => (isStream(arg) ? { value: STREAM, transfer: [] } : pack(arg)))
  return {
    value: parcels.map(({ value }) => value),
    transfer: parcels.flatMap(({ transfer }) => transfer),
  }
}

/** The arguments as the task takes them. */
export function unpackArguments(args: readonly unknown[], stream: AsyncIterable<Uint8Array>): unknown[] {
  return args.map((arg) => (isStreamSign(arg) ? stream : arg))
}

export function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isStreamSign(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'isStream' in value
}

/** Octets of content among the arguments; of a stream nobody knows. */
export function weigh(args: readonly unknown[]): number {
  const weightOf = (value: unknown): number => {
    if (value instanceof Uint8Array) return value.length
    if (typeof value === 'string') return value.length
    if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + weightOf(each), 0)
    return isStream(value) ? Number.POSITIVE_INFINITY : 0
  }
  return weightOf([...args])
}
