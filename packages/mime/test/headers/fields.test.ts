import t from 'tap'
import { firstHeader, lastHeader, parseMessage } from '../../src/index.js'

const fields = (text: string): [string, string, string][] =>
  parseMessage(Buffer.from(text, 'latin1')).headers.map((h) => [h.name, h.raw, text.slice(h.start, h.end)])

t.test('fields as they stand', (t) => {
  const cases: { name: string; text: string; fields: [string, string, string][]; body?: string }[] = [
    {
      name: 'folding is kept',
      text: 'Subject: a\r\n b\r\n\tc\r\n\r\n',
      fields: [['Subject', ' a\r\n b\r\n\tc', 'Subject: a\r\n b\r\n\tc\r\n']],
    },
    {
      name: 'no value, no space',
      text: 'A:\nB:x\n\n',
      fields: [
        ['A', '', 'A:\n'],
        ['B', 'x', 'B:x\n'],
      ],
    },
    { name: 'white space before the colon', text: 'A \t: b\n\n', fields: [['A', ' b', 'A \t: b\n']] },
    {
      name: 'a line of white space folds',
      text: 'A: b\n \n c\n\nx',
      fields: [['A', ' b\n \n c', 'A: b\n \n c\n']],
      body: 'x',
    },
    {
      name: 'no final line end',
      text: 'A: b\r\nC: d',
      fields: [
        ['A', ' b', 'A: b\r\n'],
        ['C', ' d', 'C: d'],
      ],
    },
    {
      name: 'an mbox separator is passed over',
      text: 'From a@b Mon\nA: b\n\n',
      fields: [['A', ' b', 'A: b\n']],
    },
    {
      name: 'a fold without its white space is passed over',
      text: 'A: b\nlost\nC: d\n\nx',
      fields: [
        ['A', ' b', 'A: b\n'],
        ['C', ' d', 'C: d\n'],
      ],
      body: 'x',
    },
    {
      name: 'so are several, one of them folded',
      text: 'A: b\nlost one\nlost two\n\tfolded\nC: d\nlost three\nlost four\nE: f\n\nx',
      fields: [
        ['A', ' b', 'A: b\n'],
        ['C', ' d', 'C: d\n'],
        ['E', ' f', 'E: f\n'],
      ],
      body: 'x',
    },
    {
      name: 'more than 30 of them begin the body',
      text: `A: b\n${'lost\n'.repeat(31)}C: d\n\nx`,
      fields: [['A', ' b', 'A: b\n']],
      body: `${'lost\n'.repeat(31)}C: d\n\nx`,
    },
    {
      name: 'two lines of text on top begin the body',
      text: 'Dear all\nplease note\nPS: thanks\n\nx',
      fields: [],
      body: 'Dear all\nplease note\nPS: thanks\n\nx',
    },
    {
      name: 'text where a field should be begins the body',
      text: 'A: b\nhello there\nyou\n\nx',
      fields: [['A', ' b', 'A: b\n']],
      body: 'hello there\nyou\n\nx',
    },
    {
      name: 'a line too long to be a lost fold begins the body',
      text: `A: b\n${'x'.repeat(1001)}\nC: d\n\nx`,
      fields: [['A', ' b', 'A: b\n']],
      body: `${'x'.repeat(1001)}\nC: d\n\nx`,
    },
    {
      name: 'a line of dashes begins the body',
      text: 'A: b\n--x: y\nC: d\n\nx',
      fields: [['A', ' b', 'A: b\n']],
      body: '--x: y\nC: d\n\nx',
    },
    {
      name: 'a byte order mark is passed over',
      text: '\xef\xbb\xbfA: b\nC: d\n\nx',
      fields: [
        ['A', ' b', 'A: b\n'],
        ['C', ' d', 'C: d\n'],
      ],
      body: 'x',
    },
    {
      name: 'without a header it begins the body',
      text: '\xef\xbb\xbfhello\nyou',
      fields: [],
      body: '\xef\xbb\xbfhello\nyou',
    },
    {
      name: '8-bit names are no names',
      text: 'A: b\nn\xe4me: c\n\nx',
      fields: [['A', ' b', 'A: b\n']],
      body: 'n\xe4me: c\n\nx',
    },
  ]
  for (const c of cases) {
    t.same(fields(c.text), c.fields, c.name)
    const { bodyStart } = parseMessage(Buffer.from(c.text, 'latin1')).root
    t.equal(c.text.slice(bodyStart), c.body ?? '', `${c.name}: the body`)
  }
  t.end()
})

t.test('lookup is by name in any case', (t) => {
  const { headers } = parseMessage(Buffer.from('To: a\nTO: b\n\n'))
  t.equal(firstHeader(headers, 'to'), ' a')
  t.equal(lastHeader(headers, 'To'), ' b', 'RFC 8621 §4.1.3: the last instance')
  t.equal(firstHeader(headers, 'Cc'), null)
  t.equal(lastHeader(headers, 'Cc'), null)
  t.end()
})
