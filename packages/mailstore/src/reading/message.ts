// What is kept of a message beside its bytes. All of it follows from them.
import {
  createSummarizer,
  defineTask,
  type Message,
  type Part,
  parseMessage,
  SEARCH_BYTES,
  type Summary,
  summarize,
} from '@tandem/mime'
import { searchDocument } from '../search/document.js'
import type { SearchDocument } from '../search/types.js'

export interface ReadMessage {
  summary: Summary
  document: SearchDocument
}

export const readMessage = defineTask(
  import.meta.url,
  'readMessage',
  async (source: Uint8Array | AsyncIterable<Uint8Array>): Promise<ReadMessage> => {
    const summarizer = createSummarizer({ searchBytes: SEARCH_BYTES })
    if (source instanceof Uint8Array) summarizer.write(source)
    else for await (const piece of source) summarizer.write(piece)
    const { message, summary, searchText } = summarizer.end()
    return { summary, document: searchDocument(message, searchText) }
  },
)

/** Octets of a message that are read in no time, whatever they are. */
export const BEGINNING = 8 * 1024

/**
 * What is known by its first octets of a message that could not be read: as much of the header as they hold. All else is
 * the one part of its body, which nobody looks into.
 */
export function readBeginning(beginning: Uint8Array, size: number): ReadMessage {
  const lines = beginning.subarray(0, beginning.subarray(0, BEGINNING).lastIndexOf(LF) + 1)
  const { headers, root } = parseMessage(lines, { maxDepth: 0 })
  const bodyStart = root.headerEnd
  const opaque: Part = {
    ...{
      section: '',
      type: 'application/octet-stream',
      params: {},
      disposition: null,
      dispositionParams: {},
    },
    ...{ encoding: 'binary', id: null, description: null, md5: null, language: null, location: null },
    ...{
      headerStart: 0,
      headerEnd: bodyStart,
      bodyStart,
      bodyEnd: size,
      lines: 0,
      decodedSize: size - bodyStart,
    },
    ...{ headers, children: [], message: null },
  }
  const message: Message = { size, root: opaque, headers }
  return {
    summary: { ...summarize(lines, message), isIncomplete: true },
    document: searchDocument(message, ''),
  }
}

const LF = 0x0a
