/** UTF-16 units, and tokens: far more than anything that a client can point at. */
const MAX_LENGTH = 4_000
const MAX_TOKENS = 50

/** The reference tokens of a JSON pointer (RFC 6901 §3), or null where the text is none, or too long. */
export function parsePointer(text: string): string[] | null {
  if (text === '') return []
  if (text.length > MAX_LENGTH || !text.startsWith('/') || /~(?![01])/.test(text)) return null
  const tokens = text.slice(1).split('/', MAX_TOKENS + 1)
  if (tokens.length > MAX_TOKENS) return null
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
