import { createExcerptCollector } from './excerpts.js'
import { createObservedParser } from './parse.js'
import { summaryOf } from './summary.js'
import { previewOf, previewSelection, searchSelection, searchTextOf } from './text.js'
import type { ParseLimits, Summarized } from './types.js'

/** Reads a message as it comes. Chunks may be cut anywhere, and may be overwritten after `write` has returned. */
export interface Summarizer {
  write(chunk: Uint8Array): void
  /** To be called once, after the last chunk. */
  end(): Summarized
}

export interface SummarizerLimits extends ParseLimits {
  /** Bytes of encoded text bodies kept for `searchText`. Default 0: it stays empty. */
  searchBytes?: number
}

/**
 * Parses and summarizes in one pass: what `parseMessage`, `summarize` and `searchText` give of the whole message, of
 * which it keeps its headers and tree, up to 128 KiB for the preview and `searchBytes`.
 */
export function createSummarizer({ searchBytes = 0, ...limits }: SummarizerLimits = {}): Summarizer {
  const forPreview = createExcerptCollector(previewSelection)
  const forSearch = createExcerptCollector(searchSelection(searchBytes))
  const parser = createObservedParser(limits, [forPreview.observe, forSearch.observe])
  return {
    write: parser.write,
    end() {
      const message = parser.end()
      const summary = summaryOf(message, previewOf(message.root, forPreview.excerpts))
      return { message, summary, searchText: searchTextOf(forSearch.excerpts) }
    },
  }
}
