// What a new password has to be: NIST SP 800-63B §5.1.1.2, that is long enough, and none that is guessed first. No rules
// on kinds of characters. What is stored already stays valid.
import { COMMON_WORDS } from './common-words.js'
import { saslprep } from './saslprep.js'

/** Characters, after SASLprep. */
export const LEAST_PASSWORD = 8

/** Rows of keyboards, and what follows each other in the alphabet or among the digits. */
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm']
const WALKS = [...RUNS, ...RUNS.map((run) => [...run].reverse().join(''))]
/** Characters of a run that are one step: `abcd`, `4321`. */
const STEP = 4

/** Digits and signs that stand for letters. */
const LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** What is wrong with a new password for this login, and what would do, in one sentence; null where nothing is. */
export function passwordProblem(password: string, name: string): string | null {
  const prepared = saslprep(password)
  // What else can be wrong with the characters, derivePassword() says.
  if (prepared === null) return null
  const length = [...prepared].length
  if (length < LEAST_PASSWORD) {
    return `a password has at least ${LEAST_PASSWORD} characters, and this one has ${length}: a few words in a row would do`
  }
  const why = guessedFirst(prepared.toLowerCase(), name.toLowerCase())
  return why && `that password is ${why}, and guessed first: a few words in a row would do`
}

function guessedFirst(password: string, name: string): string | null {
  if (/^(.{1,4})\1+.{0,3}$/su.test(password)) return 'the same again and again'
  if (new Set(password).size < 4) return 'made of too few different characters'
  if (/^[\d\s./-]{1,12}$/.test(password)) return 'a number or a date'
  if (isRuns(password)) return 'a row of neighbours in the alphabet or on the keyboard'
  // A word with what people add to it: 1, 123, 2026, an exclamation mark.
  const bare = (text: string) => text.replace(/^[\P{L}]+|[\P{L}]+$/gu, '')
  const words = [bare(password), lettersOf(bare(password)), bare(lettersOf(password))]
  const [local = '', domain = ''] = name.split('@')
  const own = [name, local, domain, ...local.split(/[._+-]/), ...domain.split('.')]
  if (words.some((word) => word.length > 2 && own.includes(word)))
    return 'your own name or domain with a little added'
  const twice = (word: string) => /^(.+)\1$/su.exec(word)?.[1]
  if (words.some((word) => COMMON_WORDS.has(word) || COMMON_WORDS.has(twice(word) ?? ''))) {
    return 'one of the commonest'
  }
  return null
}

/** Whether it is nothing but such runs, one behind the other, with two characters more at most. */
function isRuns(password: string): boolean {
  let others = 0
  for (let at = 0; at < password.length; ) {
    const step = longestRun(password, at)
    if (step === 0) others++
    at += step || 1
  }
  return others <= 2
}

function longestRun(password: string, at: number): number {
  const lengths = WALKS.map((walk) => {
    let length = STEP
    while (at + length <= password.length && walk.includes(password.slice(at, at + length))) length++
    return length - 1
  })
  const longest = Math.max(...lengths)
  return longest >= STEP ? longest : 0
}

function lettersOf(text: string): string {
  return [...text].map((character) => LETTERS[character] ?? character).join('')
}
