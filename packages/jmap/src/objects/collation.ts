// Collations of strings that are sorted here and not by the database: RFC 4790 §9, RFC 5051.
import type { Collation } from '@tandem/mailstore'
import { normalForm } from '@tandem/mime'

/** What a string is in each collation: a key, whose order is that of its octets. */
const KEYS: Record<Collation, (text: string) => string> = {
  'i;octet': (text) => text,
  'i;ascii-casemap': (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  'i;ascii-numeric': numericKey,
  'i;unicode-casemap': (text) => normalForm(Array.from(text, titlecase).join(''), 'NFKD'),
}

/** Less than 0, 0 or more, as a sort takes it. */
export function compareBy(collation: Collation, a: string, b: string): number {
  const key = KEYS[collation]
  return Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b)))
}

/** The digits that the text begins with, after how many they are; after all numbers where there are none. */
function numericKey(text: string): string {
  const digits = /^0*([0-9]*)/.exec(text)!
  return digits[0] === '' ? '~' : String(digits[1]!.length).padStart(10, '0') + digits[1]
}

const DIGRAPHS = new Map(
  ['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ'].flatMap((forms) => Array.from(forms, (form) => [form, forms[1]!])),
)

/** The one character that UnicodeData.txt has as its titlecase; of JavaScript there are only whole upper cases. */
function titlecase(character: string): string {
  const digraph = DIGRAPHS.get(character)
  if (digraph !== undefined) return digraph
  // Georgian has capitals, but none in titlecase.
  if (/[\u10d0-\u10ff]/.test(character)) return character
  // Greek with iota below: the letter is raised, the iota stays.
  if (/[\u1f80-\u1faf\u1fb3\u1fc3\u1ff3]/.test(character)) {
    const [letter, ...marks] = character.normalize('NFD')
    return letter!.toUpperCase() + marks.join('')
  }
  const upper = character.toUpperCase()
  return Array.from(upper).length === 1 ? upper : character
}
