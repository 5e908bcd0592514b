import { plainValue } from '../headers/text.js'
import { lexer } from './lexer.js'

/** RFC 8621 §4.1.2.7, by the reading rules of RFC 2369 §2; null if the field does not begin with a URL in brackets. */
export function asURLs(raw: string): string[] | null {
  const value = plainValue(raw)
  const lex = lexer(value)
  const urls: string[] = []
  let isNext = true
  for (let i = 0; i < value.length; ) {
    const char = value[i]!
    // A comment is one outside the brackets only: URLs may hold parentheses.
    const comment = char === '(' ? lex.commentEnd(i) : -1
    if (comment > 0) i = comment
    else if (char === ',' || /\s/.test(char)) {
      if (char === ',') isNext = true
      i++
    } else {
      // Rules 1 and 3: what is no bracketed URL ends the list. Rule 2: so does anything but a comma after one.
      const end = char === '<' && isNext ? value.indexOf('>', i) : -1
      if (end < 0) break
      const url = value.slice(i + 1, end).replace(/\s+/g, '')
      if (url) urls.push(url)
      isNext = false
      i = end + 1
    }
  }
  return urls.length > 0 ? urls : null
}
