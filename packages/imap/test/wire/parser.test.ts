import t from 'tap'
import { Refusal } from '../../src/refusal.js'
import { createParser, type Parser } from '../../src/wire/parser.js'

/** Arguments as a client sends them; each "\n" stands for the place of a literal, of which `literals` has the octets. */
function parser(text: string, ...literals: (string | Buffer)[]): Parser {
  const bytes = literals.map((literal) => (typeof literal === 'string' ? Buffer.from(literal) : literal))
  return createParser({ lines: text.split('\n'), literals: bytes }, 0, 10)
}

function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error.status
    throw error
  }
}

/** The value, then whether all was read. */
function whole<T>(args: Parser, read: (args: Parser) => T): unknown {
  return outcome(() => {
    const value = read(args)
    args.end()
    return value
  })
}

t.test('atom: no atom-specials (RFC 3501 §9)', async (t) => {
  for (const text of ['FLAGS', '$Forwarded', 'a.b-c_d', 'BODY[']) {
    t.equal(
      whole(parser(text), (args) => args.atom()),
      text,
    )
  }
  for (const text of ['', '(', 'a(', 'a b', 'a{', 'a"', 'a\\', 'a%', 'a*', 'a]', 'a\x7f', 'a\0', 'a\xe4']) {
    t.equal(
      whole(parser(text), (args) => args.atom()),
      'BAD',
      JSON.stringify(text),
    )
  }
})

t.test('astring: atom with "]", quoted or literal', async (t) => {
  const cases: [text: string, literal: string | null, expected: string][] = [
    ['a]b', null, 'a]b'],
    ['NIL', null, 'NIL'],
    ['""', null, ''],
    ['"a \\"b\\" \\\\"', null, 'a "b" \\'],
    ['"tab\t"', null, 'tab\t'],
    ['{5}\n', 'he\r\nl', 'he\r\nl'],
    ['{5+}\n', 'hello', 'hello'],
    ['{0}\n', '', ''],
  ]
  for (const [text, literal, expected] of cases) {
    const args = literal === null ? parser(text) : parser(text, literal)
    t.equal(
      whole(args, (args) => args.astring()),
      expected,
      JSON.stringify(text),
    )
  }
  const wrong = ['"open', '"a\\b"', '"a\0"', '"a\r"', '"a"b', '{5}', '{5', '{x}', 'a"b"', '(a)', '']
  for (const text of wrong)
    t.equal(
      whole(parser(text), (args) => args.astring()),
      'BAD',
      JSON.stringify(text),
    )
})

t.test('NUL is never allowed, not in a literal either (CHAR8)', async (t) => {
  t.equal(
    whole(parser('{3}\n', Buffer.from([97, 0, 98])), (args) => args.astring()),
    'BAD',
  )
})

t.test('a literal in the middle goes on with its line', async (t) => {
  const read = (args: Parser) =>
    [args.astring(), args.sp(), args.astring(), args.sp(), args.atom()].filter(Boolean)
  t.same(whole(parser('{5}\n {3}\n x', 'first', 'two'), read), ['first', 'two', 'x'])
})

t.test('nstring', async (t) => {
  t.equal(
    whole(parser('NIL'), (args) => args.nstring()),
    null,
  )
  t.equal(
    whole(parser('nil'), (args) => args.nstring()),
    null,
  )
  t.equal(
    whole(parser('"NIL"'), (args) => args.nstring()),
    'NIL',
  )
  t.equal(
    whole(parser('atom'), (args) => args.nstring()),
    'atom',
    'an atom for a string, as old libraries write ID',
  )
})

t.test('text8 is UTF-8 and nothing else', async (t) => {
  t.equal(
    whole(parser('{6}\n', 'Grüß'), (args) => args.text8()),
    'Grüß',
  )
  t.equal(
    whole(parser('"gr\xc3\xbc\xc3\x9f"'), (args) => args.text8()),
    'grüß',
  )
  t.equal(
    whole(parser('{2}\n', Buffer.from([0xc3, 0x28])), (args) => args.text8()),
    'BAD',
  )
})

t.test('numbers are of 32 bits', async (t) => {
  const cases: [text: string, expected: unknown][] = [
    ['0', 0],
    ['4294967295', 4294967295],
    ['4294967296', 'BAD'],
    ['99999999999', 'BAD'],
    ['-1', 'BAD'],
    ['', 'BAD'],
    ['1x', 'BAD'],
  ]
  for (const [text, expected] of cases)
    t.equal(
      whole(parser(text), (args) => args.number()),
      expected,
      text,
    )
  t.equal(
    whole(parser('0'), (args) => args.nzNumber()),
    'BAD',
  )
})

t.test('number64 goes to 63 bits (RFC 9051 §9)', async (t) => {
  const read = (text: string) => whole(parser(text), (args) => args.number64())
  t.equal(read('0'), 0)
  t.equal(read('4294967296'), 4294967296)
  t.equal(read('9223372036854775807'), 2 ** 63)
  for (const text of ['9223372036854775808', '12345678901234567890', '-1', ''])
    t.equal(read(text), 'BAD', text)
})

t.test('spaces between words and at the end, any number of them, and nothing else', async (t) => {
  const read = (args: Parser) => {
    args.atom()
    args.sp()
    return args.atom()
  }
  for (const text of ['a b', 'a  b', 'a b ', 'a   b  ']) t.equal(whole(parser(text), read), 'b', text)
  for (const text of ['a\tb', 'a b\t', 'a b c', 'a', 'a ']) t.equal(whole(parser(text), read), 'BAD', text)
})

t.test('quotes about what the grammar has bare', async (t) => {
  const cases: [text: string, read: (args: Parser) => unknown, expected: unknown][] = [
    ['"FLAGS"', (args) => args.keyword(), 'FLAGS'],
    ['"12"', (args) => args.number(), 12],
    ['"12"', (args) => args.nzNumber(), 12],
    ['"12"', (args) => args.number64(), 12],
    ['"0"', (args) => args.modseq(), 0],
    ['"$Forwarded"', (args) => args.flag(), '$Forwarded'],
    ['"\\\\Seen"', (args) => args.flag(), '\\Seen'],
    ['"\\Seen"', (args) => args.flag(), '\\Seen'],
    ['"1:2"', (args) => args.messageSet(), [[1, 2]]],
    ['"$"', (args) => args.messageSet(), '$'],
    ['"FLAGS', (args) => args.keyword(), 'BAD'],
    ['"a b"', (args) => args.keyword(), 'BAD'],
    ['""', (args) => args.keyword(), 'BAD'],
    ['""', (args) => args.number(), 'BAD'],
  ]
  for (const [text, read, expected] of cases) t.same(whole(parser(text), read), expected, text)
})

t.test('a loose string is all up to the next space: what people use for a password', async (t) => {
  const read = (args: Parser) => args.looseString('a password')
  const words = ['a%b', '*', 'x]y[', 'a(b)c', '{x}y', 'a"b', 'back\\slash', 'p\xc3\xa4ss', 'NIL', '{', '{5}']
  for (const text of words) t.equal(whole(parser(text), read), text, text)
  t.equal(whole(parser('"a b"'), read), 'a b')
  t.equal(whole(parser('{3}\n', 'a b'), read), 'a b')
  for (const text of ['', ' a', '"open', 'a\x01b']) t.equal(whole(parser(text), read), 'BAD', text)
})

t.test('lists', async (t) => {
  const read = (args: Parser) => args.list(() => args.atom())
  const readEmpty = (args: Parser) => args.list(() => args.atom(), true)
  t.same(whole(parser('(a b c)'), read), ['a', 'b', 'c'])
  t.same(whole(parser('()'), readEmpty), [])
  for (const text of ['(a  b)', '( a b)', '(a b )', '(  a   b  ) ']) {
    t.same(whole(parser(text), read), ['a', 'b'], text)
  }
  t.same(whole(parser('(  )'), readEmpty), [])
  for (const text of ['()', '( )', '(a b', '(a b ', '(a(b)', '(a\tb)', 'a', '']) {
    t.equal(whole(parser(text), read), 'BAD', text)
  }
})

t.test('mailbox names are modified UTF-7, or raw UTF-8 (RFC 9755 §3); a wrong shift is NO', async (t) => {
  const cases: [text: string, expected: string][] = [
    ['INBOX', 'INBOX'],
    ['"Entw&APw-rfe"', 'Entwürfe'],
    ['"Entw\xc3\xbcrfe"', 'Entwürfe'],
    ['"Entw\xfcrfe"', 'BAD'],
    ['&Jjo!', 'NO'],
    ['a*', 'a*'],
    ['50%', '50%'],
  ]
  for (const [text, expected] of cases)
    t.equal(
      whole(parser(text), (args) => args.mailbox()),
      expected,
      text,
    )
  t.equal(
    whole(parser('{5}\n', 'a&AP8'), (args) => args.mailbox()),
    'NO',
  )
})

t.test('list-mailbox takes wildcards as they are', async (t) => {
  for (const text of ['*', '%', 'a/%', '"a b*"']) {
    t.equal(
      whole(parser(text), (args) => args.listMailbox()),
      text.replaceAll('"', ''),
    )
  }
  t.equal(
    whole(parser('""'), (args) => args.listMailbox()),
    '',
  )
})

t.test('flags: system flags in one spelling, \\Recent is not for clients', async (t) => {
  const cases: [text: string, expected: string][] = [
    ['\\Seen', '\\Seen'],
    ['\\sEEN', '\\Seen'],
    ['\\DELETED', '\\Deleted'],
    ['$Forwarded', '$Forwarded'],
    ['\\Custom', '\\Custom'],
    ['\\Recent', 'BAD'],
    ['\\recent', 'BAD'],
    ['\\*', 'BAD'],
    ['\\', 'BAD'],
    ['"x y"', 'BAD'],
  ]
  for (const [text, expected] of cases)
    t.equal(
      whole(parser(text), (args) => args.flag()),
      expected,
      text,
    )
})

t.test('sequence sets are bounded in their members', async (t) => {
  const set = (members: number) => new Array(members).fill('1').join(',')
  t.same(
    whole(parser('1:*'), (args) => args.sequenceSet()),
    [[1, 2 ** 32]],
  )
  t.equal((whole(parser(set(10)), (args) => args.sequenceSet()) as unknown[]).length, 10)
  t.equal(
    whole(parser(set(11)), (args) => args.sequenceSet()),
    'NO',
  )
  t.equal(
    whole(parser('0'), (args) => args.sequenceSet()),
    'BAD',
  )
})

t.test('sequence sets with spaces in them, or a comma at the end', async (t) => {
  const read = (args: Parser) => {
    const set = args.messageSet()
    args.sp()
    return [set, args.atom()]
  }
  const ranges = (...numbers: number[]) => numbers.map((number) => [number, number])
  const cases: [text: string, set: unknown][] = [
    ['1, UID', ranges(1)],
    ['1,2, UID', ranges(1, 2)],
    ['1, 2 UID', ranges(1, 2)],
    ['1 ,2 UID', ranges(1, 2)],
    ['1 , 2 UID', ranges(1, 2)],
    ['1 : 3 UID', [[1, 3]]],
    ['1: * UID', [[1, 2 ** 32]]],
    ['1:3  UID', [[1, 3]]],
    ['01 UID', ranges(1)],
    ['1 2 UID', 'BAD'],
    ['1,, UID', 'BAD'],
    [', UID', 'BAD'],
    ['1: UID', 'BAD'],
    ['1,,2 UID', 'BAD'],
  ]
  for (const [text, set] of cases)
    t.same(whole(parser(text), read), set === 'BAD' ? 'BAD' : [set, 'UID'], text)
})

t.test('dates', async (t) => {
  t.equal(
    whole(parser('2-Jan-1970'), (args) => args.date()),
    1,
  )
  t.equal(
    whole(parser('"2-Jan-1970"'), (args) => args.date()),
    1,
  )
  t.equal(
    whole(parser('32-Jan-1970'), (args) => args.date()),
    'BAD',
  )
  t.equal(
    whole(parser('" 2-Jan-1970 00:00:00 +0000"'), (args) => Number(args.dateTime())),
    86_400_000,
  )
  t.equal(
    whole(parser('"2-Jan-1970 00:00:00 +0000"'), (args) => Number(args.dateTime())),
    86_400_000,
  )
  t.equal(
    whole(parser('2-Jan-1970'), (args) => args.dateTime()),
    'BAD',
  )
})

t.test('a BAD says what was expected, and where', async (t) => {
  t.throws(() => parser('a  b').end(), { message: 'the end of the command expected at column 1' })
})

t.test('mod-sequences: 63 bits (RFC 7162 §7)', async (t) => {
  const cases: [text: string, value: unknown][] = [
    ['0', 0],
    ['1', 1],
    ['9007199254740991', 9007199254740991],
    ['9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['9223372036854775808', 'BAD'],
    ['99999999999999999999999', 'BAD'],
    ['', 'BAD'],
    ['x', 'BAD'],
  ]
  for (const [text, value] of cases) {
    t.equal(
      whole(parser(text), (args) => args.modseq()),
      value,
      text,
    )
  }
})

t.test(
  'with UTF-8, a mailbox name is what its octets say, and "&" is a character (RFC 9051 §5.1)',
  async (t) => {
    const read = (text: string, literal = '') => {
      const literals = literal ? [Buffer.from(literal, 'latin1')] : []
      return whole(createParser({ lines: text.split('\n'), literals }, 0, 10, true), (args) => args.mailbox())
    }
    const name = Buffer.from('Entwürfe').toString('latin1')
    t.equal(read(`"${name}"`), 'Entwürfe')
    t.equal(read('{9}\n', name), 'Entwürfe')
    t.equal(read('Entw&APw-rfe'), 'Entw&APw-rfe')
    t.equal(read('"\xfc"'), 'BAD', 'not UTF-8')
    t.equal(read('"\xed\xa0\x80"'), 'BAD', 'half of a surrogate pair')
    t.equal(read(name), 'BAD', 'an atom has US-ASCII only')
  },
)
