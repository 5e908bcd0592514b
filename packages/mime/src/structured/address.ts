import { decodeWords } from '../headers/words.js'
import { normalForm } from '../normal-form.js'
import type { EmailAddress, EmailAddressGroup, EnvelopeAddress } from '../types.js'
import { type AddressItem, parseAddressList } from './address-list.js'
import type { Token } from './address-tokens.js'
import { typedText } from './typed-address.js'

type Address = Extract<AddressItem, { kind: 'address' }>

function joinWords(tokens: Token[]): string {
  return tokens.map((token, i) => (i > 0 && token.isApart ? ' ' : '') + token.text).join('')
}

function encodedName(phrase: Token[], comment: string | null): string | null {
  return joinWords(phrase).trim() || comment?.trim() || null
}

// RFC 2047 §5 (3): quoted strings hold no encoded words, so only the words between them are decoded.
function decodedName(phrase: Token[], comment: string | null): string | null {
  let name = ''
  for (let i = 0; i < phrase.length; ) {
    const first = i
    const isQuoted = phrase[i]!.kind === 'quoted'
    while (i < phrase.length && (phrase[i]!.kind === 'quoted') === isQuoted) i++
    const text = joinWords(phrase.slice(first, i))
    name += (first > 0 && phrase[first]!.isApart ? ' ' : '') + (isQuoted ? text : decodeWords(text))
  }
  return normalForm(name.trim() || decodeWords(comment?.trim() ?? '').trim(), 'NFC') || null
}

function emailAddress(item: Address): EmailAddress {
  const email = item.domain === null ? (typedText(item.local) ?? item.local) : `${item.local}@${item.domain}`
  return { name: decodedName(item.phrase, item.comment), email }
}

/** RFC 8621 §4.1.2.3: every mailbox of the list; groups are left out. */
export function asAddresses(raw: string): EmailAddress[] {
  return firstAddresses(raw, Number.POSITIVE_INFINITY)
}

/** As `asAddresses`, of the first `max` mailboxes and groups' ends. */
export function firstAddresses(raw: string, max: number): EmailAddress[] {
  return parseAddressList(raw, max)
    .filter((item) => item.kind === 'address')
    .map(emailAddress)
}

/** RFC 8621 §4.1.2.4: mailboxes between groups are collected under a group without a name. */
export function asGroupedAddresses(raw: string): EmailAddressGroup[] {
  const groups: EmailAddressGroup[] = []
  let current: EmailAddressGroup | null = null
  for (const item of parseAddressList(raw)) {
    if (item.kind === 'end') current = null
    else if (item.kind === 'start') {
      current = { name: decodedName(item.phrase, null), addresses: [] }
      groups.push(current)
    } else {
      if (!current) {
        current = { name: null, addresses: [] }
        groups.push(current)
      }
      current.addresses.push(emailAddress(item))
    }
  }
  return groups
}

/** The address structures of an ENVELOPE, RFC 9051 §7.5.2; null for a list without any. */
export function envelopeAddresses(raw: string): EnvelopeAddress[] | null {
  const items = firstEnvelopeAddresses(raw, Number.POSITIVE_INFINITY)
  return items.length > 0 ? items : null
}

/** As `envelopeAddresses`, the first `max`. */
export function firstEnvelopeAddresses(raw: string, max: number): EnvelopeAddress[] {
  return parseAddressList(raw, max).map(envelopeAddress)
}

function envelopeAddress(item: AddressItem): EnvelopeAddress {
  switch (item.kind) {
    case 'start':
      return { name: null, adl: null, mailbox: joinWords(item.phrase).trim(), host: null }
    case 'end':
      return { name: null, adl: null, mailbox: null, host: null }
    case 'address':
      // Without a domain the host is '': null would make it the start of a group.
      return {
        name: encodedName(item.phrase, item.comment),
        adl: item.route,
        mailbox: item.domain === null ? typedAscii(item.local) : item.local,
        host: item.domain ?? '',
      }
  }
}

/** Beyond ASCII it stays encoded, as names do. */
function typedAscii(local: string): string {
  const text = typedText(local)
  return text !== null && /^[\x20-\x7e]*$/.test(text) ? text : local
}
