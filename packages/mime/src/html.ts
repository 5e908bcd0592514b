import { compile } from 'html-to-text'

// The converter takes time quadratic in the depth of nesting, and it recurses: 1 MiB of `<b>` took 42 s. In pieces of
// this size it takes 0.3 s, and a real newsletter as long as before.
const pieceLength = 16 * 1024

const convert = compile({
  wordwrap: false,
  // The caller bounds the input; the converter's own bound warns on the console.
  limits: { maxDepth: 1000, maxInputLength: Number.MAX_SAFE_INTEGER, ellipsis: '' },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    // No quote marks or indents: nested, they made 128 MB of 1 MiB.
    ...['blockquote', 'ul', 'ol'].map((selector) => ({ selector, format: 'block' })),
    // Cells on lines of their own, or their words would run together.
    ...['li', 'td', 'th'].map((selector) => ({
      selector,
      format: 'block',
      options: { leadingLineBreaks: 1, trailingLineBreaks: 1 },
    })),
  ],
})

/** The text of HTML as a reader sees it: no tags, styles or link targets. Best effort on anything. */
export function htmlToText(html: string): string {
  const visible = dropInvisible(html)
  const texts: string[] = []
  for (let start = 0; start < visible.length; ) {
    // Before a tag, never inside one: an image may be a long data: URL.
    const last = visible.lastIndexOf('<', start + pieceLength)
    const next = last > start ? last : visible.indexOf('<', start + 1)
    const end = visible.length - start <= pieceLength || next < 0 ? visible.length : next
    texts.push(convert(visible.slice(start, end)))
    start = end
  }
  return texts.filter((text) => text !== '').join('\n')
}

// Removes what would become text if a cut separated it from its opening tag. Without its end it takes the rest, as it
// does in a browser.
function dropInvisible(html: string): string {
  const opener = /<(?:!--|(style|script|title)\b)/gi
  let out = ''
  let from = 0
  for (;;) {
    opener.lastIndex = from
    const open = opener.exec(html)
    if (!open) return out + html.slice(from)
    out += html.slice(from, open.index)
    const closer = open[1] ? new RegExp(`</${open[1]}[^>]*>`, 'gi') : /-->/g
    closer.lastIndex = opener.lastIndex
    if (!closer.exec(html)) return out
    from = closer.lastIndex
  }
}
