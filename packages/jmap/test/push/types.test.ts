import t from 'tap'
import { parseParameters } from '../../src/push/event-source.js'
import { formatEventId, parseEventId, parseTypes, stateChange } from '../../src/push/types.js'
import { caught } from '../caught.js'

const marks = {
  Mailbox: 1,
  Email: 22,
  Thread: 3,
  EmailDelivery: 4,
  Identity: 5,
  EmailSubmission: 6,
  VacationResponse: 7,
}

t.test('event ids hold the whole state', async (t) => {
  t.equal(formatEventId(marks), '1-22-3-4-5-6-7')
  t.strictSame(parseEventId('1-22-3-4-5-6-7'), marks)
  for (const text of [
    '',
    '1',
    '1-2-3-4',
    '1-2-3-4-5-6-7-8',
    '1-2-3-4-5-6-x',
    '-1-2-3-4-5-6',
    '1.2.3.4.5.6.7',
    ' 1-2-3-4-5-6-7',
  ]) {
    t.equal(parseEventId(text), null, text)
  }
})

t.test('RFC 8620 §7.3: types', async (t) => {
  t.strictSame(
    [...parseTypes('*')!],
    [
      ...['Mailbox', 'Email', 'Thread', 'EmailDelivery'],
      ...['Identity', 'EmailSubmission', 'VacationResponse'],
    ],
  )
  t.strictSame([...parseTypes('Email,EmailDelivery')!], ['Email', 'EmailDelivery'])
  t.strictSame([...parseTypes('CalendarEvent,Email,constructor')!], ['Email'])
  t.strictSame([...parseTypes('CalendarEvent')!], [])
  for (const text of ['', 'Email,', ',', 'Email,,Thread']) t.equal(parseTypes(text), null, text)
})

t.test('RFC 8620 §7.1: a StateChange names what changed', async (t) => {
  t.strictSame(stateChange('a1', ['Email', 'Thread'], marks), {
    '@type': 'StateChange',
    changed: { a1: { Email: '22', Thread: '3' } },
  })
})

t.test('RFC 8620 §7.3: the variables of the URL; the ping is kept within bounds', async (t) => {
  const good = { types: '*', closeafter: 'no', ping: '0' }
  const pings: [ping: string, seconds: number][] = [
    ['0', 0],
    ['1', 10],
    ['30', 30],
    ['300', 300],
    ['999999', 3_600],
  ]
  for (const [ping, seconds] of pings) t.equal(parseParameters({ ...good, ping }).ping, seconds, ping)
  t.equal(parseParameters({ ...good, closeafter: 'state' }).closeAfterState, true)
  const bad = [
    ...[{ types: undefined }, { types: '' }, { types: ['Email', 'Thread'] }, { closeafter: undefined }],
    ...[
      { closeafter: 'never' },
      { ping: undefined },
      { ping: '-1' },
      { ping: '1.5' },
      { ping: 'x' },
      { ping: '' },
    ],
  ]
  for (const change of bad) {
    t.match(
      caught(() => parseParameters({ ...good, ...change })),
      { problem: { status: 400 } },
      JSON.stringify(change),
    )
  }
})
