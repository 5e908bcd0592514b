import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'

/** Their content is not text that is shown. */
const INVISIBLE = new Set(['script', 'style', 'title'])
const PREFORMATTED = new Set(['pre', 'listing', 'textarea', 'xmp'])
/** Elements with a margin: an empty line before and after. */
const PARAGRAPHS = new Set('blockquote dl fieldset figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul'.split(' '))
/** Elements on lines of their own. Cells are too, or their words would run together. */
const BLOCKS = new Set(
  (
    'address article aside body caption center dd details dialog dir div dt figcaption footer form frameset head ' +
    'header hgroup html legend li listing main menu nav optgroup option search section select summary tbody td ' +
    'textarea tfoot th thead tr xmp'
  ).split(' '),
)
const LONGEST_NAME = Math.max(...[...PARAGRAPHS, ...BLOCKS].map((name) => name.length))

/**
 * The text of HTML as a reader sees it: no tags, styles or link targets. Best effort on anything, in one pass: time and
 * text are linear in the length, whatever is nested or left open.
 *
 * What a style hides is shown: newsletters hide the line that they want to be their preview.
 */
export function htmlToText(html: string): string {
  const lines = createLines()
  let invisible: string | null = null
  let preformatted = 0
  let name = ''

  const nameIn = (start: number, end: number) =>
    end - start > LONGEST_NAME ? '' : html.slice(start, end).toLowerCase()
  const boundary = () => {
    if (PARAGRAPHS.has(name)) lines.endParagraph()
    else if (BLOCKS.has(name)) lines.endLine()
  }
  const show = (text: string) => {
    if (invisible) return
    if (preformatted > 0) lines.addAsIs(text)
    else lines.add(text)
  }
  const opened = () => {
    if (INVISIBLE.has(name)) invisible ??= name
    else if (invisible) return
    else if (name === 'br') lines.breakLine()
    else boundary()
  }

  const ignore = () => {}
  const callbacks: TokenizerCallbacks = {
    ontext: (start, end) => {
      if (!isUnfinishedTag(html, start)) show(html.slice(start, end))
    },
    ontextentity: (codepoint) => show(String.fromCodePoint(codepoint)),
    onopentagname: (start, end) => {
      name = nameIn(start, end)
    },
    onopentagend: () => {
      opened()
      if (!invisible && PREFORMATTED.has(name)) preformatted++
    },
    onselfclosingtag: () => {
      // HTML knows no empty script, but XHTML does: `<title/>` must not take the whole message.
      if (!INVISIBLE.has(name)) opened()
    },
    onclosetag: (start, end) => {
      name = nameIn(start, end)
      if (name === invisible) invisible = null
      else if (!invisible) {
        if (PREFORMATTED.has(name) && preformatted > 0) preformatted--
        boundary()
      }
    },
    onattribdata: ignore,
    onattribentity: ignore,
    onattribend: ignore,
    onattribname: ignore,
    oncdata: ignore,
    oncomment: ignore,
    ondeclaration: ignore,
    onend: ignore,
    onprocessinginstruction: ignore,
  }
  // The parser above it searches its stack for each closing tag, which is quadratic.
  const tokenizer = new Tokenizer({}, callbacks)
  tokenizer.write(html)
  tokenizer.end()
  return lines.text()
}

/** At its end the tokenizer hands out the inside of a tag that is open. A browser shows nothing of it. */
function isUnfinishedTag(html: string, start: number): boolean {
  return start < 0 || /^(?:.?<|<[!?/])$/s.test(html.slice(Math.max(0, start - 2), start))
}

interface Lines {
  /** Text in which white space is one space. */
  add(text: string): void
  addAsIs(text: string): void
  breakLine(): void
  /** Breaks the line unless nothing stands in it. */
  endLine(): void
  /** An empty line follows, at least. */
  endParagraph(): void
  text(): string
}

/** Line breaks and spaces wait until something follows them: there are none at the beginning and at the end. */
function createLines(): Lines {
  let out = ''
  let breaks = 0
  let isSpaced = false

  const put = (text: string) => {
    if (out !== '') out += breaks > 0 ? '\n'.repeat(breaks) : isSpaced ? ' ' : ''
    out += text
    breaks = 0
    isSpaced = false
  }
  const breakLine = () => {
    breaks++
  }
  return {
    add(text) {
      const words = text.replace(/[ \t\r\n\f\u200b]+/g, ' ')
      const isBegun = words.startsWith(' ')
      if (isBegun) isSpaced = true
      if (words === ' ' || words === '') return
      const isEnded = words.endsWith(' ')
      put(words.slice(isBegun ? 1 : 0, isEnded ? -1 : undefined))
      isSpaced = isEnded
    },
    addAsIs(text) {
      for (const [i, line] of text.split('\n').entries()) {
        if (i > 0) breakLine()
        if (line !== '') put(line)
      }
    },
    breakLine,
    endLine() {
      if (breaks === 0) breakLine()
    },
    endParagraph() {
      breaks = Math.max(breaks, 2)
    },
    text: () => out,
  }
}
