/** Characters looked at. */
const MAX_LENGTH = 512

/**
 * The product tokens of a User-Agent field (RFC 9110 §10.1.5), without comments, which name the machine rather than the
 * program. Null where there are none.
 */
export function products(userAgent: string | undefined): string | null {
  let text = (userAgent ?? '').slice(0, MAX_LENGTH)
  // Comments nest: the innermost go first.
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(/\((?:[^()\\]|\\.)*\)/g, ' ')
  }
  const tokens = text.match(/[!#$%&'*+.^_`|~0-9a-z-]+(?:\/[!#$%&'*+.^_`|~0-9a-z-]+)?/gi)
  return tokens?.join(' ') ?? null
}
