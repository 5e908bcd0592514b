// Search snippets: RFC 8621 §5. Words are told apart as the search does it, so that what is found is what is marked.
import { type EmailFilter, formsOf, placedWords, type TextTerm, termWords } from '@tandem/mailstore'
import { defineTask, readableText, type SummaryPart } from '@tandem/mime'
import { octetsOf } from './octets.js'

/**
 * What a filter looks for in subjects, in bodies and in names of attachments; what it asks not to be there is no match to
 * show.
 */
export interface SnippetTerms {
  subject: TextTerm[]
  body: TextTerm[]
  name: TextTerm[]
}

export function snippetTerms(filter: EmailFilter | null): SnippetTerms {
  const terms: SnippetTerms = { subject: [], body: [], name: [] }
  const visit = (node: EmailFilter) => {
    if ('operator' in node) {
      if (node.operator !== 'NOT') for (const each of node.conditions) visit(each)
      return
    }
    const { text, subject, body } = node
    if (text !== undefined) {
      terms.subject.push(text)
      terms.body.push(text)
      terms.name.push(text)
    }
    if (subject !== undefined) terms.subject.push(subject)
    if (body !== undefined) terms.body.push(body)
  }
  if (filter) visit(filter)
  return terms
}

/** A match, in UTF-16 units; the end exclusive. */
interface Match {
  start: number
  end: number
}

/** The whole text with its matches marked, or null where there are none. */
export function markAll(text: string, terms: readonly TextTerm[]): string | null {
  const matches = findMatches(text, terms)
  if (matches.length === 0) return null
  return [...pieces(text, matches, 0)].map(({ open, escaped, close }) => open + escaped + close).join('')
}

/** RFC 8621 §5: octets of a preview. */
const MAX_OCTETS = 255
/** UTF-16 units shown before the first match. */
const LEAD = 60

/** A text as far as the search looks into it. */
export type SearchedPart = SummaryPart & { isCut: boolean }

/**
 * Of the first of the parts that has a match, else of the first of the names; `bytes`, which begin at `starts`, hold the
 * parts.
 */
export const markedPreview = defineTask(
  import.meta.url,
  'markedPreview',
  (
    bytes: readonly Uint8Array[],
    starts: readonly number[],
    parts: readonly SearchedPart[],
    names: readonly string[],
    terms: SnippetTerms,
  ): string | null => {
    const octets = octetsOf({ starts, bytes })
    for (const part of parts) {
      const found = markPreview(readableText(part, octets.body(part)!, part.isCut), terms.body)
      if (found !== null) return found
    }
    for (const name of names) {
      const found = markPreview(name, terms.name)
      if (found !== null) return found
    }
    return null
  },
)

/** What is around the first match, in at most 255 octets; null where there is none. */
export function markPreview(text: string, terms: readonly TextTerm[]): string | null {
  const plain = text.replace(/\s+/g, ' ').trim()
  const matches = findMatches(plain, terms)
  const [first] = matches
  if (!first) return null
  let preview = ''
  let octets = 0
  for (const { open, escaped, close } of pieces(plain, matches, leadOf(plain, first.start))) {
    const whole = open + escaped + close
    const size = Buffer.byteLength(whole)
    if (octets + size <= MAX_OCTETS) {
      preview += whole
      octets += size
      continue
    }
    // What is too long to be marked in whole is the first match, or may as well be left out.
    return preview.includes('<mark>') ? preview : preview + cut(open, escaped, close, MAX_OCTETS - octets)
  }
  return preview
}

/** A little before the match, from the beginning of a word on; never so much that the match has no room. */
function leadOf(text: string, start: number): number {
  const from = Math.max(0, start - LEAD)
  if (from === 0) return Buffer.byteLength(escapeHtml(text.slice(0, start))) < MAX_OCTETS / 2 ? 0 : start
  const space = text.indexOf(' ', from)
  const lead = space >= 0 && space < start ? space + 1 : start
  return Buffer.byteLength(escapeHtml(text.slice(lead, start))) < MAX_OCTETS / 2 ? lead : start
}

function cut(open: string, escaped: string, close: string, room: number): string {
  let inside = ''
  for (const entity of escaped.match(/&\w+;|./gsu) ?? []) {
    if (Buffer.byteLength(open + inside + entity + close) > room) break
    inside += entity
  }
  return inside === '' ? '' : open + inside + close
}

interface Piece {
  open: string
  escaped: string
  close: string
}

/** The text from there on, as far as it is wanted: each match a piece, each character between them one. */
function* pieces(text: string, matches: readonly Match[], from: number): Generator<Piece> {
  let at = from
  for (const { start, end } of matches) {
    yield* plainPieces(text, at, start)
    yield { open: '<mark>', escaped: escapeHtml(text.slice(start, end)), close: '</mark>' }
    at = end
  }
  yield* plainPieces(text, at, text.length)
}

function* plainPieces(text: string, from: number, to: number): Generator<Piece> {
  for (let at = from; at < to; ) {
    const character = String.fromCodePoint(text.codePointAt(at)!)
    yield { open: '', escaped: escapeHtml(character), close: '' }
    at += character.length
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character]!)
}

/** In their order; those that touch or overlap are one. */
function findMatches(text: string, terms: readonly TextTerm[]): Match[] {
  const words = placedWords(text)
  const places = new Map<string, number[]>()
  for (const [index, { word }] of words.entries()) {
    for (const form of formsOf(word)) {
      const known = places.get(form)
      if (known) known.push(index)
      else places.set(form, [index])
    }
  }
  const matches: Match[] = []
  for (const term of terms) {
    const wanted = termWords(term)
    if (wanted.words.length === 0) findText(text, wanted.text, matches)
    else if (wanted.words.length === 1 && wanted.isPrefix) {
      const [word] = wanted.words as [string]
      for (const each of words) {
        if (formsOf(each.word).some((form) => form.startsWith(word))) matches.push(each)
      }
    } else {
      const [head, ...tail] = wanted.words as [string, ...string[]]
      for (const index of places.get(head) ?? []) {
        const isMatch = tail.every((word, i) => {
          const mayGoOn = wanted.isPrefix && i === tail.length - 1
          const found = formsOf(words[index + 1 + i]?.word ?? '')
          return found.some((form) => form === word || (mayGoOn && form.startsWith(word)))
        })
        if (isMatch) matches.push({ start: words[index]!.start, end: words[index + tail.length]!.end })
      }
    }
  }
  return joined(matches)
}

/** A term without words: as it is. */
function findText(text: string, wanted: string, matches: Match[]): void {
  if (wanted === '') return
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    matches.push({ start: at, end: at + wanted.length })
  }
}

function joined(matches: readonly Match[]): Match[] {
  const found: Match[] = []
  for (const { start, end } of [...matches].sort((a, b) => a.start - b.start)) {
    const last = found.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else found.push({ start, end })
  }
  return found
}
