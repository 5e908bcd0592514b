import t from 'tap'
import { parseFetchItems } from '../../../src/commands/fetch/items.js'
import { parsed } from '../parsing.js'

/** Items by their names in the response; `!` sets \Seen. */
const names = (text: string) =>
  parsed(text, (args) => {
    const items = parseFetchItems(args)
    args.end()
    return items.map((item) =>
      item.type === 'simple' ? item.name : `${item.label}${item.setsSeen ? '!' : ''}`,
    )
  })

t.test('items, lists and macros (RFC 3501 §6.4.5)', async (t) => {
  const cases: [text: string, expected: string[]][] = [
    ['FLAGS', ['FLAGS']],
    ['(uid rfc822.size InternalDate)', ['UID', 'RFC822.SIZE', 'INTERNALDATE']],
    ['(FLAGS FLAGS)', ['FLAGS']],
    ['ALL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']],
    ['fast', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']],
    ['FULL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']],
    ['(BODY BODYSTRUCTURE)', ['BODY', 'BODYSTRUCTURE']],
    ['(EMAILID THREADID)', ['EMAILID', 'THREADID']],
    ['(RFC822 RFC822.HEADER RFC822.TEXT)', ['RFC822!', 'RFC822.HEADER', 'RFC822.TEXT!']],
    ['BODY[]', ['BODY[]!']],
    ['BODY.PEEK[]', ['BODY[]']],
    ['body.peek[text]<0.2048>', ['BODY[TEXT]<0>']],
    ['BODY[1.2.mime]<4294967295.1>', ['BODY[1.2.MIME]<4294967295>!']],
    ['BODY[1]', ['BODY[1]!']],
    ['BODY[1.2.HEADER]', ['BODY[1.2.HEADER]!']],
    ['BODY[HEADER.FIELDS (Date "From")]', ['BODY[HEADER.FIELDS (Date From)]!']],
    ['(BODY.PEEK[3.HEADER.FIELDS.NOT (To)]<5.6> UID)', ['BODY[3.HEADER.FIELDS.NOT (To)]<5>', 'UID']],
  ]
  for (const [text, expected] of cases) t.same(names(text), expected, text)
})

t.test('beyond the grammar', async (t) => {
  const cases: [text: string, expected: string[]][] = [
    ['(ALL FLAGS UID)', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'UID']],
    ['(fast)', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']],
    ['( FLAGS  UID )', ['FLAGS', 'UID']],
    ['("FLAGS" "UID")', ['FLAGS', 'UID']],
    ['"FLAGS"', ['FLAGS']],
    ['BODY [TEXT]', ['BODY[TEXT]!']],
    ['(BODY BODY [TEXT])', ['BODY', 'BODY[TEXT]!']],
    ['BODY[ ]', ['BODY[]!']],
    ['body.peek[ header.fields  ( "A"  B ) ]', ['BODY[HEADER.FIELDS (A B)]']],
    ['BODY.PEEK[HEADER.FIELDS ("A" B)]', ['BODY[HEADER.FIELDS (A B)]']],
    ['BODY[HEADER.FIELDS(To)]', ['BODY[HEADER.FIELDS (To)]!']],
    ['BODY[HEADER.FIELDS ()]', ['BODY[HEADER.FIELDS ()]!']],
    ['BODY[]<0>', ['BODY[]<0>!']],
    ['BODY[] <5.6>', ['BODY[]<5>!']],
    ['BINARY[ 1 ] <5.6>', ['BINARY[1]<5>!']],
    ['PREVIEW  ( LAZY )', ['PREVIEW']],
  ]
  for (const [text, expected] of cases) t.same(names(text), expected, text)
})

t.test('what has no meaning is BAD', async (t) => {
  const wrong = [
    '',
    '()',
    '( )',
    'FOO',
    'ALL FLAGS',
    'FLAGS UID',
    'BODY[',
    'BODY[]x',
    'BODY[0]',
    'BODY[01]',
    'BODY[1.]',
    'BODY[.1]',
    'BODY[MIME]',
    'BODY[1TEXT]',
    'BODY[.TEXT]',
    'BODY[TEXT.1]',
    'BODY[HEADER.FIELDS]',
    'BODY[HEADER.FIELDS To]',
    'BODY[HEADER. FIELDS (To)]',
    'BODY[HEADER (To)]',
    'BODY[]<0.>',
    'BODY[]<0.0>',
    'BODY[]<.1>',
    'BODY[]<9223372036854775808.1>',
    'BODY.PEEK',
    'BODYSTRUCTURE[]',
    'RFC822.PEEK',
    'RFC822[]',
    'BODY[1.2.3.HEADER.FIELDS.NO (x)]',
  ]
  for (const text of wrong) t.equal(names(text), 'BAD', text)
})
