/**
 * Ids on the wire: one letter for the type, then lower-case Crockford base32 of the number. Numbers are counted from an
 * epoch, which a restore from backup raises (rule 7), so an id that was handed out after the backup was taken is never
 * given to something else. IMAP (RFC 8474 §4) and JMAP (RFC 8620 §1.2) show the same strings.
 */
export type IdKind =
  | 'account'
  | 'mailbox'
  | 'email'
  | 'thread'
  | 'submission'
  | 'identity'
  | 'pushSubscription'

const LETTERS = {
  account: 'a',
  mailbox: 'm',
  email: 'e',
  thread: 't',
  submission: 's',
  identity: 'i',
  pushSubscription: 'p',
} as const satisfies Record<IdKind, string>

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** The wire form of an id, e.g. `formatId('email', 2 ** 40 + 7)` is `e100000007`. */
export function formatId(kind: IdKind, id: number): string {
  let digits = ''
  for (let rest = id; rest > 0; rest = Math.floor(rest / 32)) digits = ALPHABET[rest % 32] + digits
  return LETTERS[kind] + digits
}

/** The number behind a wire id of that kind, or null where it can't be one (which means: not found). */
export function parseId(kind: IdKind, text: string): number | null {
  if (text[0] !== LETTERS[kind] || text.length < 2 || text.length > 12 || text[1] === '0') return null
  let id = 0
  for (let at = 1; at < text.length; at++) {
    const digit = ALPHABET.indexOf(text[at]!)
    if (digit < 0) return null
    id = id * 32 + digit
  }
  return Number.isSafeInteger(id) ? id : null
}

const EPOCHS_BEGAN = Date.UTC(2026, 0, 1)

/**
 * Where counting goes on at that moment, above all that was counted before: the second since 2026 began, with room for
 * 2^20 numbers in each. Below 2^53 for 272 years.
 */
export function epochAt(moment: Date): number {
  return Math.floor((moment.getTime() - EPOCHS_BEGAN) / 1000) * 2 ** 20
}
