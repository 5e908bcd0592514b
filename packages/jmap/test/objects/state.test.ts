import t from 'tap'
import { formatCursor, formatState, parseState } from '../../src/objects/state.js'

t.test('states that were given are understood again', async (t) => {
  for (const cursor of [
    { position: 1, floor: 1 },
    { position: 90071992547409, floor: 5, began: 90071992547411 },
    { position: 2 ** 53 - 1, floor: 0, began: 1 },
  ]) {
    t.strictSame(parseState(formatCursor(cursor)), cursor)
  }
  t.strictSame(parseState(formatState(42)), { position: 42, floor: 42 })
  t.equal(formatCursor({ position: 7, floor: 7 }), '7')
  t.equal(formatCursor({ position: 9, floor: 7, began: 8 }), '9.7.8')
})

t.test('anything else is no state', async (t) => {
  const texts = [
    '',
    ' ',
    '1 ',
    '01',
    '-1',
    '+1',
    '1e3',
    '1.',
    '.1',
    '5.4',
    '1.1.1',
    '5.4.3.2',
    '5.5.6',
    '5.6.7',
    '5.05.6',
    '5.4.',
    '5.4.0',
    'x',
    '0x1',
    '١',
  ]
  for (const text of [...texts, String(2 ** 53), '9'.repeat(16), '9'.repeat(40)]) {
    t.equal(parseState(text), null, JSON.stringify(text))
  }
})
