// EmailBodyPart: RFC 8621 §4.1.4.
import { type BlobRef, formatBlobId } from '@tandem/mailstore'
import {
  declaredCharset,
  declaredType,
  encodingName,
  type Header,
  partName,
  presentedType,
  type SummaryPart,
} from '@tandem/mime'
import { MethodError } from '../errors.js'
import {
  type HeaderProperty,
  parseHeaderProperty,
  renderHeaderProperty,
  renderHeaders,
} from './header-property.js'

/** RFC 8621 §4.2, `bodyProperties`. */
export const DEFAULT_BODY_PROPERTIES = [
  ...['partId', 'blobId', 'size', 'name', 'type', 'charset'],
  ...['disposition', 'cid', 'language', 'location'],
]

/** What a property is rendered from. */
interface Source {
  part: SummaryPart
  /** SHA-256 of the blob that the message is in, and where it begins there. */
  digest: Uint8Array
  base: number
  /** The part's own header fields; only asked for where `needsHeaders`. */
  headers(part: SummaryPart): readonly Header[]
}

const RENDER: Record<string, (source: Source) => unknown> = {
  partId: ({ part }) => partIdOf(part),
  blobId: (source) => (isMultipart(source.part) ? null : formatBlobId(partBlob(source))),
  size: ({ part }) => part.decodedSize,
  headers: ({ part, headers }) => renderHeaders(headers(part)),
  name: ({ part }) => partName(part),
  type: ({ part }) => declaredType(part),
  charset: ({ part }) => charsetOf(part),
  disposition: ({ part }) => part.disposition,
  cid: ({ part }) => contentId(part.id),
  language: ({ part }) => part.language,
  location: ({ part }) => part.location,
  // Lists are flat, and only a bodyStructure fills it.
  subParts: () => null,
}

/** Which properties of body parts a call wants. */
export interface BodySelection {
  names: string[]
  headers: HeaderProperty[]
  /** Whether the header blocks of parts have to be read. */
  needsHeaders: boolean
}

/** Names that one call can ask for; each costs a look at every email, and header fields have no end of names. */
const MAX_PROPERTIES = 500

/** Errors: invalidArguments for what is no property of a body part, requestTooLarge for too many. */
export function selectBodyProperties(properties: readonly string[]): BodySelection {
  checkCount(properties)
  const selection: BodySelection = { names: [], headers: [], needsHeaders: false }
  for (const name of new Set(properties)) {
    if (Object.hasOwn(RENDER, name)) {
      selection.names.push(name)
      continue
    }
    const header = parseHeaderProperty(name)
    if (!header) throw new MethodError('invalidArguments', `"${name}" is no property of an EmailBodyPart`)
    selection.headers.push(header)
  }
  selection.needsHeaders = selection.headers.length > 0 || selection.names.includes('headers')
  return selection
}

/** Errors: requestTooLarge. */
export function checkCount(properties: readonly string[]): void {
  if (properties.length <= MAX_PROPERTIES) return
  throw new MethodError('requestTooLarge', `at most ${MAX_PROPERTIES} properties in one call`)
}

export function renderPart(source: Source, selection: BodySelection): Record<string, unknown> {
  const rendered: [string, unknown][] = selection.names.map((name) => [name, RENDER[name]!(source)])
  for (const header of selection.headers) {
    const value = renderHeaderProperty(source.headers(source.part), header, declaredCharset(source.part))
    rendered.push([header.property, value])
  }
  return Object.fromEntries(rendered)
}

/** The whole tree. A multipart always shows its `subParts`: without them a structure would be its root alone. */
export function renderStructure(source: Source, selection: BodySelection): Record<string, unknown> {
  const rendered = renderPart(source, selection)
  if (isMultipart(source.part)) {
    rendered.subParts = source.part.children.map((part) => renderStructure({ ...source, part }, selection))
  }
  return rendered
}

/** Every part but the multiparts, depth first; encapsulated messages are not entered. */
export function leaves(part: SummaryPart): SummaryPart[] {
  return isMultipart(part) ? part.children.flatMap(leaves) : [part]
}

/** Every part, depth first; encapsulated messages are not entered. */
export function allParts(part: SummaryPart): SummaryPart[] {
  return [part, ...part.children.flatMap(allParts)]
}

export function isText(part: SummaryPart): boolean {
  return presentedType(part).startsWith('text/')
}

/** Unique in the message, and null of a multipart only. A root that is no multipart is part 1. */
export function partIdOf(part: SummaryPart): string | null {
  if (isMultipart(part)) return null
  return part.section === '' ? '1' : part.section
}

/** RFC 8621 §4.1.4 `charset`: us-ascii where a text names none. */
function charsetOf(part: SummaryPart): string | null {
  if (Object.hasOwn(part.params, 'charset')) return part.params.charset!
  return isText(part) ? 'us-ascii' : null
}

/** A multipart without parts is presented as text, and then isn't one. */
function isMultipart(part: SummaryPart): boolean {
  return presentedType(part).startsWith('multipart/')
}

/** An unknown transfer encoding is none (RFC 8621 §4.1.4, `blobId`). */
function partBlob({ digest, base, part }: Source): BlobRef {
  return {
    digest,
    part: {
      offset: base + part.bodyStart,
      length: part.bodyEnd - part.bodyStart,
      encoding: encodingName(part.encoding) ?? 'identity',
    },
  }
}

function contentId(header: string | null): string | null {
  if (header === null) return null
  const id = /<([^<>]*)>/.exec(header)?.[1] ?? header
  return id.trim() || null
}
