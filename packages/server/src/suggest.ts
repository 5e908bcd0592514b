/** The candidate that `text` was most likely meant to be; null where none is within `limit` edits. */
export function suggest(
  text: string,
  candidates: Iterable<string>,
  limit: number = Math.max(1, Math.floor(text.length / 3)),
): string | null {
  let best: string | null = null
  let least = limit + 1
  for (const candidate of candidates) {
    const d = distance(text.toLowerCase(), candidate.toLowerCase())
    if (d < least) {
      best = candidate
      least = d
    }
  }
  return best
}

/** ` (did you mean X?)`, or nothing. */
export function didYouMean(
  text: string,
  candidates: Iterable<string>,
  show = (name: string) => name,
): string {
  const found = suggest(text, candidates)
  return found === null ? '' : ` (did you mean ${show(found)}?)`
}

/** Edits from a to b: insertions, deletions, replacements, and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) least = Math.min(least, before[j - 2]! + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
