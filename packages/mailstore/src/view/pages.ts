// The pages of a view: up to 1,024 rows of every column but the UIDs. A page never changes once it is made, so that
// any number of versions can hold it. Pages may be shorter: what is expunged leaves the pages after it as they are.
import type { Column } from './types.js'

export const PAGE_ROWS = 1_024
/** A page below this is joined with its neighbour where both fit into one. */
const SPARSE_ROWS = 256

/** One message as rows say it. `flags` as in MailboxView; times in seconds since 1970; `keywords` as spelled. */
export interface ViewRow {
  uid: number
  emailId: number
  threadId: number
  modseq: number
  flags: number
  size: number
  receivedAt: number
  savedAt: number
  keywords: readonly string[]
}

export interface Page {
  readonly rows: number
  readonly emailIds: Float64Array
  readonly threadIds: Float64Array
  readonly flags: Uint8Array
  readonly modseqs: Float64Array
  readonly sizes: Uint32Array
  readonly receivedAt: Float64Array
  readonly savedAt: Float64Array
  /** Null where no row of the page has any. */
  readonly keywords: readonly (readonly string[])[] | null
}

/** Octets of a row without its UID and keywords. */
const ROW_BYTES = 5 * 8 + 4 + 1
const POINTER_BYTES = 8
const NONE: readonly string[] = []

export function bytesOfPage(page: Page): number {
  return page.rows * (ROW_BYTES + (page.keywords ? POINTER_BYTES : 0))
}

export interface PageWriter {
  /** A page as it is, shared; it is joined with what was written before where both are small. */
  share(page: Page): void
  /** Rows `from` to before `to` of a page. */
  copy(page: Page, from: number, to: number): void
  put(row: ViewRow): void
  /** What was copied and put since becomes a page of its own. */
  flush(): void
  end(): Page[]
}

/** Collects pages. `intern` gives one array for each list of keywords, so that equal ones are the same. */
export function createPageWriter(intern: (keywords: readonly string[]) => readonly string[]): PageWriter {
  const pages: Page[] = []
  const columns = allocate()
  let keywords: (readonly string[])[] | null = null
  let rows = 0

  function flush(): void {
    if (rows === 0) return
    const last = pages.at(-1)
    const page = cut(columns, rows, keywords)
    rows = 0
    keywords = null
    if (last && Math.min(last.rows, page.rows) < SPARSE_ROWS && last.rows + page.rows < PAGE_ROWS) {
      pages.pop()
      copy(last, 0, last.rows)
      copy(page, 0, page.rows)
      pages.push(cut(columns, rows, keywords))
      rows = 0
      keywords = null
    } else {
      pages.push(page)
    }
  }

  function copy(page: Page, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + PAGE_ROWS - rows)
      for (const name of COLUMNS) columns[name].set(page[name].subarray(at, end), rows)
      if (page.keywords) {
        keywords ??= new Array(rows).fill(NONE)
        keywords.push(...page.keywords.slice(at, end))
      } else if (keywords) {
        for (let i = at; i < end; i++) keywords.push(NONE)
      }
      rows += end - at
      at = end
      if (rows === PAGE_ROWS) flush()
    }
  }

  return {
    copy,
    flush,
    share(page) {
      flush()
      pages.push(page)
    },
    put(row) {
      columns.emailIds[rows] = row.emailId
      columns.threadIds[rows] = row.threadId
      columns.flags[rows] = row.flags
      columns.modseqs[rows] = row.modseq
      columns.sizes[rows] = row.size
      columns.receivedAt[rows] = row.receivedAt
      columns.savedAt[rows] = row.savedAt
      if (row.keywords.length > 0) keywords ??= new Array(rows).fill(NONE)
      keywords?.push(row.keywords.length > 0 ? intern(row.keywords) : NONE)
      rows++
      if (rows === PAGE_ROWS) flush()
    },
    end() {
      flush()
      return pages
    },
  }
}

const COLUMNS = ['emailIds', 'threadIds', 'flags', 'modseqs', 'sizes', 'receivedAt', 'savedAt'] as const
type Columns = Pick<Page, (typeof COLUMNS)[number]>

function allocate(rows = PAGE_ROWS): Columns {
  return {
    emailIds: new Float64Array(rows),
    threadIds: new Float64Array(rows),
    flags: new Uint8Array(rows),
    modseqs: new Float64Array(rows),
    sizes: new Uint32Array(rows),
    receivedAt: new Float64Array(rows),
    savedAt: new Float64Array(rows),
  }
}

function cut(columns: Columns, rows: number, keywords: (readonly string[])[] | null): Page {
  return {
    rows,
    emailIds: columns.emailIds.slice(0, rows),
    threadIds: columns.threadIds.slice(0, rows),
    flags: columns.flags.slice(0, rows),
    modseqs: columns.modseqs.slice(0, rows),
    sizes: columns.sizes.slice(0, rows),
    receivedAt: columns.receivedAt.slice(0, rows),
    savedAt: columns.savedAt.slice(0, rows),
    keywords: keywords?.some((list) => list !== NONE) ? keywords : null,
  }
}

/** The columns of pages, read as if they were whole. */
export function readPages(pages: readonly Page[]): Record<(typeof COLUMNS)[number], Column> & {
  starts: Uint32Array
  keywords(index: number): readonly string[]
} {
  const starts = new Uint32Array(pages.length + 1)
  for (const [i, page] of pages.entries()) starts[i + 1] = starts[i]! + page.rows
  const count = starts[pages.length]!
  // The page read last: rows are read in order for the most part.
  let page = 0
  let low = 0
  let high = 0
  const locate = (index: number): number => {
    if (index >= low && index < high) return page
    if (!(index >= 0 && index < count)) throw new RangeError(`row ${index} of ${count}`)
    page = pageOf(starts, index)
    low = starts[page]!
    high = starts[page + 1]!
    return page
  }
  const column = (arrays: readonly (Float64Array | Uint32Array | Uint8Array)[]): Column => ({
    length: count,
    at: (index) => arrays[locate(index)]![index - low]!,
    *[Symbol.iterator]() {
      for (const array of arrays) yield* array
    },
  })
  return {
    starts,
    emailIds: column(pages.map((each) => each.emailIds)),
    threadIds: column(pages.map((each) => each.threadIds)),
    flags: column(pages.map((each) => each.flags)),
    modseqs: column(pages.map((each) => each.modseqs)),
    sizes: column(pages.map((each) => each.sizes)),
    receivedAt: column(pages.map((each) => each.receivedAt)),
    savedAt: column(pages.map((each) => each.savedAt)),
    keywords: (index) => pages[locate(index)]!.keywords?.[index - low] ?? NONE,
  }
}

/** The page that row `index` is in: the last that does not start after it. */
function pageOf(starts: Uint32Array, index: number): number {
  let below = 0
  let above = starts.length - 1
  while (above - below > 1) {
    const middle = (below + above) >>> 1
    if (starts[middle]! <= index) below = middle
    else above = middle
  }
  return below
}
