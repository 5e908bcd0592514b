import { decodeWordsAnywhere } from '../headers/words.js'
import { normalForm } from '../normal-form.js'
import type { EmailAddress, EmailAddressGroup, EnvelopeAddress } from '../types.js'
import { type AddressItem, type ListOptions, parseAddressList } from './address-list.js'
import type { Token } from './address-tokens.js'
import { typedText } from './typed-address.js'

type Address = Extract<AddressItem, { kind: 'address' }>

function joinWords(tokens: Token[]): string {
  return tokens.map((token, i) => (i > 0 && token.isApart ? ' ' : '') + token.text).join('')
}

function encodedName(phrase: Token[], comment: string | null): string | null {
  return joinWords(phrase).trim() || comment?.trim() || null
}

// RFC 2047 §5 (3) has no encoded words in quoted strings, but QQ Mail, Foxmail and others put every name there: RFC 8621
// §4.1.2.3 takes the quotes away first and decodes then.
function decodedName(phrase: Token[], comment: string | null): string | null {
  const decoded = (text: string) => decodeWordsAnywhere(text).trim()
  return normalForm(decoded(joinWords(phrase)) || decoded(comment ?? ''), 'NFC') || null
}

function emailAddress(item: Address): EmailAddress {
  const email = item.domain === null ? (typedText(item.local) ?? item.local) : `${item.local}@${item.domain}`
  return { name: decodedName(item.phrase, item.comment), email }
}

/** RFC 8621 §4.1.2.3: every mailbox of the list; groups are left out. `declared`: see `declaredCharset`. */
export function asAddresses(raw: string, declared: string | null = null): EmailAddress[] {
  return firstAddresses(raw, { declared })
}

/** As `asAddresses`, of the first `max` mailboxes and groups' ends. */
export function firstAddresses(raw: string, options: ListOptions): EmailAddress[] {
  return parseAddressList(raw, options)
    .filter((item) => item.kind === 'address')
    .map(emailAddress)
}

/** RFC 8621 §4.1.2.4: mailboxes between groups are collected under a group without a name. */
export function asGroupedAddresses(raw: string, declared: string | null = null): EmailAddressGroup[] {
  const groups: EmailAddressGroup[] = []
  let current: EmailAddressGroup | null = null
  for (const item of parseAddressList(raw, { declared })) {
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
  const items = firstEnvelopeAddresses(raw, {})
  return items.length > 0 ? items : null
}

/** As `envelopeAddresses`, the first `max`. */
export function firstEnvelopeAddresses(raw: string, options: ListOptions): EnvelopeAddress[] {
  return parseAddressList(raw, options).map(envelopeAddress)
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
