// Mailbox names with the wildcards of LIST: RFC 3501 §6.3.8. Pure.
//
// `*` stands for any characters, `%` for any but the delimiter. Matching takes time of the order of name times
// pattern, whatever the pattern.
import { canonicalName } from '@tandem/mailstore'
import { normalForm } from '@tandem/mime'

export const DELIMITER = '/'

export type Pattern = (path: string) => boolean

/** Reference and name are joined as they are. INBOX matches in any case. */
export function createPattern(reference: string, name: string): Pattern {
  const pattern = squeezed(canonicalPattern(reference + name))
  const inboxPattern = pattern.replace(/^inbox(?=$|\/)/i, 'INBOX')
  // What a long pattern of a few names costs is bounded by the names.
  const shortest = pattern.replace(/[*%]/g, '').length
  return (path) => {
    if (path.length < shortest) return false
    if (path === 'INBOX') return matches(pattern.toUpperCase(), path)
    return matches(inboxPattern, path)
  }
}

/** As the store spells names; of a level with wildcards only the normal form is known. */
function canonicalPattern(pattern: string): string {
  const canonical = (level: string) => (/[*%]/.test(level) ? normalForm(level, 'NFC') : canonicalName(level))
  return pattern.split(DELIMITER).map(canonical).join(DELIMITER)
}

/** The path and all that it lies below, topmost first: `a/b/c` gives `a`, `a/b`, `a/b/c`. */
export function lineage(path: string): string[] {
  const names = path.split(DELIMITER)
  return names.map((_, index) => names.slice(0, index + 1).join(DELIMITER))
}

/** A run of wildcards is one `*` where it holds one, else one `%`. */
function squeezed(pattern: string): string {
  return pattern.replace(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%'))
}

function matches(pattern: string, path: string): boolean {
  // reached[i]: the pattern so far matches the first i characters of the path.
  let reached = new Array<boolean>(path.length + 1).fill(false)
  reached[0] = true
  for (const char of pattern) {
    const next = new Array<boolean>(path.length + 1).fill(false)
    if (char === '*' || char === '%') {
      let open = false
      for (let i = 0; i <= path.length; i++) {
        if (i > 0 && char === '%' && path[i - 1] === DELIMITER) open = false
        open ||= reached[i]!
        next[i] = open
      }
    } else {
      for (let i = 0; i + char.length <= path.length; i++) {
        if (reached[i] && path.startsWith(char, i)) next[i + char.length] = true
      }
    }
    reached = next
  }
  return reached[path.length]!
}
