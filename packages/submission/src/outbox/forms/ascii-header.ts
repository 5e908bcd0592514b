// A header for hosts without SMTPUTF8 (RFC 6531 §3.2): encoded words (RFC 2047) and parameters (RFC 2231) for what is
// beyond ASCII, A-labels for domains. Only the local part of an address has no other form.
import { isUtf8 } from 'node:buffer'
import { asGroupedAddresses, type EmailAddress, type Header, MAX_LINE, type Part } from '@tandem/mime'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import { isBeyondAscii, wireForm } from '../wire-form.js'

type Field = Pick<Header, 'name' | 'raw'>

const ADDRESSES =
  /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$|^(?:disposition-notification-to|return-receipt-to|errors-to|mail-followup-to)$/
const IDS = /^(?:(?:resent-)?message-id|in-reply-to|references|content-id)$/
/** Characters of an encoded word, of 75 with its name before it. */
const WORD = 52
/** Characters of a parameter's value in one piece: RFC 2231 §3. */
const PIECE = 50

/** The fields in ASCII; null where an address has a local part beyond it. */
export function asciiFields(fields: readonly Field[], part: Part): Field[] | null {
  const ascii = fields.map((field) => (isBeyondAscii(field.raw) ? asciiField(field, part) : field))
  return ascii.every((field) => field !== null) ? ascii : null
}

function asciiField({ name, raw }: Field, part: Part): Field | null {
  const wanted = name.toLowerCase()
  const text = textOf(raw)
  if (ADDRESSES.test(wanted)) {
    const value = addressList(raw)
    return value === null ? null : { name, raw: value || unstructured(text) }
  }
  if (wanted === 'content-type') return { name, raw: withParameters(part.type, part.params) }
  if (wanted === 'content-disposition') {
    return { name, raw: withParameters(part.disposition ?? 'attachment', part.dispositionParams) }
  }
  if (IDS.test(wanted)) return { name, raw: text.replace(/[^\x00-\x7f]+/g, encodeURIComponent) }
  return { name, raw: unstructured(text) }
}

/** Unfolded; what is no UTF-8 is most often windows-1252. */
function textOf(raw: string): string {
  const bytes = Buffer.from(raw.replaceAll('\r\n', ''), 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('windows-1252').decode(bytes)
}

/** Runs of words beyond ASCII become encoded words; the others stay as they are. */
function unstructured(text: string): string {
  const words = text.trim().split(/[ \t]+/)
  const out: string[] = []
  for (let at = 0; at < words.length; ) {
    const first = at
    while (at < words.length && isBeyondAscii(words[at]!)) at++
    if (at === first) {
      out.push(words[at++]!)
      continue
    }
    // The white space between two encoded words is none (RFC 2047 §6.2).
    const before = out.at(-1)?.startsWith('=?') ? ' ' : ''
    const after = words[at]?.startsWith('=?') ? ' ' : ''
    out.push(...encodedWords(before + words.slice(first, at).join(' ') + after))
  }
  return folded(out)
}

function encodedWords(text: string): string[] {
  const isMostlyAscii = Buffer.byteLength(text) - text.length < text.length / 3
  return encodeWord(text, isMostlyAscii ? 'Q' : 'B', WORD).split(' ')
}

/** Null: no form in ASCII; '': not a list of addresses. */
function addressList(raw: string): string | null {
  const groups = asGroupedAddresses(raw)
  if (groups.some(({ addresses }) => addresses.some(({ email }) => isBeyondAscii(localOf(email)))))
    return null
  const words = groups.map(({ name, addresses }) => {
    const list = addresses.map(mailbox).join(', ')
    return name === null ? list : `${phrase(name)}: ${list};`
  })
  return folded(words.join(', ').split(' '))
}

const localOf = (email: string) => email.slice(0, Math.max(0, email.lastIndexOf('@'))) || email

function mailbox({ name, email }: EmailAddress): string {
  const address = wireForm(email)
  return name === null ? `<${address}>` : `${phrase(name)} <${address}>`
}

function phrase(name: string): string {
  return isBeyondAscii(name) ? encodedWords(name).join(' ') : `"${name.replace(/["\\]/g, '\\$&')}"`
}

function withParameters(value: string, params: Readonly<Record<string, string>>): string {
  const words = Object.entries(params).flatMap(([name, text]) => parameter(name, text))
  return ` ${[value, ...words].join(';\r\n\t')}`
}

function parameter(name: string, text: string): string[] {
  if (/^[\x20-\x7e]*$/.test(text) && text.length < MAX_LINE / 2) {
    return [`${name}="${text.replace(/["\\]/g, '\\$&')}"`]
  }
  const pieces = percentEncoded(text).match(/(?:%..|[^%]){1,50}/g) ?? ['']
  const isOne = pieces.join('').length <= PIECE
  return pieces.map((piece, at) => {
    const number = isOne ? '' : `*${at}`
    return `${name}${number}*=${at === 0 ? "utf-8''" : ''}${piece}`
  })
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** In lines of about 76 characters, as far as the words allow. */
function folded(words: readonly string[]): string {
  let value = ''
  let column = 20
  for (const word of words.filter((each) => each !== '')) {
    const isFull = column + 1 + word.length > 76
    value += isFull && value !== '' ? `\r\n ${word}` : ` ${word}`
    column = (isFull ? 0 : column) + 1 + word.length
  }
  return value
}
