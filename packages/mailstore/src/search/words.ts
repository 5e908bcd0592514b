/**
 * Words, for full text search. They are told apart here and not by one of Postgres's parsers, which take
 * `carol@example.com` and `/a/b` for one word each, and whose idea of a letter depends on the database's locale.
 */
import { normalForm } from '@tandem/mime'
import { lower } from './fold.js'
import type { TextTerm } from './types.js'

/** Scripts that put no space between words: each character counts as a word, a word is a phrase of them. */
const UNSPACED = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`
const LETTER = String.raw`[\p{L}\p{N}\p{M}]`
const WORD = new RegExp(`(?=${LETTER})${UNSPACED}|(?:(?!${UNSPACED})${LETTER})+`, 'gu')
const ENDS_IN_WORD = new RegExp(`${LETTER}$`, 'u')
const STARS = new RegExp(`(${LETTER})[*]{1,9}$`, 'u')
const ASCII_WORD = /[a-z0-9]+/g
const NON_ASCII = /[^\0-\x7f]/

/** UTF-16 units of a word that count. */
const MAX_WORD = 64

/** The words of a text in order: compatibility forms resolved, without accents, in lower case. */
export function wordsOf(text: string): string[] {
  const plain = NON_ASCII.test(text) ? withoutAccents(text) : text.toLowerCase()
  const words = plain.match(NON_ASCII.test(plain) ? WORD : ASCII_WORD) ?? []
  return words.map((word) => (word.length > MAX_WORD ? cut(word) : word))
}

/** A word of a text, and where it stands there. */
export interface PlacedWord {
  word: string
  /** UTF-16 units; the end exclusive. */
  start: number
  end: number
}

/** The same words with their places. One character can be several words: they share its place. */
export function placedWords(text: string): PlacedWord[] {
  return [...text.matchAll(WORD)].flatMap(({ 0: token, index }) =>
    wordsOf(token).map((word) => ({ word, start: index, end: index + token.length })),
  )
}

/** Letters of the Latin script that Unicode takes apart no further, and what they are typed as elsewhere. */
const PLAIN: Record<string, string> = {
  ...{
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ħ: 'h',
    ŧ: 't',
    ı: 'i',
    ŋ: 'n',
    ĸ: 'k',
  },
}
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'g')

/** Only of the scripts whose marks are accents: an Indic vowel sign is a letter of its word. */
function withoutAccents(text: string): string {
  const bare = lower(normalForm(normalForm(text, 'NFKD').replace(/[\u0300-\u036f]/g, ''), 'NFKC'))
  return bare.replace(NOT_PLAIN, (letter) => PLAIN[letter]!)
}

/** A word as it is, and what follows the letters that it begins with: `v1` and `1`. Each of them finds it. */
export function formsOf(word: string): string[] {
  const [, number] = /^[^0-9]+([0-9].*)$/s.exec(word) ?? []
  return number === undefined ? [word] : [word, number]
}

/** Not between the halves of a surrogate pair. */
function cut(word: string): string {
  return word.slice(0, MAX_WORD).replace(/[\ud800-\udbff]$/, '')
}

export type Weight = 'A' | 'B' | 'C' | 'D'

/** What Postgres bounds a tsvector to: the last position it tells apart, positions of one word, octets of it all. */
const MAX_POSITION = 16_383
const MAX_POSITIONS = 255
const MAX_OCTETS = 900_000
/** Of a vector longer than this, only words as they are find it. */
const MAX_OCTETS_OF_FORMS = 200_000

export interface WordVector {
  /** Phrases don't reach from one call's words into the next's. */
  add(words: readonly string[], weight: Weight): void
  /** As a literal of type tsvector. Words beyond its bounds are left out. */
  toString(): string
}

export function createWordVector(): WordVector {
  const entries = new Map<string, { places: string[]; last: number }>()
  let position = 0
  let octets = 0
  const addForm = (form: string, weight: Weight) => {
    let entry = entries.get(form)
    if (!entry) {
      // Each word costs its octets, an alignment and the count of its positions.
      octets += Buffer.byteLength(form) + 4
      if (octets > MAX_OCTETS) return
      entry = { places: [], last: 0 }
      entries.set(form, entry)
    }
    if (entry.last === position || entry.places.length === MAX_POSITIONS) return
    octets += 2
    entry.places.push(`${position}${weight}`)
    entry.last = position
  }
  return {
    add(words, weight) {
      for (const word of words) {
        position = Math.min(position + 1, MAX_POSITION)
        for (const form of octets < MAX_OCTETS_OF_FORMS ? formsOf(word) : [word]) addForm(form, weight)
      }
      position = Math.min(position + 1, MAX_POSITION)
    },
    toString: () => [...entries].map(([word, { places }]) => `'${word}':${places.join(',')}`).join(' '),
  }
}

/**
 * A literal of type tsquery: these words one after the other, in the places of that weight (null: all). `isPrefix`:
 * the last of them may go on. Null where there are no words.
 */
export function wordQuery(
  words: readonly string[],
  { weight, isPrefix }: { weight: Weight | null; isPrefix: boolean },
): string | null {
  if (words.length === 0) return null
  return words
    .map((word, i) => {
      const flags = `${isPrefix && i === words.length - 1 ? '*' : ''}${weight ?? ''}`
      return flags === '' ? `'${word}'` : `'${word}':${flags}`
    })
    .join(' <-> ')
}

/** Whether the last word of a term may be the beginning of one: it ends the term, and says something by itself. */
export function mayGoOn(term: string, last: string): boolean {
  return ENDS_IN_WORD.test(term) && last.length > 1
}

/**
 * What a term looks for: these words one after the other; with `isPrefix`, the last of them may go on. A star behind a
 * word says what is so without it: clients add one.
 */
export function termWords(term: TextTerm): { text: string; words: string[]; isPrefix: boolean } {
  const text = typeof term === 'string' ? term.replace(STARS, '$1') : term.phrase
  const words = wordsOf(text)
  const isPrefix = typeof term === 'string' && words.length > 0 && mayGoOn(text, words.at(-1)!)
  return { text, words, isPrefix }
}
