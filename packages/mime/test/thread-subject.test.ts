import fc from 'fast-check'
import t from 'tap'
import { baseSubject, threadSubject } from '../src/index.js'

t.test('threadSubject: what programs add goes, in any language', (t) => {
  const same = [
    ...['Lunch', 'LUNCH', ' Lun ch ', 'Re: Lunch', 'Fwd: Lunch (fwd)', '[Fwd: Lunch]', '[list] Lunch'],
    ...[
      'AW: Lunch',
      'SV: Lunch',
      'Antw: Lunch',
      'WG: Lunch',
      'TR : Lunch',
      'RIF: Lunch',
      'R: Lunch',
      'Odp.: Lunch',
    ],
    ...[
      '回复: Lunch',
      '回复：Lunch',
      '自動回覆： Lunch',
      '\u200fתגובה: Lunch',
      'Отв: Lunch',
      'ＲＥ：Lunch',
      'AW\u00a0: Lunch',
    ],
    ...['Automatic reply: Lunch', 'Out of Office: Lunch', 'Réponse automatique : Lunch', 'Accepted: Lunch'],
    ...['Automatische Antwort: Lunch', 'Re\u0301ponse: Lunch', 'Undeliverable: Lunch', 'Not read: Lunch'],
    ...[
      'AW: SV: Re: Lunch',
      'AW:AW:Lunch',
      'Re[2]: Lunch',
      'AW (3): Lunch',
      'Re^2: Lunch',
      'AW[2]: [list] Re: Lunch',
    ],
    ...[
      'EXTERNAL: Lunch',
      'AW: [EXT] Lunch',
      '[EXT] - Lunch',
      'EXTERNAL - Lunch',
      '***SPAM*** Lunch',
      '** SPAM ** AW: Lunch',
    ],
    ...[
      '{Spam?} Lunch',
      '(EXTERNAL) Lunch',
      '【外部】Lunch',
      '<EXT> Lunch',
      '[SPAM] [list] Lunch',
      'Spam> Lunch',
    ],
    ...[
      'Lunch [#4711]',
      'AW: Lunch [Ticket#4711]',
      '[Ticket#4711] AW: Lunch',
      'Lunch (ABC-12)',
      'Lunch [[ticket:12]]',
    ],
    ...[
      'Lunch - Ticket #4711',
      'Lunch | Case 4711',
      'Lunch [ref:_00D.500:ref]',
      'Lunch [#1] [EXT]',
      'Lunch (fwd) [#1]',
    ],
    ...['Ticket#12: Lunch', 'Lunch {#HS-12}', 'AW: [Fwd: AW: Lunch [#1]]'],
  ]
  for (const subject of same) t.equal(threadSubject(subject), 'lunch', JSON.stringify(subject))
  const others: [subject: string, kept: string][] = [
    // A fourth word, a 25th letter
    ['one two three four: Lunch', 'onetwothreefour:lunch'],
    [`${'a'.repeat(24)}: Lunch`, 'lunch'],
    [`${'a'.repeat(25)}: Lunch`, `${'a'.repeat(25)}:lunch`],
    // No words
    ['12:30 Lunch', '12:30lunch'],
    ['AW: http://x.test/', 'http://x.test/'],
    ['std::string', 'std::string'],
    ['"Re": Lunch', '"re":lunch'],
    // No tickets
    ['Lunch (part 2)', 'lunch(part2)'],
    ['Lunch [2]', 'lunch[2]'],
    ['Meeting #13', 'meeting#13'],
    // Nothing else would be left
    ['', ''],
    ['Re:', ''],
    ['AW:', ''],
    ['AW: Re: ', ''],
    ['回复：', ''],
    ['Lunch:', 'lunch:'],
    ['AW: Lunch:', 'lunch:'],
    ['[list]', '[list]'],
    ['AW: [list]', '[list]'],
    ['[list] AW:', ''],
    ['[#12]', '[#12]'],
    ['Re: [#12]', '[#12]'],
    ['***', '***'],
  ]
  for (const [subject, kept] of others) t.equal(threadSubject(subject), kept, JSON.stringify(subject))
  t.end()
})

const pieces = fc.constantFrom(
  'Re:',
  'AW: ',
  '[a] ',
  '[fwd: ',
  ']',
  ' (fwd)',
  'Lunch',
  ' ',
  '[#1]',
  ':',
  '：',
  '***x*** ',
  '\u200f',
  'é',
)

t.test('subjects with one base subject have one threadSubject', (t) => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const subject = parts.join('')
      return threadSubject(subject) === threadSubject(baseSubject(subject))
    }),
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/\s/.test(threadSubject(text))))
  t.end()
})

t.test('hostile subjects cost time in proportion to their length', (t) => {
  const units = ['a: ', '[a]', '(#1)', '***a*** ', '[', '*', '[fwd: ', 'ext - ', '#1 ', '] ', ' ticket', '［']
  const cost = (subject: string) => {
    const before = process.cpuUsage()
    threadSubject(subject)
    return process.cpuUsage(before).user / 1000
  }
  for (const unit of units) {
    for (const tail of ['', 'x]']) {
      const times = [1, 2, 4].map((n) => cost(unit.repeat(n * 10_000) + tail))
      // Quadratic would be seconds; what is below 50 ms says nothing of how it grows.
      t.ok(times[2]! < 50 || times[2]! < times[0]! * 9, `${unit}…${tail}: ${times.map(Math.round)} ms`)
    }
  }
  t.end()
})
