// What a client may say of an email in Email/set and Email/import: RFC 8621 §4.6 and §4.8, RFC 8620 §5.3.
import { type Email, type KeywordChange, parseId } from '@tandem/mailstore'
import { isObject, type JsonObject, jsonEqual } from '../api/json.js'
import { invalidProperties, type SetError } from '../errors.js'
import { renderStored } from './email.js'
import { foldKeyword, readKeywords } from './keywords.js'
import { applyPatch } from './patch.js'

/** The ids that a client may use: the account's mailboxes, and what creation ids stand for. */
export interface KnownIds {
  mailboxes: ReadonlySet<number>
  resolve(id: string): string | null
}

/** What an update comes to; null where it leaves that as it is. */
export interface EmailChange {
  keywords: KeywordChange | null
  mailboxIds: number[] | null
  /** Where keywords are not spelled as the client did: what they are (RFC 8620 §5.3, `updated`). */
  said: JsonObject | null
}

export type ReadEmail = { ok: true; change: EmailChange } | { ok: false; error: SetError }

/** Keywords and mailboxes can change; all else must be as it is. */
export function readEmailPatch(patch: JsonObject, email: Email, known: KnownIds): ReadEmail {
  const patched = applyPatch(patch, {
    get: (property) => renderStored(email, property),
    default: (property) => (property === 'keywords' ? {} : undefined),
    normalise: (path) => normalise(path, known),
  })
  if (!patched.ok) return patched
  const change: EmailChange = { keywords: null, mailboxIds: null, said: null }
  const invalid: string[] = []
  const problems: string[] = []
  for (const [name, value] of patched.values) {
    if (name === 'keywords') {
      const keywords = readKeywords(value, email.keywords)
      if ('problem' in keywords) {
        invalid.push(name)
        problems.push(keywords.problem)
        continue
      }
      change.keywords = keywordChange(email.keywords, keywords)
      if (!isFolded(patch)) {
        change.said = { keywords: Object.fromEntries(keywords.map((keyword) => [keyword, true])) }
      }
    } else if (name === 'mailboxIds') {
      const ids = readMailboxIds(value, known)
      if ('problem' in ids) {
        invalid.push(name)
        problems.push(ids.problem)
      } else if (!jsonEqual(ids, email.mailboxIds)) change.mailboxIds = ids
    } else if (!isUnchanged(email, name, value, known)) {
      invalid.push(name)
      problems.push(`"${name.slice(0, 100)}" cannot be changed`)
    }
  }
  if (invalid.length > 0) return { ok: false, error: invalidProperties(invalid, problems.join('; ')) }
  return { ok: true, change }
}

/** The set in a `mailboxIds` property, ascending; or why it is none. */
export function readMailboxIds(value: unknown, known: KnownIds): number[] | { problem: string } {
  if (!isObject(value)) return { problem: 'mailboxIds must be an object' }
  const ids = new Set<number>()
  for (const [text, is] of Object.entries(value)) {
    if (is !== true) return { problem: `the value of mailbox "${text.slice(0, 100)}" must be true` }
    const id = parseId('mailbox', known.resolve(text) ?? '')
    if (id === null || !known.mailboxes.has(id))
      return { problem: `there is no mailbox "${text.slice(0, 100)}"` }
    ids.add(id)
  }
  if (ids.size === 0) return { problem: 'an email is in at least one mailbox' }
  return [...ids].sort((a, b) => a - b)
}

/** `keywords/…` in lower case, `mailboxIds/#…` by id. */
function normalise(path: string[], known: KnownIds): string[] {
  const [property, name, ...rest] = path
  if (name === undefined) return path
  if (property === 'keywords') return [property, foldKeyword(name), ...rest]
  if (property === 'mailboxIds') return [property, known.resolve(name) ?? name, ...rest]
  return path
}

/** Whole sets are only written where both is needed: many emails then often share one change. */
function keywordChange(before: readonly string[], after: readonly string[]): KeywordChange | null {
  const [has, wants] = [new Set(before), new Set(after)]
  const added = after.filter((keyword) => !has.has(keyword))
  const removed = before.filter((keyword) => !wants.has(keyword))
  if (added.length === 0 && removed.length === 0) return null
  if (removed.length === 0) return { mode: 'add', keywords: added }
  if (added.length === 0) return { mode: 'remove', keywords: removed }
  return { mode: 'replace', keywords: after }
}

function isUnchanged(email: Email, name: string, value: unknown, known: KnownIds): boolean {
  const current = renderStored(email, name)
  if (current === undefined) return false
  if (name === 'id' && typeof value === 'string') return known.resolve(value) === current
  // A patch of null removes, and nothing is left where null was.
  return jsonEqual(value ?? null, current)
}

/** Whether the patch names all keywords in lower case. */
function isFolded(patch: JsonObject): boolean {
  const whole =
    Object.hasOwn(patch, 'keywords') && isObject(patch.keywords) ? Object.keys(patch.keywords) : []
  const single = Object.keys(patch).filter((key) => key.startsWith('keywords/') && patch[key] === true)
  return [...whole, ...single].every((key) => key === foldKeyword(key))
}
