import t from 'tap'
import { connect } from '../../src/db/connect.js'
import {
  createWordVector,
  mayGoOn,
  placedWords,
  termWords,
  type Weight,
  wordQuery,
  wordsOf,
} from '../../src/search/words.js'
import { createEmptyDatabase } from '../../src/testing.js'

t.test('words of a text', async (t) => {
  const cases: [text: string, words: string[]][] = [
    ['', []],
    ['?! — 🎉', []],
    ['Hello, World', ['hello', 'world']],
    ["it's snake_case/path-1.5", ['it', 's', 'snake', 'case', 'path', '1', '5']],
    ['Carol.Smith+x@Example.COM', ['carol', 'smith', 'x', 'example', 'com']],
    ['Café CAFÉ cafe\u0301', ['cafe', 'cafe', 'cafe']],
    ['Übergröße İstanbul GROẞ', ['ubergrosse', 'istanbul', 'gross']],
    [
      'Ærø Œuvre Łódź Đorđe þing ħ ŧ Iğdır ðŋĸ',
      ['aero', 'oeuvre', 'lodz', 'dorde', 'thing', 'h', 't', 'igdir', 'dnk'],
    ],
    ['ﬃ ﬁx ĳ ǆ ſt', ['ffi', 'fix', 'ij', 'dz', 'st']],
    ['v1.2.3-rc4', ['v1', '2', '3', 'rc4']],
    ['ﬁne ＦＵＬＬ', ['fine', 'full']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδοσ']],
    ['Ёлка й', ['елка', 'и']],
    ['東京タワーに行く', [...'東京タワーに行く']],
    ['日本語mail2026', ['日', '本', '語', 'mail2026']],
    ['한국어 메일', ['한국어', '메일']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    ['ガ、ｶﾞ', ['ガ', 'ガ']],
    ['x'.repeat(70), ['x'.repeat(64)]],
    [`${'x'.repeat(63)}𝒳y`, [`${'x'.repeat(63)}x`]],
    [`${'я'.repeat(63)}𠀀`, ['я'.repeat(63), '𠀀']],
  ]
  for (const [text, words] of cases) t.same(wordsOf(text), words, text.slice(0, 40))
})

t.test('only a last word that ends the term may go on', async (t) => {
  const cases: [term: string, expected: boolean][] = [
    ['budg', true],
    ['carol@ex', true],
    ['carol@', false],
    ['100%', false],
    ['a', false],
    ['東', false],
  ]
  for (const [term, expected] of cases) t.equal(mayGoOn(term, wordsOf(term).at(-1)!), expected, term)
})

t.test('Postgres takes the vectors and queries, whatever is in them', async (t) => {
  const { url } = await createEmptyDatabase(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const matches = async (vector: string, query: string) => {
    const [row] = await sql<{ matches: boolean }[]>`
      select ${vector}::text::tsvector @@ ${query}::text::tsquery as matches`
    return row!.matches
  }
  const vectorOf = (...parts: [string, Weight][]) => {
    const vector = createWordVector()
    for (const [text, weight] of parts) vector.add(wordsOf(text), weight)
    return vector.toString()
  }
  const vector = vectorOf(["it's a Budget, isn't it\\", 'A'], ["budget report 'quoted' back\\slash", 'D'])
  const cases: [words: string, weight: Weight | null, isPrefix: boolean, matches: boolean][] = [
    ['budget', null, false, true],
    ['budg', null, false, false],
    ['budg', null, true, true],
    ['budget report', 'D', false, true],
    ['budget report', 'A', false, false],
    ['report budget', null, false, false],
    ['budget rep', 'D', true, true],
    ['bud report', 'D', true, false],
    ['it budget', null, false, false],
    ['back slash', 'D', false, true],
  ]
  for (const [words, weight, isPrefix, expected] of cases) {
    const query = wordQuery(wordsOf(words), { weight, isPrefix })!
    t.equal(await matches(vector, query), expected, `${words} ${weight} ${isPrefix}`)
  }
  const release = vectorOf(['released v1.2.3-rc4 for Python3.12', 'D'])
  const versions: [term: string, matches: boolean][] = [
    ['1.2.3', true],
    ['v1.2.3', true],
    ['v1.2.3-rc4', true],
    ['1.2.3-rc', true],
    ['3.12', true],
    ['rc4', true],
    ['4 for', true],
    ['1.2.4', false],
    ['v 1', false],
    ['2.1', false],
    ['relea*', true],
    ['Python3**', true],
    ['v1.2.3-rc*', true],
    ['release *', false],
  ]
  for (const [term, expected] of versions) {
    const { words, isPrefix } = termWords(term)
    t.equal(await matches(release, wordQuery(words, { weight: 'D', isPrefix })!), expected, term)
  }
  t.equal(wordQuery([], { weight: null, isPrefix: true }), null)

  // Postgres: 1 MiB of words, 16,383 positions, 256 of one word.
  const long = vectorOf(
    ['first', 'A'],
    [Array.from({ length: 200_000 }, (_, i) => `word${i}`).join(' '), 'D'],
    ['same '.repeat(100_000), 'D'],
  )
  t.ok(await matches(long, `'first':A & 'word0' & 'word40000':D`), 'what fits is found')
  const wide = vectorOf([Array.from({ length: 40_000 }, (_, i) => `語${`я${i}`.repeat(12)}`).join(' '), 'D'])
  t.ok(await matches(wide, `'語'`))
})

t.test('words with their places are the same words', async (t) => {
  const text = 'Größe: ½ café-Bar 日本'
  const placed = placedWords(text)
  t.strictSame(
    placed.map(({ word }) => word),
    wordsOf(text),
  )
  t.strictSame(
    placed.map(({ start, end }) => text.slice(start, end)),
    ['Größe', '½', '½', 'café', 'Bar', '日', '本'],
  )
})
