// Header fields as they are written: RFC 5322 §2.2, RFC 2047, RFC 6532. What a client sent is checked by reading it
// back: a value that isn't what was asked for, once written and parsed, is refused. So nothing is smuggled in.
import {
  asAddresses,
  asDate,
  asGroupedAddresses,
  asMessageIds,
  asText,
  asURLs,
  type EmailAddress,
  type EmailAddressGroup,
  isPlainAddress,
  normalForm,
} from '@tandem/mime'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import { isObject, jsonEqual } from '../api/json.js'
import type { HeaderForm } from '../objects/header-property.js'

export interface Field {
  name: string
  /** What follows the colon, with its leading space and its folds, in Unicode. */
  value: string
}

/** Why a value can't be written. */
export class UnwritableValue extends Error {
  override readonly name = 'UnwritableValue'
}

/** RFC 5322 §2.1.1: octets of a line; and what is folded where it can be. */
const MAX_LINE = 998
const FOLD_AT = 76
/** RFC 2047 §2 has 75 with what stands before it in the line. */
const ENCODED_WORD = 52
/** Beyond it a word without a space is put into encoded words, which can be folded. */
const MAX_WORD = 500

/** Errors: UnwritableValue for what has the wrong type, or can't stand in such a field. */
export function writeField(name: string, form: HeaderForm, value: unknown): Field {
  const field = { name, value: WRITE[form](name, value) }
  const lines = `${name}:${field.value}`.split('\r\n')
  if (lines.some((line) => Buffer.byteLength(line) > MAX_LINE)) {
    throw new UnwritableValue(`a line of it is longer than ${MAX_LINE} octets`)
  }
  return field
}

const WRITE: Record<HeaderForm, (name: string, value: unknown) => string> = {
  Raw: (name, value) => writeRaw(name, checkedString(value)),
  Text: (name, value) => {
    const text = checkedText(value)
    return checked(fold(name, textWords(text)), asText, normalForm(text.replace(/^ +/, ''), 'NFC'))
  },
  Addresses: (name, value) => {
    const addresses = listOf(value, readAddress)
    return checked(fold(name, listWords(addresses)), asAddresses, addresses.map(normalAddress))
  },
  GroupedAddresses: (name, value) => {
    const groups = joinNameless(listOf(value, readGroup))
    const words = separated(groups.map(groupWords))
    return checked(fold(name, words), asGroupedAddresses, groups.map(normalGroup))
  },
  MessageIds: (name, value) => {
    const ids = listOf(value, checkedString)
    return checked(
      fold(
        name,
        ids.map((id) => `<${id}>`),
      ),
      asMessageIds,
      ids.length > 0 ? ids : null,
    )
  },
  Date: (name, value) => {
    const { text, instant } = readDate(value)
    const isSame = (raw: string) => new Date(asDate(raw) ?? Number.NaN).getTime() === instant
    return checked(fold(name, text.split(' ')), isSame, true)
  },
  URLs: (name, value) => {
    const urls = listOf(value, checkedString)
    const words = separated(urls.map((url) => [`<${url}>`]))
    return checked(fold(name, words), asURLs, urls.length > 0 ? urls : null)
  },
}

/** The value, if it reads as what was asked for. */
function checked<T>(value: string, parse: (raw: string) => T, wanted: T): string {
  const found = parse(Buffer.from(value).toString('latin1'))
  if (!jsonEqual(found, wanted)) throw new UnwritableValue('it cannot stand in such a header field')
  return value
}

const CONTROLS = /[\0-\x1f\x7f]/

function checkedString(value: unknown): string {
  if (typeof value !== 'string') throw new UnwritableValue('it has the wrong type')
  return value
}

/** Text of one line. A tab is white space as good as a space. */
function checkedText(value: unknown): string {
  const text = checkedString(value).replaceAll('\t', ' ')
  if (CONTROLS.test(text)) throw new UnwritableValue('it holds a line end or another control character')
  return text
}

function listOf<T>(value: unknown, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new UnwritableValue('it has the wrong type')
  return value.map((item) => {
    const found = read(item)
    if (typeof found === 'string' && CONTROLS.test(found)) {
      throw new UnwritableValue('it holds a line end or another control character')
    }
    return found
  })
}

/** RFC 8621 §4.1.2.1: as it is, folds included; a line too long is folded where it has white space. */
function writeRaw(name: string, value: string): string {
  const unfolded = value.replace(/\r\n(?=[\t ])/g, '')
  if (CONTROLS.test(unfolded.replaceAll('\t', ' '))) {
    throw new UnwritableValue('it holds a line end that is no fold, or another control character')
  }
  const lines = value.split('\r\n')
  // RFC 5322 §3.2.2: no line of a folded field is white space alone.
  if (lines.length > 1 && lines.some((line) => /^[\t ]*$/.test(line))) {
    throw new UnwritableValue('it holds an empty line')
  }
  if (lines.every((line) => Buffer.byteLength(line) + name.length < MAX_LINE)) return value
  return fold(name, unfolded.trim().split(/[\t ](?=[^\t ])/))
}

/** Words with a space before each, in lines of at most 76 characters as far as the words allow. */
function fold(name: string, words: readonly string[]): string {
  let value = ''
  let column = name.length + 1
  for (const word of words) {
    const isFull = value !== '' && column + 1 + word.length > FOLD_AT
    value += isFull ? `\r\n ${word}` : ` ${word}`
    column = (isFull ? 0 : column) + 1 + word.length
  }
  return value
}

/** More than one space stays with the word before, so that no line is white space alone. */
const spacedWords = (text: string) => text.split(/ (?=[^ ])/)

function textWords(text: string): string[] {
  if (text === '') return []
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && isFoldable(text)
  return isPlain ? spacedWords(text) : encodedWords(text)
}

/** And without anything that a reader could take for an encoded word. */
function isFoldable(text: string): boolean {
  return !text.includes('=?') && spacedWords(text).every((word) => word.length <= MAX_WORD)
}

/** RFC 2047. */
function encodedWords(text: string): string[] {
  const isMostlyAscii = Buffer.byteLength(text) - text.length < text.length / 3
  return encodeWord(text, isMostlyAscii ? 'Q' : 'B', ENCODED_WORD).split(' ')
}

const ATOMS = /^[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*$/
const ASCII = /^[\x20-\x7e]*$/

/** RFC 5322 §3.2.5: atoms, a quoted string, or encoded words. */
function phrase(name: string): string[] {
  if (ATOMS.test(name) && isFoldable(name)) return name.split(' ')
  if (ASCII.test(name) && isFoldable(name)) {
    return spacedWords(`"${name.replace(/["\\]/g, '\\$&')}"`)
  }
  return encodedWords(name)
}

function readAddress(value: unknown): EmailAddress {
  if (!isObject(value)) throw new UnwritableValue('an EmailAddress is an object')
  const { name = null, email, ...rest } = value
  if (Object.keys(rest).length > 0) throw new UnwritableValue('an EmailAddress has a name and an email')
  return { name: name === null ? null : checkedText(name).trim() || null, email: checkedText(email) }
}

function readGroup(value: unknown): EmailAddressGroup {
  if (!isObject(value)) throw new UnwritableValue('an EmailAddressGroup is an object')
  const { name = null, addresses, ...rest } = value
  if (Object.keys(rest).length > 0) throw new UnwritableValue('a group has a name and addresses')
  return {
    name: name === null ? null : checkedText(name).trim() || null,
    addresses: listOf(addresses, readAddress),
  }
}

/** Addresses outside of groups stand together; without any, such a group is nothing (RFC 8621 §4.1.2.4). */
function joinNameless(groups: readonly EmailAddressGroup[]): EmailAddressGroup[] {
  const joined: EmailAddressGroup[] = []
  for (const group of groups) {
    const last = joined.at(-1)
    if (group.name !== null) joined.push(group)
    else if (last?.name === null) last.addresses.push(...group.addresses)
    else if (group.addresses.length > 0) joined.push({ name: null, addresses: [...group.addresses] })
  }
  return joined
}

/** No special but the one `@`: such an address needs no brackets. */
const PLAIN_ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[^\s"(),:;<>@[\\\]]+$/

function addressWords({ name, email }: EmailAddress): string[] {
  const words = name === null ? [] : phrase(name)
  if (name !== null && email === '') return [...words, '<>']
  if (!isPlainAddress(email)) return [...words, ...typedWords(email)]
  return [...words, name === null && PLAIN_ADDRESS.test(email) ? email : `<${email}>`]
}

/** What is no address yet, and is kept as it was typed (RFC 8621 §4.6). */
function typedWords(text: string): string[] {
  const words = text === '' ? ['=?UTF-8?Q??='] : encodedWords(text)
  return words.map(
    (word, index) => `${index === 0 ? '<' : ''}${word}${index === words.length - 1 ? '>' : ''}`,
  )
}

const listWords = (addresses: readonly EmailAddress[]) => separated(addresses.map(addressWords))

function groupWords({ name, addresses }: EmailAddressGroup): string[] {
  if (name === null) return listWords(addresses)
  const words = phrase(name)
  return [...words.slice(0, -1), `${words.at(-1)}:`, ...listWords(addresses).slice(0, -1), lastOf(addresses)]
}

function lastOf(addresses: readonly EmailAddress[]): string {
  return `${listWords(addresses).at(-1) ?? ''};`
}

/** The words of a list, with a comma after each item but the last. */
function separated(items: readonly string[][]): string[] {
  return items.flatMap((words, index) =>
    index === items.length - 1 ? words : [...words.slice(0, -1), `${words.at(-1)},`],
  )
}

function normalAddress({ name, email }: EmailAddress): EmailAddress {
  return { name: name === null ? null : normalForm(name, 'NFC'), email }
}

function normalGroup({ name, addresses }: EmailAddressGroup): EmailAddressGroup {
  return { name: name === null ? null : normalForm(name, 'NFC'), addresses: addresses.map(normalAddress) }
}

const DATE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** A Date of RFC 8620 §1.4 in the form of RFC 5322 §3.3, which knows no fractions of a second. */
function readDate(value: unknown): { text: string; instant: number } {
  const match = DATE.exec(checkedString(value))
  const instant = match ? new Date(match[1] + match[2]!).getTime() : Number.NaN
  const local = new Date(`${match?.[1]}Z`)
  // A day that isn't in its month is carried over by the engine.
  if (!match || Number.isNaN(instant) || local.toISOString().slice(0, 19) !== match[1]) {
    throw new UnwritableValue('it is no Date')
  }
  const zone = match[2] === 'Z' ? '+0000' : match[2]!.replace(':', '')
  return { text: formatDateTime(local, zone), instant }
}

/** RFC 5322 §3.3. `local`: the time in that zone, as if it were UTC. */
export function formatDateTime(local: Date, zone = '+0000'): string {
  return local.toUTCString().replace('GMT', zone)
}
