import t from 'tap'
import { createPlaces } from '../../src/outbox/places.js'

t.test('as many as the limit have a place with a domain, and others do not wait for them', async (t) => {
  const places = createPlaces(2)
  const [a, b, c] = [places.enter(['x']), places.enter(['x', 'y']), places.enter(['x', 'z'])]
  t.strictSame(places.full(), ['x'])
  t.strictSame([...c!.keep(['x', 'z'])], ['z'])
  a!.end()
  t.strictSame(places.full(), [])
  t.strictSame([...c!.keep(['x', 'z'])], ['z', 'x'], 'what has become free is found')
  b!.leave('x')
  b!.leave('x')
  t.strictSame([...places.enter(['x']).keep(['x'])], ['x'], 'a place is given back once')
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
  t.strictSame([...stay.keep(['x'])], ['x'])
  t.strictSame([places.full(), freed], [['x'], 1])
  stay.end()
  stay.end()
  t.strictSame([places.full(), freed], [[], 2])
})

t.test('without a limit nothing is ever full', async (t) => {
  const places = createPlaces(Number.POSITIVE_INFINITY)
  for (let count = 0; count < 100; count++) places.enter(['x'])
  t.strictSame([places.full(), places.room()], [[], Number.POSITIVE_INFINITY])
})
