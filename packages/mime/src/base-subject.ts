const blob = /\[[^[\]]*\][ \t]*/y
const refwd = /(?:re|fwd?)[ \t]*(?:\[[^[\]]*\][ \t]*)?:/iy
const forward = /\[fwd:/iy

// The offset after a match that begins at `at` and ends by `end`, else -1.
function matchEnd(pattern: RegExp, text: string, at: number, end: number): number {
  pattern.lastIndex = at
  return pattern.test(text) && pattern.lastIndex <= end ? pattern.lastIndex : -1
}

/**
 * The base subject of RFC 5256 §2.1, for threading and sorting. Takes a decoded subject, as `asText` gives it, which
 * is the first half of step 1.
 */
export function baseSubject(subject: string): string {
  const text = subject.replace(/[ \t\r\n]+/g, ' ') // (1)
  let start = 0
  let end = text.length
  for (;;) {
    end = trimTrailers(text, start, end) // (2)
    start = skipLeaders(text, start, end) // (3) to (5)
    // (6)
    const inner = matchEnd(forward, text, start, end)
    if (inner < 0 || inner >= end || text[end - 1] !== ']') return text.slice(start, end)
    start = inner
    end--
  }
}

function trimTrailers(text: string, start: number, end: number): number {
  for (;;) {
    if (end > start && text[end - 1] === ' ') end--
    else if (end - start >= 5 && text.slice(end - 5, end).toLowerCase() === '(fwd)') end -= 5
    else return end
  }
}

function skipLeaders(text: string, start: number, end: number): number {
  for (;;) {
    while (start < end && text[start] === ' ') start++
    // All blobs in a row are looked at once: step by step, a row of them would be quadratic.
    let last = start
    let next = start
    for (let after = start; after >= 0; after = matchEnd(blob, text, after, end)) {
      last = next
      next = after
    }
    const leader = matchEnd(refwd, text, next, end)
    // (4): the last blob stays if nothing else would be left.
    if (leader < 0) return next < end ? next : last
    start = leader
  }
}
