// How a command ends otherwise than with OK, as errors that the session's loop turns into answers.

/** A tagged NO or BAD. `code` is a response code without its brackets (RFC 3501 §7.1, RFC 5530). */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: 'NO' | 'BAD',
    text: string,
    readonly code: string | null = null,
  ) {
    super(text)
  }
}

/** The operation failed. */
export const no = (text: string, code: string | null = null) => new Refusal('NO', text, code)

/** The command is not IMAP, or not allowed here. */
export const bad = (text: string, code: string | null = null) => new Refusal('BAD', text, code)

/** An untagged BYE; the connection is closed after it. */
export class Farewell extends Error {
  override readonly name = 'Farewell'
  constructor(
    text: string,
    readonly code: string | null = null,
  ) {
    super(text)
  }
}

/** What clients at an address are told that the guard banned. */
export const bannedFarewell = (seconds: number) =>
  new Farewell(`Too many wrong passwords from your address; try again in ${seconds} seconds`, 'UNAVAILABLE')

/** The client is gone, or has to go without a word because one can't be said any more (inside a literal, say). */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}
