import t from 'tap'
import { AT_ONCE, createPlaces } from '../../src/outbox/places.js'

t.test('as many as the limit have a place with a domain, and others do not wait for them', async (t) => {
  const places = createPlaces(2)
  const [a, b, c] = [places.enter(['x']), places.enter(['x', 'y']), places.enter(['x', 'z'])]
  t.strictSame(places.full(), ['x'])
  t.strictSame([c!.take('x'), c!.take('z'), c!.keep(['x'])], [false, true, false])
  a!.end()
  t.strictSame(places.full(), [])
  t.strictSame([c!.keep(['x']), places.full()], [true, ['x']], 'what has become free is found')
  b!.leave('x')
  b!.leave('x')
  t.ok(places.enter([]).take('x'), 'a place is given back once')
  t.strictSame(places.full(), ['x'])
})

t.test('as many as there is room for each find a place, wherever they go', async (t) => {
  const places = createPlaces(3)
  t.equal(places.room(), 3)
  const stays = [places.enter(['x']), places.enter(['x', 'y'])]
  t.equal(places.room(), 1)
  stays.push(places.enter(['x']))
  t.strictSame([places.full(), places.room()], [['x'], 2], 'what is full is not asked for room')
  for (const stay of stays) stay.end()
  t.strictSame([places.full(), places.room()], [[], 3])
})

t.test('places with domains that turn out to be ours are given up, and whoever waits is told', async (t) => {
  let freed = 0
  const places = createPlaces(1, () => freed++)
  const stay = places.enter(['home', 'x'])
  t.ok(stay.keep(['x']))
  t.strictSame([places.full(), freed], [['x'], 1])
  stay.end()
  stay.end()
  t.strictSame([places.full(), freed], [[], 2])
})

t.test('a message to many has places with those alone that it comes to first', async (t) => {
  const places = createPlaces(1)
  const many = Array.from({ length: AT_ONCE + 5 }, (_, number) => `d${number}`)
  const stay = places.enter(many)
  t.equal(places.full().length, many.length, 'until it is known which are others\u2019')
  t.ok(stay.keep([...many].reverse()), 'in the order in which they are come to')
  t.strictSame(new Set(places.full()), new Set(many.slice(5)))
  t.ok(stay.take(many[0]!), 'in its turn')
})

t.test('without a limit nothing is ever full', async (t) => {
  const places = createPlaces(Number.POSITIVE_INFINITY)
  for (let count = 0; count < 100; count++) places.enter(['x'])
  t.strictSame([places.full(), places.room()], [[], Number.POSITIVE_INFINITY])
})
