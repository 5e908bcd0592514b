import type { TextTerm } from '@tandem/mailstore'
import fc from 'fast-check'
import t from 'tap'
import { readEmailFilter } from '../../src/objects/email-query.js'
import { markAll, markPreview, snippetTerms } from '../../src/objects/snippet.js'

t.test('RFC 8621 §5: words and phrases of the filter are marked, and HTML is escaped', async (t) => {
  const cases: [text: string, terms: TextTerm[], marked: string | null][] = [
    ['The budget of May', ['budget'], 'The <mark>budget</mark> of May'],
    ['The budget of May', ['budg'], 'The <mark>budget</mark> of May'],
    ['The budget of May', [{ phrase: 'budg' }], null],
    ['The budget of May', [{ phrase: 'of may' }], 'The budget <mark>of May</mark>'],
    ['Größe & <b>', ['grosse', 'b'], 'Größe &amp; &lt;<mark>b</mark>&gt;'],
    ['café CAFÉ', ['cafe'], '<mark>café</mark> <mark>CAFÉ</mark>'],
    ['mail to carol@example.com', ['carol@example.com'], 'mail to <mark>carol@example.com</mark>'],
    ['日本語の話', ['日本'], '<mark>日本</mark>語の話'],
    ['what?!', ['?!'], 'what<mark>?!</mark>'],
    ['nothing here', ['budget'], null],
    ['', ['x'], null],
  ]
  for (const [text, terms, marked] of cases) t.equal(markAll(text, terms), marked, text)
})

t.test('which terms count', async (t) => {
  const filter = readEmailFilter({
    operator: 'AND',
    conditions: [
      { text: 'a "b c"', hasKeyword: 'x' },
      { subject: 'd' },
      { operator: 'OR', conditions: [{ body: 'e' }, { from: 'f' }] },
      { operator: 'NOT', conditions: [{ text: 'g' }] },
    ],
  })
  t.strictSame(snippetTerms(filter), {
    subject: ['a', { phrase: 'b c' }, 'd'],
    body: ['a', { phrase: 'b c' }, 'e'],
    name: ['a', { phrase: 'b c' }],
  })
  t.strictSame(snippetTerms(null), { subject: [], body: [], name: [] })
})

t.test('a preview is around the first match, and never above 255 octets', async (t) => {
  const long = `${'before '.repeat(100)}needle ${'after '.repeat(100)}`
  const preview = markPreview(long, ['needle'])!
  t.match(preview, /^before .*<mark>needle<\/mark> after /)
  t.ok(Buffer.byteLength(preview) > 240)
  t.equal(markPreview('a\n\n  b', ['b']), 'a <mark>b</mark>')
  t.equal(markPreview('none', ['b']), null)
  const huge = `<${'&'.repeat(300)}`
  t.match(markPreview(`x ${'w'.repeat(40)}${'y'.repeat(500)}`, ['w'.repeat(40)]), /^x <mark>w+y*<\/mark>$/)
  t.ok(Buffer.byteLength(markPreview(`${huge} found`, ['found'])!) <= 255)

  const text = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom('needle', '&', '<', '日本', 'n'),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(text, fc.constantFrom('needle', 'need', '日本', '&'), (pieces, term) => {
      const whole = pieces.join(' ')
      const found = markPreview(whole, [term])
      const all = markAll(whole.replace(/\s+/g, ' ').trim(), [term])
      if (found === null || all === null) return found === all
      const isBalanced = (found.match(/<mark>/g) ?? []).length === (found.match(/<\/mark>/g) ?? []).length
      const rest = found.replace(/<\/?mark>/g, '').replace(/&(?:amp|lt|gt);/g, '')
      return Buffer.byteLength(found) <= 255 && isBalanced && found.includes('<mark>') && !/[&<>]/.test(rest)
    }),
  )
})
