import t from 'tap'
import { createEventStream, type EventStreamOptions } from '../../src/push/event-stream.js'
import type { PushType } from '../../src/push/types.js'
import { createFakeClock } from '../fake-clock.js'

const marks = (Mailbox: number, Email: number, Thread = 1, EmailDelivery = 1) => ({
  Mailbox,
  Email,
  Thread,
  EmailDelivery,
  Identity: 1,
  EmailSubmission: 1,
  VacationResponse: 1,
})
const ALL: PushType[] = ['Mailbox', 'Email', 'Thread', 'EmailDelivery']
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

function setUp(options: Partial<EventStreamOptions> = {}) {
  const clock = createFakeClock()
  const written: string[] = []
  let drain = () => {}
  const sink = { full: false, ended: 0, destroyed: 0, drain: () => drain() }
  const login = { isValid: true }
  let closed = 0
  const stream = createEventStream({
    clock,
    accountId: 'a1',
    types: new Set(ALL),
    closeAfterState: false,
    ping: 0,
    isValid: async () => login.isValid,
    onClose: () => closed++,
    sink: {
      write(text) {
        written.push(text)
        return !sink.full
      },
      onDrain(callback) {
        drain = callback
      },
      end: () => sink.ended++,
      destroy: () => sink.destroyed++,
    },
    ...options,
  })
  return { stream, clock, sink, login, closed: () => closed, take: () => written.splice(0) }
}
const state = (id: string, changed: object) =>
  `event: state\nid: ${id}\ndata: ${JSON.stringify({ '@type': 'StateChange', changed: { a1: changed } })}\n\n`

t.test('a new client is told where it stands, and then each change', async (t) => {
  const { stream, take } = setUp()
  stream.start(marks(5, 6), undefined)
  await settle()
  t.strictSame(take(), ['id: 5-6-1-1-1-1-1\n\n'], 'an id without data is no event')
  stream.changed(marks(5, 7))
  await settle()
  t.strictSame(take(), [state('5-7-1-1-1-1-1', { Email: '7' })])
  stream.changed(marks(8, 7, 2))
  await settle()
  t.strictSame(take(), [state('8-7-2-1-1-1-1', { Mailbox: '8', Thread: '2' })])
  stream.changed(marks(8, 7, 2))
  await settle()
  t.strictSame(take(), [], 'what it knows is not told again')
})

t.test('RFC 8620 §7.3: only the types asked for; the id is of the whole state', async (t) => {
  const { stream, take } = setUp({ types: new Set<PushType>(['EmailDelivery']) })
  stream.start(marks(1, 1), undefined)
  stream.changed(marks(2, 2, 2, 1))
  await settle()
  t.strictSame(take(), ['id: 1-1-1-1-1-1-1\n\n'])
  stream.changed(marks(3, 3, 3, 3))
  await settle()
  t.strictSame(take(), [state('3-3-3-3-1-1-1', { EmailDelivery: '3' })])
})

t.test('RFC 8620 §7.3: Last-Event-ID catches up at once', async (t) => {
  const same = setUp()
  same.stream.start(marks(5, 6), marks(5, 6))
  await settle()
  t.strictSame(same.take(), ['id: 5-6-1-1-1-1-1\n\n'])

  const behind = setUp()
  behind.stream.start(marks(5, 6), marks(3, 6))
  await settle()
  t.strictSame(behind.take(), ['id: 3-6-1-1-1-1-1\n\n', state('5-6-1-1-1-1-1', { Mailbox: '5' })])

  const unknown = setUp()
  unknown.stream.start(marks(5, 6), null)
  await settle()
  t.strictSame(
    unknown.take()[1],
    state('5-6-1-1-1-1-1', { Mailbox: '5', Email: '6', Thread: '1', EmailDelivery: '1' }),
  )
})

t.test('marks that come late or out of order are not told as new', async (t) => {
  const { stream, take } = setUp()
  stream.start(marks(5, 6), undefined)
  stream.changed(marks(5, 8))
  stream.changed(marks(5, 7))
  await settle()
  t.strictSame(take().slice(1), [state('5-8-1-1-1-1-1', { Email: '8' })])
})

t.test('closeafter=state ends after the first state event, and not before', async (t) => {
  const { stream, take, sink, closed } = setUp({ closeAfterState: true, ping: 30 })
  stream.start(marks(5, 6), undefined)
  await settle()
  t.equal(sink.ended, 0)
  stream.changed(marks(5, 7))
  await settle()
  t.equal(take().length, 2)
  t.strictSame([sink.ended, closed()], [1, 1])
  stream.changed(marks(5, 8))
  await settle()
  t.strictSame(take(), [])
})

t.test('RFC 8620 §7.3: a ping when so long no event was sent; it sets no id', async (t) => {
  const { stream, take, clock } = setUp({ ping: 30 })
  stream.start(marks(1, 1), undefined)
  await clock.advance(20_000)
  stream.changed(marks(1, 2))
  await clock.advance(29_999)
  t.equal(take().length, 2, 'the time runs from the last event')
  await clock.advance(1)
  t.strictSame(take(), ['event: ping\ndata: {"interval":30}\n\n'])
  await clock.advance(60_000)
  t.equal(take().length, 2)
  stream.close()
  t.equal(clock.pending(), 0)
})

t.test('no pings where the interval is 0', async (t) => {
  const { stream, take, clock } = setUp()
  stream.start(marks(1, 1), undefined)
  await clock.advance(10_000_000)
  t.equal(take().length, 1)
})

t.test('a client that reads slowly gets one event of all that moved meanwhile', async (t) => {
  const { stream, take, clock, sink } = setUp({ ping: 30 })
  stream.start(marks(1, 1), undefined)
  sink.full = true
  stream.changed(marks(1, 2))
  await settle()
  t.equal(take().length, 2)
  for (let email = 3; email <= 100; email++) stream.changed(marks(1, email))
  await clock.advance(50_000)
  t.strictSame(take(), [], 'neither states nor pings pile up')
  sink.full = false
  sink.drain()
  await settle()
  t.strictSame(take(), [state('1-100-1-1-1-1-1', { Email: '100' })])
})

t.test('a client that reads nothing for a minute is given up', async (t) => {
  const { stream, clock, sink, closed } = setUp()
  sink.full = true
  stream.start(marks(1, 1), undefined)
  await clock.advance(60_000)
  t.strictSame([sink.destroyed, closed()], [1, 1])
  t.equal(clock.pending(), 0)
})

t.test('once the login is no longer valid nothing is told, and the stream ends', async (t) => {
  const { stream, take, login, sink } = setUp()
  stream.start(marks(1, 1), undefined)
  login.isValid = false
  stream.changed(marks(1, 2))
  await settle()
  t.strictSame(take(), ['id: 1-1-1-1-1-1-1\n\n'])
  t.equal(sink.ended, 1)

  const pinging = setUp({ ping: 30 })
  pinging.stream.start(marks(1, 1), undefined)
  pinging.login.isValid = false
  await pinging.clock.advance(30_000)
  t.strictSame(pinging.take(), ['id: 1-1-1-1-1-1-1\n\n'])
  t.equal(pinging.sink.ended, 1)
})

t.test('to close twice is to close once', async (t) => {
  const { stream, sink, closed } = setUp()
  stream.start(marks(1, 1), undefined)
  stream.close()
  stream.close()
  t.strictSame([sink.ended, closed()], [1, 1])
})
