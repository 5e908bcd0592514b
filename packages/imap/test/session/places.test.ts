import t from 'tap'
import { createPlaces, networkOf } from '../../src/session/places.js'

t.test('each has as many places as all have, and gets back what it leaves', async (t) => {
  const places = createPlaces<string>(2)
  t.same([places.take('a'), places.take('a'), places.take('a'), places.take('b')], [true, true, false, true])
  places.leave('a')
  t.same([places.take('a'), places.take('a')], [true, false])
})

t.test('an address counts as the network that one client has', async (t) => {
  for (const [address, network] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['2001:db8:1::3:4:5:6', '2001:db8:1:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ] as const) {
    t.equal(networkOf(address), network, address)
  }
})
