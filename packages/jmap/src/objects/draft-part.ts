// An EmailBodyPart that a client sends: RFC 8621 §4.1.4 and §4.6.
import { parseMessage } from '@tandem/mime'
import { isObject, type JsonObject } from '../api/json.js'
import { type Field, UnwritableValue, writeField } from '../compose/fields.js'
import { type Parameter, TOKEN, writeParameterized } from '../compose/parameters.js'
import { type FieldOwners, readHeaderProperties } from './draft-headers.js'
import type { Problems } from './problems.js'

export interface DraftPart {
  /** All but Content-Type. */
  fields: Field[]
  /** In lower case. */
  type: string
  parameters: Parameter[]
  content: { text: string } | { blobId: string } | { parts: DraftPart[] }
}

/** bodyValues by partId. */
export type BodyTexts = ReadonlyMap<string, string>

interface Place {
  texts: BodyTexts
  /** The Email's property that it is in. */
  property: string
  /** Where it is, from the Email. */
  at: string
  /** Of the root: fields that the Email itself has. */
  owners?: FieldOwners
  defaultType?: string
  problems: Problems
  depth?: number
}

const PROPERTIES = new Set([
  ...['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language', 'location'],
  'subParts',
])
/** RFC 2045 §5.1, RFC 6838 §4.2. */
const TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/
/** Deeper, the parser takes what is inside for bytes. */
const MAX_DEPTH = 50

/** Null where it can't be read; why is among the problems then. */
export function readDraftPart(value: unknown, place: Place): DraftPart | null {
  const { problems, property, at } = place
  const refuse = (why: string) => problems.add(property, `${at}: ${why}`)
  if (!isObject(value)) {
    refuse('it must be an EmailBodyPart')
    return null
  }
  for (const name of Object.keys(value)) {
    if (!PROPERTIES.has(name) && !name.startsWith('header:')) refuse(`"${name.slice(0, 100)}" cannot be set`)
  }
  // What is null is as if it weren't there.
  const given = Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
  const owners: FieldOwners = new Map(place.owners ?? [])
  const headers = readHeaderProperties(
    Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith('header:'))),
    owners,
    at,
    problems,
  )
  checkOwners(given, owners, refuse)
  const { type, parameters } = readType(given, headers, place.defaultType, refuse)
  const content = readContent(given, type, place, refuse)
  const isText = content !== null && 'text' in content
  if (isText) {
    for (const name of ['charset', 'size']) {
      if (Object.hasOwn(given, name)) refuse(`"${name}" and "partId" exclude each other`)
    }
  }
  const fields = readFields(given, refuse)
  if (!content) return null
  // What is sent is UTF-8, whatever a Content-Type field says; other types than text have no say in it.
  const kept = parameters.filter(([name]) => name !== 'boundary' && !(isText && name === 'charset'))
  return {
    fields: [...headers.filter(({ name }) => name.toLowerCase() !== 'content-type'), ...fields],
    type,
    parameters: [...kept, ...ownParameters(given, type, isText)],
    content,
  }
}

/** The header fields that properties stand for. */
const FIELD_OF: Record<string, string> = {
  type: 'content-type',
  charset: 'content-type',
  name: 'content-disposition',
  disposition: 'content-disposition',
  cid: 'content-id',
  language: 'content-language',
  location: 'content-location',
}

function checkOwners(given: JsonObject, owners: FieldOwners, refuse: (why: string) => void): void {
  for (const [name, field] of Object.entries(FIELD_OF)) {
    const other = Object.hasOwn(given, name) ? owners.get(field) : undefined
    if (other !== undefined) refuse(`"${name}" and ${other} are for one header field`)
  }
  if (owners.has('content-transfer-encoding')) refuse('the server chooses the Content-Transfer-Encoding')
}

function readType(
  given: JsonObject,
  headers: readonly Field[],
  defaultType: string | undefined,
  refuse: (why: string) => void,
): { type: string; parameters: Parameter[] } {
  const field = headers.findLast(({ name }) => name.toLowerCase() === 'content-type')
  if (field) {
    const { root } = parseMessage(Buffer.from(`Content-Type:${field.value}\r\n\r\n`))
    return { type: root.type, parameters: Object.entries(root.params) }
  }
  const fallback =
    defaultType ??
    (given.subParts ? 'multipart/mixed' : given.blobId ? 'application/octet-stream' : 'text/plain')
  const { type = fallback } = given
  if (typeof type === 'string' && TYPE.test(type)) return { type: type.toLowerCase(), parameters: [] }
  refuse('"type" must be a media type without parameters')
  return { type: fallback, parameters: [] }
}

function readContent(
  given: JsonObject,
  type: string,
  place: Place,
  refuse: (why: string) => void,
): DraftPart['content'] | null {
  const { partId, blobId, subParts } = given
  const isMultipart = type.startsWith('multipart/')
  if ([partId, blobId, subParts].filter((item) => item !== undefined).length !== 1) {
    refuse('it needs one of "partId", "blobId" and "subParts"')
    return null
  }
  if (isMultipart !== (subParts !== undefined)) {
    refuse('a multipart, and nothing else, has "subParts"')
    return null
  }
  if (subParts !== undefined) return readSubParts(subParts, place, refuse)
  if (blobId !== undefined) {
    if (typeof blobId === 'string') return { blobId }
    refuse('"blobId" must be an Id')
    return null
  }
  const text = typeof partId === 'string' ? place.texts.get(partId) : undefined
  if (text !== undefined) return { text }
  refuse('there is no such "partId" in bodyValues')
  return null
}

function readSubParts(
  subParts: unknown,
  place: Place,
  refuse: (why: string) => void,
): DraftPart['content'] | null {
  const { texts, property, at, problems, depth = 0 } = place
  if (!Array.isArray(subParts) || subParts.length === 0) refuse('"subParts" must hold at least one part')
  else if (depth >= MAX_DEPTH) refuse(`parts nest at most ${MAX_DEPTH} deep`)
  else {
    const parts = subParts.map((part, index) =>
      readDraftPart(part, { texts, property, at: `${at}/subParts/${index}`, problems, depth: depth + 1 }),
    )
    return { parts: parts.filter((part) => part !== null) }
  }
  return null
}

/** The charset, and the file's name where there is no Content-Disposition to hold it. */
function ownParameters(given: JsonObject, type: string, isText: boolean): Parameter[] {
  const { charset, name, disposition } = given
  const parameters: Parameter[] = []
  if (isText && type.startsWith('text/')) parameters.push(['charset', 'utf-8'])
  else if (!isText && typeof charset === 'string') parameters.push(['charset', charset])
  if (typeof name === 'string' && name !== '' && disposition === undefined) parameters.push(['name', name])
  return parameters
}

const CONTROLS = /[\0-\x1f\x7f]/

/** Checks of the properties that stand for a Content-* field. */
const FITS: Record<string, (value: unknown) => boolean> = {
  name: (value) => typeof value === 'string' && !CONTROLS.test(value),
  charset: (value) => typeof value === 'string' && TOKEN.test(value) && value.length <= 60,
  disposition: (value) => typeof value === 'string' && TOKEN.test(value) && value.length <= 60,
  cid: (value) => typeof value === 'string' && /^[\x21-\x3b\x3d\x3f-\x7e]{1,900}$/.test(value),
  language: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((tag) => typeof tag === 'string' && /^[A-Za-z0-9-]{1,60}$/.test(tag)),
  location: (value) => typeof value === 'string' && /^[\x21-\x7e]{1,900}$/.test(value),
}

function readFields(given: JsonObject, refuse: (why: string) => void): Field[] {
  const bad = Object.keys(FITS).filter((name) => Object.hasOwn(given, name) && !FITS[name]!(given[name]))
  if (bad.length > 0) {
    refuse(`${bad.map((name) => `"${name}"`).join(', ')} cannot stand in a header field`)
    return []
  }
  const { name, disposition, cid, language, location } = given as Record<string, string> & {
    language?: string[]
  }
  const fields: Field[] = []
  if (disposition !== undefined) {
    const value = writeParameterized(disposition.toLowerCase(), name ? [['filename', name]] : [])
    fields.push({ name: 'Content-Disposition', value })
  }
  if (cid !== undefined) fields.push({ name: 'Content-ID', value: ` <${cid}>` })
  if (language !== undefined) fields.push(writeList('Content-Language', language, refuse))
  if (location !== undefined) fields.push({ name: 'Content-Location', value: ` ${location}` })
  return fields
}

function writeList(name: string, items: readonly string[], refuse: (why: string) => void): Field {
  try {
    return writeField(name, 'Raw', ` ${items.join(', ')}`)
  } catch (error) {
    if (error instanceof UnwritableValue) refuse(`"${name}": ${error.message}`)
    else throw error
    return { name, value: '' }
  }
}
