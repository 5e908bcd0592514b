import t from 'tap'
import { asAddresses, asGroupedAddresses, envelopeAddresses } from '../../src/index.js'

// RFC 8621 §4.1.2.3
const example =
  ' "  James Smythe" <james@example.com>, Friends:\r\n jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n <john@example.com>;'

t.test('the examples of RFC 8621 §4.1.2.3 and §4.1.2.4', (t) => {
  t.same(asAddresses(example), [
    { name: 'James Smythe', email: 'james@example.com' },
    { name: null, email: 'jane@example.com' },
    { name: 'John Smîth', email: 'john@example.com' },
  ])
  t.same(asGroupedAddresses(example), [
    { name: null, addresses: [{ name: 'James Smythe', email: 'james@example.com' }] },
    {
      name: 'Friends',
      addresses: [
        { name: null, email: 'jane@example.com' },
        { name: 'John Smîth', email: 'john@example.com' },
      ],
    },
  ])
  t.end()
})

t.test('asAddresses', (t) => {
  const cases: [name: string, raw: string, ...addresses: [string | null, string][]][] = [
    ['nothing', '  '],
    ['bare', 'a@b', [null, 'a@b']],
    ['null members: RFC 5322 §4.4', ', a@b,, c@d,', [null, 'a@b'], [null, 'c@d']],
    ['a comment for a name', 'a@b (Al (x) \\) y)', ['Al (x) ) y', 'a@b']],
    ['an encoded comment', 'a@b (=?utf-8?q?=C3=A4?=)', ['ä', 'a@b']],
    [
      'a comment within an address is nobody',
      'pete(his account)@silly(x).test (Pete)',
      ['Pete', 'pete@silly.test'],
    ],
    ['nor one within a name', 'John (x) Smith j@x', ['John Smith', 'j@x']],
    ['comments elsewhere are nobody', '(x) Al (y) <a@b(z)>', ['Al', 'a@b']],
    ['a name with dots', 'John Q. Public <j@x>', ['John Q. Public', 'j@x']],
    ['quotes, pairs and folds', '"a \\"b\\"\r\n c" <j@x>', ['a "b" c', 'j@x']],
    ['words and quotes', 'a "b c" d <j@x>', ['a b c d', 'j@x']],
    ['encoded words in quotes: RFC 8621 §4.1.2.3', '"=?utf-8?q?a?=" <j@x>', ['a', 'j@x']],
    ['beside text there', '"\'=?utf-8?q?a?=\' (=?utf-8?q?b c?=)" <j@x>', ["'a' (b c)", 'j@x']],
    ['and each other', '"=?utf-8?q?a?==?utf-8?q?b?= =?utf-8?q?c?= d" <j@x>', ['abc d', 'j@x']],
    ['a character split between them', '"=?utf-8?q?=C3?==?utf-8?q?=A4?=" <j@x>', ['ä', 'j@x']],
    ['a comma in quotes', '"=?utf-8?q?Smith,_J?=" <j@x>, k@x', ['Smith, J', 'j@x'], [null, 'k@x']],
    ['encoded words without space', '=?utf-8?q?a?==?utf-8?q?b?=<j@x>', ['ab', 'j@x']],
    ['an unknown charset in quotes', '"=?x-no?q?a?=" <j@x>', ['=?x-no?q?a?=', 'j@x']],
    ['a stray bracket', 'a@x>', [null, 'a@x']],
    ['after a name', 'Bob b@x>, c@x', ['Bob', 'b@x'], [null, 'c@x']],
    ['two of them', '<<a@x>>, B <b@x>>', [null, 'a@x'], ['B', 'b@x']],
    ['with space', 'a@x >, B <b@x> >', [null, 'a@x'], ['B', 'b@x']],
    ['before a name', 'a@x> (Al)', ['Al', 'a@x']],
    ['at the start', '>a@x', [null, 'a@x']],
    ['an opening one behind', 'a@x <, b@x <>', [null, 'a@x'], [null, 'b@x']],
    ['an address in square brackets', '[a@x]', [null, 'a@x']],
    [
      'stray brackets of other kinds',
      'a@x], b@x), (c@x, [d@x',
      [null, 'a@x'],
      [null, 'b@x'],
      [null, 'c@x'],
      [null, 'd@x'],
    ],
    ['within angle brackets', '<a@x]>, <[b@x]>', [null, 'a@x'], [null, 'b@x']],
    ['stray quotes', "a@x\", 'b@x'", [null, 'a@x'], [null, 'b@x']],
    ['an apostrophe of the local part', "o'b@x, 'c@x", [null, "o'b@x"], [null, "'c@x"]],
    ['words after an unclosed bracket', '<a@x Al', [null, 'a@x']],
    ['several encoded words', '=?utf-8?q?a?= =?utf-8?q?b?= c <j@x>', ['ab c', 'j@x']],
    ['a comma in an encoded word', '=?utf-8?q?Smith,_J?= <j@x>', ['Smith, J', 'j@x']],
    ['a name in brackets', '[list] x <j@x>', ['[list] x', 'j@x']],
    ['a quoted local part', '"a b"@c, "d.e"@f', [null, '"a b"@c'], [null, 'd.e@f']],
    ['white space about dots and @: RFC 5322 §4.4', 'a . b @ c . d', [null, 'a.b@c.d']],
    ['a domain literal', 'a@[IPv6:::1]', [null, 'a@[IPv6:::1]']],
    ['a route', '<@a,@b:c@d>', [null, 'c@d']],
    ['a name without brackets', 'John Smith j@x', ['John Smith', 'j@x']],
    ['no address', 'John Smith', [null, 'John Smith']],
    ['an empty address', 'John <>, <>', ['John', '']],
    ['a missing comma', 'A <a@x> B <b@x>', ['A', 'a@x'], ['B', 'b@x']],
    ['semicolons for commas', 'a@x; b@x', [null, 'a@x'], [null, 'b@x']],
    ['an unclosed bracket', 'A <a@x, B <b@x>', ['A', 'a@x'], ['B', 'b@x']],
    ['an unclosed quote', '"A <a@x>', ['"A', 'a@x']],
    ['an unclosed comment', 'a@x (b', [null, 'a@x']],
    ['groups are left out', 'undisclosed-recipients:;, g: a@b;', [null, 'a@b']],
    ['raw UTF-8', Buffer.from('Jürgen <j@bücher>').toString('latin1'), ['Jürgen', 'j@bücher']],
  ]
  for (const [name, raw, ...addresses] of cases) {
    t.same(
      asAddresses(raw).map((a) => [a.name, a.email]),
      addresses,
      name,
    )
  }
  t.same(
    asGroupedAddresses('a: b@c'),
    [{ name: 'a', addresses: [{ name: null, email: 'b@c' }] }],
    'an unclosed group',
  )
  t.end()
})

t.test('envelopeAddresses: RFC 9051 §7.5.2', (t) => {
  const end = [null, null, null, null]
  const cases: [name: string, raw: string, addresses: (string | null)[][] | null][] = [
    ['empty', ' ', null],
    [
      'names stay encoded, without quotes',
      '"A \\"b" <a@x>, =?utf-8?q?c?= <c@x>',
      [
        ['A "b', null, 'a', 'x'],
        ['=?utf-8?q?c?=', null, 'c', 'x'],
      ],
    ],
    ['a route', '<@a,@b:c@d>', [[null, '@a,@b', 'c', 'd']]],
    [
      'a group',
      'G H: a@x, b@x;',
      [[null, null, 'G H', null], [null, null, 'a', 'x'], [null, null, 'b', 'x'], end],
    ],
    ['an empty, unclosed group', 'g:', [[null, null, 'g', null], end]],
    ['no domain is no group', 'root', [[null, null, 'root', '']]],
  ]
  for (const [name, raw, addresses] of cases) {
    const flat = envelopeAddresses(raw)?.map((a) => [a.name, a.adl, a.mailbox, a.host]) ?? null
    t.same(flat, addresses, name)
  }
  t.end()
})
