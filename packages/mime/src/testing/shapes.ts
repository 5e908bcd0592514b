// Texts that are hard to read in one pass: what opens and never closes, what nests, what nearly matches.

export interface Shape {
  name: string
  /** About `size` characters, each below U+0100 unless the name says otherwise. */
  make(size: number): string
}

/** `head`, then `unit` as often as it takes. */
export function repeated(name: string, unit: string, head = '', tail = ''): Shape {
  const count = (size: number) => Math.max(1, Math.floor((size - head.length - tail.length) / unit.length))
  return { name, make: (size) => head + unit.repeat(count(size)) + tail }
}

/** As many units as fit, each made of its number. */
export function numbered(name: string, unit: (i: number) => string, head = '', tail = ''): Shape {
  return {
    name,
    make(size) {
      const units = [head]
      for (let i = 0, length = head.length; length < size; i++) {
        const next = unit(i)
        units.push(next)
        length += next.length
      }
      return units.join('') + tail
    },
  }
}

/** Half of them open, half of them close. */
function nested(name: string, open: string, close: string): Shape {
  return {
    name,
    make(size) {
      const depth = Math.floor(size / (open.length + close.length))
      return open.repeat(depth) + close.repeat(depth)
    },
  }
}

const characters = [...'<>()[]{}"\'\\;:,.@=?&%*+-_/!#$~|^`'].map((c) => repeated(`only ${c}`, c))
const blanks: Shape[] = [
  repeated('only spaces', ' '),
  repeated('only tabs', '\t'),
  repeated('empty lines', '\n'),
  repeated('empty lines, CRLF', '\r\n'),
  repeated('bare CR', '\r'),
  repeated('folded lines of nothing', '\r\n '),
  repeated('spaces, then a letter', ' ', '', 'x'),
  repeated('letters between spaces', 'x  '),
  repeated('NUL', '\0'),
]
const letters: Shape[] = [
  repeated('one long word', 'a'),
  repeated('digits', '1'),
  repeated('8-bit', '\xe4'),
  repeated('UTF-8', '\xc3\xa4'),
  repeated('UTF-8 leads without their ends', '\xe3\x81'),
  repeated('combining marks', '\xcc\x81'),
  repeated('marks out of order', '\xcc\xa3\xcc\x81'),
  repeated('Hangul letters', '\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8'),
]
const quoting: Shape[] = [
  repeated('open quotes', '"a '),
  repeated('quoted pairs', '\\"'),
  repeated('a quote of backslashes', '\\', '"'),
  repeated('quotes that touch', '""'),
  nested('nested comments', '(', ')'),
  repeated('open comments', '(a '),
  repeated('comments side by side', '(a)'),
  repeated('quotes in an open comment', '"(" ', '('),
  nested('nested brackets', '[', ']'),
  nested('nested angles', '<', '>'),
]
const words: Shape[] = [
  repeated('encoded words', '=?utf-8?q?=C3=A4?= '),
  repeated('encoded words that touch', '=?utf-8?q?a?='),
  repeated('encoded words of other charsets', '=?utf-8?q?a?= =?koi8-r?b?wQ==?= '),
  repeated('open encoded words', '=?utf-8?q?a'),
  repeated('=? chains', '=?'),
  repeated('?= chains', '?='),
  repeated('=?a chains', '=?a?q'),
  repeated('an encoded word that never ends', 'a', '=?utf-8?q?'),
  repeated('an encoded word of underscores', '_', '=?utf-8?q?', '?='),
  repeated('quoted encoded words', '"=?utf-8?q?a?=" '),
  repeated('=', '='),
  repeated('=XX', '=C3=A4'),
  repeated('= at line ends', '=\r\n'),
  repeated('= and blanks', '= \t'),
]
const addresses: Shape[] = [
  repeated('addresses', 'a@b, '),
  repeated('names', '"N" <a@b>, '),
  repeated('open angles', 'a <'),
  repeated('open routes', '<@a,'),
  repeated('a route', '@a,', '<'),
  repeated('groups', 'g:;'),
  repeated('open groups', 'g: a@b, '),
  repeated('groups in groups', 'g:'),
  repeated('dots', 'a.'),
  repeated('signs', 'a@'),
  repeated('domain literals', 'a@[1'),
  repeated('words without a comma', 'a b '),
]
const parameters: Shape[] = [
  repeated('semicolons', ';', 'a/b'),
  numbered('parameters', (i) => `; p${i}=x`, 'a/b'),
  repeated('the same parameter', '; name=x', 'a/b'),
  numbered('continuations: RFC 2231', (i) => `; name*${i}=x`, 'a/b'),
  numbered('encoded continuations', (i) => `; name*${i}*=%C3%A4`, "a/b; name*0*=utf-8''"),
  numbered('continuations backwards', (i) => `; name*${1e6 - i}=x`, 'a/b'),
  numbered('continuations of many names', (i) => `; n${i}*0=x; n${i}*1=y`, 'a/b'),
  repeated('parameters without values', '; a', 'a/b'),
  repeated('open quotes in parameters', '; a="', 'a/b'),
  repeated('percents', '%C3', "a/b; name*=utf-8''"),
]
const dates: Shape[] = [
  repeated('comments in a date', '(', 'Fri, 21 Nov 1997 09:55:06 -0600 '),
  repeated('spaces in a date', ' ', 'Fri, 21 Nov 1997', '09:55:06 -0600'),
  repeated('digits in a date', '1', 'Fri, 2'),
  repeated('colons in a date', '1:', '1 Jan 2001 '),
]
const ids: Shape[] = [
  numbered('message ids', (i) => `<${i}@x> `),
  repeated('open message ids', '<a@b '),
  repeated('ids that close twice', '<a@b>> '),
]
const subjects: Shape[] = [
  repeated('Re:', 'Re: '),
  repeated('Re[]', 'Re[a]:'),
  repeated('[a]', '[a] '),
  repeated('[', '[a '),
  repeated('(fwd)', ' (fwd)', 'a'),
  repeated('[fwd:', '[fwd: ', '', ']'),
  nested('[fwd: ]', '[fwd: ', ']'),
]
const html: Shape[] = [
  repeated('</script without >', '</script', '<script>'),
  repeated('</style without >', '</style ', '<style>'),
  repeated('</title without >', '</title', '<title>'),
  repeated('open scripts', '<script>'),
  repeated('open comments of HTML', '<!--'),
  repeated('comments that nearly close', '--!', '<!--'),
  repeated('dashes in a comment', '-', '<!--'),
  repeated('CDATA', '<![CDATA['),
  repeated('CDATA that nearly closes', ']]', '<![CDATA['),
  repeated('declarations', '<!'),
  repeated('processing instructions', '<?'),
  repeated('</', '</'),
  repeated('</ and a letter', '</x'),
  repeated('open tags', '<b '),
  repeated('deep', '<b>'),
  repeated('deep blocks', '<div>'),
  repeated('deep tables', '<table><tr><td>'),
  repeated('deep lists', '<ul><li>'),
  repeated('deep quotes', '<blockquote>'),
  repeated('unclosed paragraphs', '<p>a'),
  {
    name: 'deep, then closed by others',
    make: (size) => '<b>'.repeat(size / 8) + '</i>'.repeat(size / 8),
  },
  nested('deep and closed', '<i>', '</i>'),
  repeated('open attributes', ' a="', '<b'),
  repeated('attributes', ' a=b', '<b', '>'),
  repeated('attributes without values', ' a', '<b', '>'),
  repeated('slashes in a tag', '/', '<b', '>'),
  repeated('tags in an open attribute', '<b>', '<a href="'),
  repeated('entities', '&amp;'),
  repeated('entities without ;', '&amp'),
  repeated('entities that nearly match', '&CounterClockwiseContourIntegra'),
  repeated('numbers that never end', '1', '&#'),
  repeated('open numbers', '&#x'),
  repeated('breaks', '<br>'),
  repeated('rules', '<hr>'),
  repeated('preformatted', '<pre>\n'),
  repeated('cells', '<td> '),
  repeated('meta', '<meta charset='),
  repeated('meta http-equiv', '<meta http-equiv=content-type content="text/html; '),
]
const searches: Shape[] = [
  repeated('stars', 'a*'),
  repeated('backslashes', '\\%'),
  repeated('literals', '{1}\r\n'),
  repeated('lists', '(a '),
  repeated('NOT', 'NOT '),
  repeated('OR', 'OR '),
]

/** What any text may hold, whatever reads it. */
export const hostileTexts: readonly Shape[] = [
  ...characters,
  ...blanks,
  ...letters,
  ...quoting,
  ...words,
  ...addresses,
  ...parameters,
  ...dates,
  ...ids,
  ...subjects,
  ...html,
  ...searches,
]
