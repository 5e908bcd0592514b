// An Email that a client wants made: RFC 8621 §4.6. Everything that needs no look at the account.
import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject } from '../api/json.js'
import { weigh } from '../api/limits.js'
import { type Field, formatDateTime } from '../compose/fields.js'
import type { SetError } from '../errors.js'
import { parseUTCDate } from './dates.js'
import { type FieldOwners, isHeaderProperty, readHeaderProperties } from './draft-headers.js'
import { type BodyTexts, type DraftPart, readDraftPart } from './draft-part.js'
import { arrangeParts } from './draft-structure.js'
import { readKeywords } from './keywords.js'
import { createProblems, type Problems } from './problems.js'

export interface Draft {
  /** The message: its own fields, those of its root part among them. */
  root: DraftPart
  /** As sent; which mailboxes there are is known under the account's lock. */
  mailboxIds: unknown
  keywords: string[]
  receivedAt: Date
}

const LISTS = ['textBody', 'htmlBody', 'attachments'] as const
const BODY = new Set<string>(['bodyStructure', 'bodyValues', ...LISTS])
const METADATA = new Set(['mailboxIds', 'keywords', 'receivedAt'])

/** Octets of the fields and parts that a client may write: to encode them takes about a second for four million. */
const MAX_HEADERS = 256 * 1024

/** `now` and `domain`: of the Date and the Message-ID, where the client gives none. */
export function readDraft(
  object: JsonObject,
  { now, domain }: { now: Date; domain: string },
): { ok: true; draft: Draft } | { ok: false; error: SetError } {
  if (weigh({ ...object, bodyValues: null }, MAX_HEADERS) > MAX_HEADERS) {
    const description = `all but the texts of an email has at most ${MAX_HEADERS} octets`
    return { ok: false, error: { type: 'tooLarge', description } }
  }
  const problems = createProblems()
  for (const name of Object.keys(object)) {
    if (METADATA.has(name) || BODY.has(name) || isHeaderProperty(name)) continue
    problems.add(name, `"${name.slice(0, 100)}" is not for a client to set`)
  }
  const { mailboxIds } = object
  if (!isObject(mailboxIds) || Object.keys(mailboxIds).length === 0) {
    problems.add('mailboxIds', 'an email is in at least one mailbox')
  }
  const keywords = readKeywords(object.keywords ?? {})
  if ('problem' in keywords) problems.add('keywords', keywords.problem)
  const receivedAt = object.receivedAt ?? null
  const date = receivedAt === null ? now : parseUTCDate(receivedAt)
  if (!date) problems.add('receivedAt', 'receivedAt must be a UTCDate')

  const owners: FieldOwners = new Map()
  const fields = readHeaderProperties(object, owners, '', problems)
  for (const [field, property] of owners) {
    if (field.startsWith('content-'))
      problems.add(property, `${property} belongs to a body part, not to the Email`)
  }
  const root = readBody(object, owners, problems)
  if (root && countParts(root) > MAX_PARTS) {
    problems.add(object.bodyStructure ? 'bodyStructure' : 'attachments', `at most ${MAX_PARTS} parts`)
  }
  const error = problems.error()
  if (error || !root) return { ok: false, error: error! }
  const all = withDefaults([...fields, ...root.fields], { now, domain })
  return {
    ok: true,
    draft: {
      root: { ...root, fields: all },
      mailboxIds,
      keywords: keywords as string[],
      receivedAt: date!,
    },
  }
}

/** Of one message; twice that many, and the parser takes the rest for one part. */
const MAX_PARTS = 1_000

function countParts({ content }: DraftPart): number {
  return 'parts' in content ? content.parts.reduce((sum, part) => sum + countParts(part), 1) : 1
}

function readBody(object: JsonObject, owners: FieldOwners, problems: Problems): DraftPart | null {
  const texts = readBodyValues(object.bodyValues ?? {}, problems)
  const structure = object.bodyStructure ?? null
  if (structure === null) return readLists(object, texts, problems)
  for (const list of LISTS) {
    if ((object[list] ?? null) !== null) problems.add(list, `${list} and bodyStructure exclude each other`)
  }
  return readDraftPart(structure, { texts, property: 'bodyStructure', at: 'bodyStructure', owners, problems })
}

function readLists(object: JsonObject, texts: BodyTexts, problems: Problems): DraftPart | null {
  const read = (list: (typeof LISTS)[number], defaultType?: string) => {
    const value = object[list] ?? []
    if (!Array.isArray(value)) {
      problems.add(list, `${list} must be an array`)
      return []
    }
    return value.map((part, index) =>
      readDraftPart(part, {
        texts,
        property: list,
        at: `${list}/${index}`,
        problems,
        ...(defaultType ? { defaultType } : {}),
      }),
    )
  }
  /** RFC 8621 §4.6: exactly one part, of that type. */
  const readOne = (list: 'textBody' | 'htmlBody', type: string) => {
    if ((object[list] ?? null) === null) return null
    const parts = read(list, type)
    if (parts.length !== 1 || (parts[0] && parts[0].type !== type)) {
      problems.add(list, `${list} must hold exactly one part, of type ${type}`)
    }
    return parts[0] ?? null
  }
  const text = readOne('textBody', 'text/plain')
  const html = readOne('htmlBody', 'text/html')
  const attachments = read('attachments').filter((part) => part !== null)
  for (const { type } of attachments) {
    if (type.startsWith('multipart/')) problems.add('attachments', 'an attachment is no multipart')
  }
  return arrangeParts({ text, html, attachments })
}

function readBodyValues(value: unknown, problems: Problems): BodyTexts {
  const texts = new Map<string, string>()
  const refuse = (description: string) => problems.add('bodyValues', description)
  if (!isObject(value)) {
    refuse('bodyValues must be an object')
    return texts
  }
  for (const [partId, item] of Object.entries(value)) {
    const {
      value: text,
      isEncodingProblem = false,
      isTruncated = false,
      ...rest
    } = isObject(item) ? item : {}
    const isWhole = isEncodingProblem === false && isTruncated === false
    if (typeof text === 'string' && isWhole && Object.keys(rest).length === 0) texts.set(partId, text)
    else refuse(`bodyValues/${partId} must be a whole EmailBodyValue, neither truncated nor with a problem`)
  }
  return texts
}

/** RFC 8621 §4.6: a Date and a Message-ID, where there are none (RFC 5322 §3.6.1, §3.6.4); RFC 2045 §4. */
function withDefaults(fields: readonly Field[], { now, domain }: { now: Date; domain: string }): Field[] {
  const has = (name: string) => fields.some((field) => field.name.toLowerCase() === name)
  return [
    ...(has('date') ? [] : [{ name: 'Date', value: ` ${formatDateTime(now)}` }]),
    ...(has('message-id') ? [] : [{ name: 'Message-ID', value: ` <${randomUUID()}@${domain}>` }]),
    ...fields,
    ...(has('mime-version') ? [] : [{ name: 'MIME-Version', value: ' 1.0' }]),
  ]
}
