import { lexer, unescapePairs } from './lexer.js'

export interface Token {
  /** `special` is one of , ; : < > @ */
  kind: 'atom' | 'quoted' | 'comment' | 'special'
  /** Without quotes or the outer parentheses, quoted pairs undone. */
  text: string
  /** White space or a comment stands before it. */
  isApart: boolean
}

const encodedWord = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/iy
const atom = /[^ \t"(),;:<>@[]+/y
const literal = /\[[^[\]\s@]*\]/y

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/**
 * Splits an unfolded address list, into the first `max` tokens. Encoded words are atoms whatever they hold: senders
 * leave commas in them. An opener without its end is an ordinary character.
 */
export function tokenize(text: string, max: number): Token[] {
  const lex = lexer(text)
  const tokens: Token[] = []
  let isApart = false
  const push = (kind: Token['kind'], value: string) => {
    tokens.push({ kind, text: value, isApart })
    isApart = kind === 'comment'
  }
  for (let i = 0; i < text.length && tokens.length < max; ) {
    const char = text[i]!
    if (char === ' ' || char === '\t') {
      isApart = true
      i++
      continue
    }
    const enclosed = char === '"' ? lex.quotedEnd(i) : char === '(' ? lex.commentEnd(i) : -1
    if (enclosed > 0) {
      push(char === '"' ? 'quoted' : 'comment', unescapePairs(text.slice(i + 1, enclosed - 1)))
      i = enclosed
    } else if (',;:<>@'.includes(char)) {
      push('special', char)
      i++
    } else {
      const special = char === '=' ? encodedWord : char === '[' ? literal : null
      const word = (special && matchAt(special, text, i)) ?? matchAt(atom, text, i) ?? char
      push('atom', word)
      i += word.length
    }
  }
  return tokens
}
