// Which messages a vacation response may answer: RFC 3834 §2, RFC 5230 §4.5 and §4.6.
import { asAddresses, defineTask, type Header, parseMessage } from '@tandem/mime'

/** What an address looks like that a header field and an envelope can hold without quotes. */
const PLAIN = /^[^\s"(),:;<>@[\\\]\p{C}]{1,64}@[^\s"(),:;<>@[\\\]\p{C}.]+(?:\.[^\s"(),:;<>@[\\\]\p{C}.]+)*$/u

/** RFC 5230 §4.6: programs read these, not people. A postmaster is a person (RFC 2142). */
const PROGRAMS = [
  /^(?:mailer-daemon|mailer|listserv|listproc|majordomo|mailman|autoreply|auto-reply)$/,
  /^owner-/,
  /-(?:owner|request|bounces?|errors|confirm|daemon|return)$/,
  /^(?:bounces?|return|returns)(?:[-_.=].*)?$/,
  /(?:^|[-_.])(?:no|dont|donot|do-not|do_not|do\.not)[-_.]?reply(?:$|[-_.])/,
]

/** Whether somebody may be there to read an answer. `sender`: the return path, '' where it is null. */
export function isPerson(sender: string): boolean {
  if (!PLAIN.test(sender)) return false
  const local = sender.slice(0, sender.lastIndexOf('@')).toLowerCase()
  const [base = ''] = local.split('+')
  return !PROGRAMS.some((program) => program.test(base))
}

/** Whether a header is of a message that a person wrote to people, and to no list. */
export function isPersonal(headers: readonly Header[]): boolean {
  return headers.every(({ name, raw }) => {
    const field = name.toLowerCase()
    if (field === 'auto-submitted') return keyword(raw) === 'no'
    if (field === 'precedence') return !['bulk', 'list', 'junk'].includes(keyword(raw))
    // RFC 2369, RFC 2919: List-Id, List-Help, List-Unsubscribe …
    return !field.startsWith('list-')
  })
}

/** RFC 3834 §5.1: what stands before parameters, comments left out. */
function keyword(raw: string): string {
  return raw
    .replace(/\([^()]*\)/g, ' ')
    .split(';')[0]!
    .trim()
    .toLowerCase()
}

/** Whom a personal message is for; null for any other. */
export const addressees = defineTask(import.meta.url, 'addressees', (header: Uint8Array) => {
  const { headers } = parseMessage(header)
  return isPersonal(headers) ? addressed(headers) : null
})

const RECIPIENT_FIELDS = new Set(['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'])
/** A message to more people is not personal. */
const MAX_ADDRESSED = 1_000

/** Whom the message is for by its header; the first thousand of them. */
export function addressed(headers: readonly Header[]): string[] {
  const fields = headers.filter(({ name }) => RECIPIENT_FIELDS.has(name.toLowerCase()))
  return fields.flatMap(({ raw }) => asAddresses(raw).map(({ email }) => email)).slice(0, MAX_ADDRESSED)
}
