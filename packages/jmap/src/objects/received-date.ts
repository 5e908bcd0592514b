import { asDate, defineTask, type Header, parseMessage } from '@tandem/mime'

/** What an import has to know of a header: whether there is one, and when the message came. */
export const lookAtHeader = defineTask(import.meta.url, 'lookAtHeader', (header: Uint8Array) => {
  const { headers } = parseMessage(header)
  return { hasFields: headers.length > 0, date: receivedDate(headers) }
})

/** The date of the most recent Received field, which is the topmost (RFC 8621 §4.8); null where none can be read. */
export function receivedDate(headers: readonly Header[]): Date | null {
  const field = headers.find(({ name }) => name.toLowerCase() === 'received')
  if (!field) return null
  const text = asDate(field.raw.slice(field.raw.lastIndexOf(';') + 1))
  if (text === null) return null
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date
}
