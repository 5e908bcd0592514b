// Quoted strings and comments of RFC 5322 §3.2.2 and §3.2.4, for all structured header fields.

export interface Lexer {
  /** The offset after the quoted string that begins at `i`, or -1 if it never ends. */
  quotedEnd(i: number): number
  /** The same for a comment; comments nest. */
  commentEnd(i: number): number
}

/** A lexer over `text`. An opener without an end is looked for once, so that a row of them stays linear. */
export function lexer(text: string): Lexer {
  let quotesLeft = true
  let commentsLeft = true
  return {
    quotedEnd(i) {
      if (!quotesLeft) return -1
      for (let j = i + 1; j < text.length; j++) {
        if (text[j] === '\\') j++
        else if (text[j] === '"') return j + 1
      }
      quotesLeft = false
      return -1
    },
    commentEnd(i) {
      if (!commentsLeft) return -1
      let depth = 0
      for (let j = i; j < text.length; j++) {
        if (text[j] === '\\') j++
        else if (text[j] === '(') depth++
        else if (text[j] === ')' && --depth === 0) return j + 1
      }
      commentsLeft = false
      return -1
    },
  }
}

/** Undoes quoted pairs. */
export function unescapePairs(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1')
}

/** Replaces comments by a space; quoted strings stay. */
export function stripComments(text: string): string {
  if (!text.includes('(')) return text
  const lex = lexer(text)
  let out = ''
  let from = 0
  for (let i = 0; i < text.length; ) {
    const end = text[i] === '"' ? lex.quotedEnd(i) : text[i] === '(' ? lex.commentEnd(i) : -1
    if (end < 0) i++
    else {
      if (text[i] === '(') {
        out += `${text.slice(from, i)} `
        from = end
      }
      i = end
    }
  }
  return out + text.slice(from)
}
