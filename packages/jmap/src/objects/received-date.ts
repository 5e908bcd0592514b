import { asDate, defineTask, type Header, parseMessage } from '@tandem/mime'

export const dateOfHeader = defineTask(import.meta.url, 'dateOfHeader', (header: Uint8Array) =>
  receivedDate(parseMessage(header).headers),
)

/** The date of the most recent Received field, which is the topmost (RFC 8621 §4.8); null where none can be read. */
export function receivedDate(headers: readonly Header[]): Date | null {
  const field = headers.find(({ name }) => name.toLowerCase() === 'received')
  if (!field) return null
  const text = asDate(field.raw.slice(field.raw.lastIndexOf(';') + 1))
  if (text === null) return null
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date
}
