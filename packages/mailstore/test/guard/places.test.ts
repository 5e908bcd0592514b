import t from 'tap'
import { createPlaces } from '../../src/guard/places.js'

t.test('each has as many places as all have, and gets back what it leaves', async (t) => {
  const places = createPlaces<string>(2)
  t.same([places.take('a'), places.take('a'), places.take('a'), places.take('b')], [true, true, false, true])
  places.leave('a')
  t.same([places.take('a'), places.take('a')], [true, false])
})
