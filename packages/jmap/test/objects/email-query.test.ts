import type { TextTerm } from '@tandem/mailstore'
import t from 'tap'
import { readEmailFilter, readEmailSort, searchTerms } from '../../src/objects/email-query.js'
import { caught } from '../caught.js'

const NEVER = { operator: 'OR', conditions: [] }

t.test('RFC 8621 §4.4.1: filters in the words of the store', async (t) => {
  const date = '2024-01-02T03:04:05Z'
  const cases: [filter: unknown, stored: unknown][] = [
    [null, null],
    [undefined, null],
    [{}, { operator: 'AND', conditions: [] }],
    [{ inMailbox: 'm100000003' }, { inMailbox: 2 ** 40 + 3 }],
    [{ inMailbox: 'e100000003' }, NEVER],
    [{ inMailboxOtherThan: ['m100000003', 'x'] }, { inMailboxOtherThan: [2 ** 40 + 3] }],
    [{ before: date }, { before: new Date(date) }],
    [{ after: date }, { after: new Date(date) }],
    [{ minSize: 0 }, { minSize: 0 }],
    [{ maxSize: 10 }, { maxSize: 10 }],
    [{ hasKeyword: '$Seen' }, { hasKeyword: '$Seen' }],
    [{ hasKeyword: 'a\u0000' }, NEVER],
    [{ notKeyword: 'a\u0000' }, {}],
    [{ hasAttachment: false }, { hasAttachment: false }],
    [{ subject: 'one' }, { subject: 'one' }],
    [{ subject: 'one two' }, { operator: 'AND', conditions: [{ subject: 'one' }, { subject: 'two' }] }],
    [{ subject: '"one two"' }, { subject: { phrase: 'one two' } }],
    [{ text: 'one' }, { text: 'one' }],
    [{ body: 'a\u0000' }, NEVER],
    [{ header: ['List-Id'] }, { header: ['List-Id'] }],
    [{ header: ['List-Id', 'x'] }, { header: ['List-Id', 'x'] }],
    [{ someInThreadHaveKeyword: '$seen' }, { someInThreadHaveKeyword: '$seen' }],
    [{ noneInThreadHaveKeyword: 'a\u0000' }, {}],
    [{ from: ' ' }, { operator: 'AND', conditions: [] }],
    [{ to: 'a\u0000' }, NEVER],
    [
      { cc: 'a', bcc: 'b' },
      { operator: 'AND', conditions: [{ cc: 'a' }, { bcc: 'b' }] },
    ],
    [
      { operator: 'NOT', conditions: [{ operator: 'OR', conditions: [] }, { maxSize: 1 }] },
      { operator: 'NOT', conditions: [{ operator: 'OR', conditions: [] }, { maxSize: 1 }] },
    ],
  ]
  for (const [filter, stored] of cases) t.strictSame(readEmailFilter(filter), stored, JSON.stringify(filter))
})

t.test('what is no filter, and what the store has no filter for', async (t) => {
  const cases: [filter: unknown, type: string][] = [
    ...[
      [],
      'x',
      1,
      { operator: 'XOR', conditions: [] },
      { operator: 'AND' },
      { operator: 'AND', conditions: {} },
    ],
    ...[
      { operator: 'AND', conditions: [null] },
      { operator: 'AND', conditions: [], inMailbox: 'm1' },
    ],
    ...[
      { inMailbox: null },
      { inMailboxOtherThan: 'm1' },
      { before: '2024' },
      { minSize: -1 },
      { maxSize: '1' },
    ],
    ...[
      { hasKeyword: 1 },
      { hasAttachment: 'true' },
      { header: 'x' },
      { header: [] },
      { text: 1 },
      { subject: ['a'] },
      { from: null },
    ],
  ].map((filter): [unknown, string] => [filter, 'invalidArguments'])
  for (const name of ['constructor', 'attachmentName', 'x']) {
    cases.push([{ [name]: 'x' }, 'unsupportedFilter'])
  }
  cases.push([{ operator: 'OR', conditions: new Array(500).fill({}) }, 'unsupportedFilter'])
  cases.push([
    { operator: 'OR', conditions: new Array(50).fill({ from: 'a '.repeat(100) }) },
    'unsupportedFilter',
  ])
  cases.push([{ from: 'x'.repeat(5_000) }, 'unsupportedFilter'])
  for (const [filter, type] of cases) {
    t.match(
      caught(() => readEmailFilter(filter)),
      { type },
      JSON.stringify(filter).slice(0, 60),
    )
  }
})

t.test('RFC 8621 §4.4.1: words and phrases of a search', async (t) => {
  const cases: [text: string, terms: TextTerm[]][] = [
    ['', []],
    ['  a\tb  ', ['a', 'b']],
    ['"a b" c', [{ phrase: 'a b' }, 'c']],
    ["'a b' c", [{ phrase: 'a b' }, 'c']],
    ['"a \\"b\\" \\\\ \\\'c"', [{ phrase: 'a "b" \\ \'c' }]],
    ["it's", ["it's"]],
    ['"open ended', ['"open', 'ended']],
    ['"a"b c', ['"a"b', 'c']],
    ['""', []],
  ]
  for (const [text, terms] of cases) t.strictSame(searchTerms(text), terms, text)
})

t.test('RFC 8621 §4.4.2: sorts', async (t) => {
  t.strictSame(readEmailSort(null), [])
  t.strictSame(
    readEmailSort([
      { property: 'receivedAt' },
      { property: 'size', isAscending: false, collation: 'i;octet' },
      { property: 'hasKeyword', keyword: '$flagged', isAscending: false },
      { property: 'subject', collation: null },
      { property: 'from', collation: 'i;ascii-numeric' },
    ]),
    [
      { property: 'receivedAt', isAscending: true },
      { property: 'size', isAscending: false },
      { property: 'hasKeyword', isAscending: false, keyword: '$flagged' },
      { property: 'subject', isAscending: true },
      { property: 'from', isAscending: true, collation: 'i;ascii-numeric' },
    ],
  )
  const cases: [sort: unknown, type: string][] = [
    [{}, 'invalidArguments'],
    [['receivedAt'], 'invalidArguments'],
    [[{}], 'invalidArguments'],
    [[{ property: 'size', isAscending: 1 }], 'invalidArguments'],
    [[{ property: 'size', collation: 1 }], 'invalidArguments'],
    [[{ property: 'hasKeyword' }], 'invalidArguments'],
    [[{ property: 'hasKeyword', keyword: 1 }], 'invalidArguments'],
    [[{ property: 'someInThreadHaveKeyword' }], 'invalidArguments'],
    [[{ property: 'constructor' }], 'unsupportedSort'],
    [[{ property: 'subject', collation: 'i;basic' }], 'unsupportedSort'],
    [[{ property: 'subject', collation: 'constructor' }], 'unsupportedSort'],
    [[{ property: 'subject', collation: 'I;OCTET' }], 'unsupportedSort'],
    [new Array(21).fill({ property: 'size' }), 'unsupportedSort'],
  ]
  for (const [sort, type] of cases) {
    t.match(
      caught(() => readEmailSort(sort)),
      { type },
      JSON.stringify(sort).slice(0, 60),
    )
  }
})
