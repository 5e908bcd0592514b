import { decodeBody } from '../body.js'
import { decodeCharset, isKnownCharset } from '../charset.js'

// charset, language tag (RFC 2231 §5), encoding, text. Longer than the 75 characters of RFC 2047 §2 is accepted.
const word = /^=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=$/i

interface EncodedWord {
  charset: string
  bytes: Uint8Array
}

/** The same anywhere in text. Senders that do not set it apart leave spaces in it, too. */
const wordAnywhere = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi

function parseWord(match: RegExpExecArray | null): EncodedWord | null {
  if (!match || !isKnownCharset(match[1]!)) return null
  const isQ = match[2]!.toLowerCase() === 'q'
  // RFC 2047 §4.2: `_` is a space in the Q encoding.
  const bytes = Buffer.from(isQ ? match[3]!.replaceAll('_', '=20') : match[3]!, 'latin1')
  const encoding = isQ ? 'quoted-printable' : 'base64'
  return {
    charset: match[1]!.toLowerCase(),
    bytes: decodeBody(bytes, { encoding, bodyStart: 0, bodyEnd: bytes.length }).bytes,
  }
}

function decodeRun(words: EncodedWord[]): string {
  let text = ''
  for (let i = 0; i < words.length; ) {
    const charset = words[i]!.charset
    const first = i
    while (i < words.length && words[i]!.charset === charset) i++
    // Decoded together: senders split characters between words, though RFC 2047 §5 forbids it.
    const bytes = Buffer.concat(words.slice(first, i).map((w) => w.bytes))
    text += decodeCharset(bytes, charset).text
  }
  // RFC 8621 §4.1.2.2: encoded control characters are dropped.
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '')
}

/**
 * Decodes the encoded words in unfolded text. Only where RFC 2047 §5 allows them: set apart by white space. White
 * space between two of them is dropped (§6.2). Words in an unknown charset stay as they are.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let gap = ''
  let run: EncodedWord[] = []
  // Even tokens are words, odd ones the white space between them.
  for (const [i, token] of text.split(/([ \t]+)/).entries()) {
    if (i % 2 === 1) {
      gap = token
      continue
    }
    const decoded = parseWord(word.exec(token))
    if (decoded) {
      if (run.length === 0) out += gap
      run.push(decoded)
    } else {
      if (run.length > 0) out += decodeRun(run)
      run = []
      out += gap + token
    }
    gap = ''
  }
  return run.length > 0 ? out + decodeRun(run) : out
}

/**
 * Decodes the encoded words in text that may hold none: a quoted string (RFC 2047 §5 (3)), a file name. There they
 * stand beside each other and beside text. White space between two of them is dropped.
 */
export function decodeWordsAnywhere(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let run: EncodedWord[] = []
  let end = 0
  for (const match of text.matchAll(wordAnywhere)) {
    const decoded = parseWord(match)
    if (!decoded) continue
    const gap = text.slice(end, match.index)
    if (run.length === 0 || /[^ \t]/.test(gap)) {
      out += decodeRun(run) + gap
      run = []
    }
    run.push(decoded)
    end = match.index + match[0].length
  }
  return out + decodeRun(run) + text.slice(end)
}
