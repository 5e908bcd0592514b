import { domainToUnicode } from 'node:url'
import { normalForm } from '@tandem/mime'

// RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 §3.3 lets UTF-8 into both sides.
const LOCAL_LIMIT = 64
const DOMAIN_LIMIT = 255
const ATEXT = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
const BEYOND_ASCII = '[^\\x00-\\x7f\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Z}]'
/** Dots anywhere: such addresses were given away (path.ts). */
const LOCAL = new RegExp(`^(?:${ATEXT}|\\.|${BEYOND_ASCII})+$`, 'u')
const LABEL =
  '[\\p{L}\\p{M}\\p{Nd}_](?:[\\p{L}\\p{M}\\p{Nd}\\u00b7\\u0375\\u05f3\\u05f4\\u30fb_-]*[\\p{L}\\p{M}\\p{Nd}_])?'
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'u')

/**
 * The one spelling under which an address is stored and looked for: lower case, NFC, the domain as U-labels, no
 * needless quotes. Null where it is no address a mailbox here could have.
 */
export function normalizeAddress(text: string): string | null {
  const at = text.lastIndexOf('@')
  if (at < 1) return null
  const local = normalizeLocal(text.slice(0, at))
  const domain = normalizeDomain(text.slice(at + 1))
  return local === null || domain === null ? null : `${local}@${domain}`
}

/** The same for a domain alone. A trailing dot is no part of it (RFC 5321 §2.3.5). */
export function normalizeDomain(text: string): string | null {
  if (text.length > DOMAIN_LIMIT) return null
  const lower = fold(text).replace(/(?<=[^.])\.$/, '')
  const domain = /(^|\.)xn--/.test(lower) ? fold(domainToUnicode(lower)) : lower
  return DOMAIN.test(domain) && Buffer.byteLength(domain) <= DOMAIN_LIMIT ? domain : null
}

/** `local@domain` of `local+tag@domain`, or null where there is no tag. Both sides are normalised already. */
export function withoutTag(address: string): string | null {
  const plus = address.indexOf('+')
  return plus < 1 || plus > address.lastIndexOf('@')
    ? null
    : address.slice(0, plus) + address.slice(address.lastIndexOf('@'))
}

/** The login that has all mail of a domain, `@domain`; null where this names none. Nobody logs in as that. */
export function normalizeCatchAll(text: string): string | null {
  const domain = text.startsWith('@') ? normalizeDomain(text.slice(1)) : null
  return domain === null ? null : `@${domain}`
}

/**
 * The logins that an address is looked for by; it is the first's that is there. Postmaster has mail about the domain
 * (RFC 5321 §4.5.1), and whose that is, no catch-all says.
 */
export function loginsFor(address: string): string[] {
  const at = address.lastIndexOf('@')
  const untagged = withoutTag(address)
  const exact = untagged === null ? [address] : [address, untagged]
  return exact.some((name) => name.startsWith('postmaster@')) ? exact : [...exact, address.slice(at)]
}

function normalizeLocal(text: string): string | null {
  // RFC 5321 §4.1.2: "joe" and joe are the same; what needs its quotes, no mailbox here has.
  const bare = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? text
  const local = fold(bare)
  return LOCAL.test(local) && Buffer.byteLength(local) <= LOCAL_LIMIT ? local : null
}

/** Postgres checks `name = lower(name)`, which holds for what JavaScript has lower-cased already. */
function fold(text: string): string {
  return normalForm(normalForm(text, 'NFC').toLowerCase(), 'NFC')
}
