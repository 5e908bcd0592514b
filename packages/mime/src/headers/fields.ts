import type { Header } from '../types.js'

/** The raw value of the first field of that name, in any case: what the tree goes by. Null if there is none. */
export function firstHeader(headers: Header[], name: string): string | null {
  const wanted = name.toLowerCase()
  return headers.find((header) => header.name.toLowerCase() === wanted)?.raw ?? null
}

/** The raw value of the last field of that name, in any case: what is shown (RFC 8621 §4.1.3). Null if there is none. */
export function lastHeader(headers: Header[], name: string): string | null {
  const wanted = name.toLowerCase()
  return headers.findLast((header) => header.name.toLowerCase() === wanted)?.raw ?? null
}
