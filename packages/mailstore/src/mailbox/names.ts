import { normalForm } from '@tandem/mime'
import { MailstoreError } from '../errors.js'

/** The roles of the IANA registry of mailbox name attributes: RFC 6154, RFC 8457, RFC 8621 §2, RFC 9979. */
export const MAILBOX_ROLES = [
  'inbox',
  'drafts',
  'sent',
  'archive',
  'junk',
  'trash',
  'flagged',
  'important',
  'all',
  'snoozed',
  'scheduled',
  'memos',
] as const

/** What a new account has. INBOX's own name is what JMAP shows; IMAP says INBOX. */
export const FIRST_MAILBOXES = [
  { name: 'Inbox', role: 'inbox' },
  { name: 'Drafts', role: 'drafts' },
  { name: 'Sent', role: 'sent' },
  { name: 'Archive', role: 'archive' },
  { name: 'Junk', role: 'junk' },
  { name: 'Trash', role: 'trash' },
] as const

/** Octets of UTF-8; RFC 8621 §1.3.1 asks for at least 100 (maxSizeMailboxName). */
export const MAX_MAILBOX_NAME = 255
/** Levels; RFC 8621 §1.3.1 maxMailboxDepth. */
export const MAX_MAILBOX_DEPTH = 20

/** RFC 9755 §3: Net-Unicode (RFC 5198 §2) without control characters, nor line and paragraph separators. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/**
 * The one spelling of a name: NFC (RFC 5198), a space for control characters, no space around it. Other servers let such
 * names be, so what comes from them is mapped; every name that a client sends is, and finds what was made. What is
 * nothing but spaces becomes `_`.
 */
export function canonicalName(name: string): string {
  const kept = normalForm(normalForm(name, 'NFC').replace(CONTROLS, ' ').trim(), 'NFC')
  return kept === '' && name !== '' ? '_' : kept
}

/**
 * The name as it is kept. Errors: invalidMailboxName for an empty or over-long one, `/`, lone surrogates, and for a
 * top-level INBOX in any case that isn't the INBOX.
 */
export function checkMailboxName(name: string, parentId: number | null, role: string | null): string {
  const kept = canonicalName(name)
  const refuse = (why: string) => new MailstoreError('invalidMailboxName', `the mailbox name ${why}`)
  if (kept === '') throw refuse('is empty')
  if (Buffer.byteLength(kept) > MAX_MAILBOX_NAME) throw refuse(`is longer than ${MAX_MAILBOX_NAME} octets`)
  if (kept.includes('/')) throw refuse('contains "/", which separates levels')
  if (!kept.isWellFormed()) throw refuse('is not well-formed Unicode')
  if (parentId === null && role !== 'inbox' && kept.toUpperCase() === 'INBOX')
    throw refuse('INBOX is reserved')
  return kept
}

/** The parts of an IMAP path, INBOX in capitals (RFC 9051 §5.1); a trailing delimiter is dropped. */
export function splitPath(path: string): string[] {
  const parts = path.replace(/\/$/, '').split('/').map(canonicalName)
  if (parts[0]!.toUpperCase() === 'INBOX') parts[0] = 'INBOX'
  return parts
}

/** One spelling per path: what subscriptions and look-ups compare. */
export function canonicalPath(path: string): string {
  return splitPath(path).join('/')
}

/** Errors: invalidMailboxName where a part of the path can't be a name; invalidMailboxParent where it is too deep. */
export function checkPath(path: string): void {
  const parts = splitPath(path)
  if (parts.length > MAX_MAILBOX_DEPTH) {
    throw new MailstoreError('invalidMailboxParent', `mailboxes go ${MAX_MAILBOX_DEPTH} levels deep`)
  }
  const isInbox = parts[0] === 'INBOX'
  for (const part of isInbox ? parts.slice(1) : parts) checkMailboxName(part, 0, null)
}
