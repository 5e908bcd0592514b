// Headers written to cost time: what reads them takes time in proportion to their length.
import t from 'tap'
import { parseParameterized } from '../../src/headers/params.js'
import {
  asAddresses,
  asDate,
  asText,
  bareMessageIds,
  envelopeAddresses,
  parseMessage,
  partName,
} from '../../src/index.js'

const names = (text: string) => partName({ params: {}, dispositionParams: { filename: text } })
const parse = (text: string) => parseMessage(Buffer.from(text, 'latin1'))

const shapes: [reader: (text: string) => unknown, head: string, units: string[], tail: string][] = [
  [asAddresses, 'a@b', ['>', ' >', '<>', '[', ']', ')', '[a@', '@', '"', "'", '=?a?q?', '=?utf-8?q?a?='], ''],
  [envelopeAddresses, '<a@b', ['>', ' c', ')', "'", '<', '('], ''],
  [asAddresses, '"', ['=?', '=?a*', '=?utf-8?q?', '=?utf-8?q?a?= ', ' '], '" <a@b>'],
  [
    names,
    '',
    ['=?', '=?a', '=?a*a', '=?utf-8?q?', '=?utf-8?b?', '=?utf-8?q?a?=', ' ', '=?utf-8?q?=C3?='],
    'x',
  ],
  [asDate, 'Mon, 27 May 2002 10:28:03 ', ['+', '+0', ' ', '(', '()', '(a)', '"', 'a', '1:', '.'], ' 1'],
  [asDate, '', ['1', '1 ', 'May ', 'a', 'a, ', ',', '1-', '\u2212'], ''],
  [parseParameterized, 'a; filename=', ['(', ' (', '()', '\\', '"', ';', '\xe4', '\x1b$B', '=?'], '\xff'],
  [asText, '', ['\xc3', '\xe4', '\xc3\xa4\xff', '\x1b$B', '\x1b$B0!\x1b(B'], '\xff'],
  [bareMessageIds, 'a', [' ', 'a@b ', ',', '<', '(', '()'], 'x'],
  [parse, 'A: b\n', ['lost\n', ' \n', `${'lost\n'.repeat(30)}C: d\n`, 'x', '--\n', 'C: d\nlost\n'], ''],
]

t.test('time is linear', (t) => {
  for (const [read, head, units, tail] of shapes) {
    for (const unit of units) {
      const cost = (length: number) => {
        const text = head + unit.repeat(Math.ceil(length / unit.length)) + tail
        const before = process.cpuUsage()
        read(text)
        return process.cpuUsage(before).user / 1000
      }
      const times = [1, 2, 4].map((n) => cost(n * 40_000))
      // Quadratic would be seconds; what is below 50 ms says nothing of how it grows.
      const shape = `${read.name} ${JSON.stringify(head)} ${JSON.stringify(unit.slice(0, 12))}…`
      t.ok(times[2]! < 50 || times[2]! < times[0]! * 9, `${shape}: ${times.map(Math.round)} ms`)
    }
  }
  t.end()
})
