import { MailstoreError } from '../errors.js'

/** Postgres has no NUL in its text. Errors: invalidText where a string of the value, however deep, has one. */
export function requireText(value: object): void {
  if (holdsNul(value)) throw new MailstoreError('invalidText', 'a text holds a NUL character')
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0')
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul)
}
