import t from 'tap'
import { isThisHost, networkOf, networkText } from '../../src/guard/network.js'

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
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:0DB8:0001:2::', '2001:db8:1:2'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0'],
    ['', ''],
  ] as const) {
    t.equal(networkOf(address), network, address)
  }
})

t.test('many may be behind the address of this machine, and behind no other of 127.0.0.0/8', async (t) => {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) t.ok(isThisHost(address), address)
  for (const address of ['127.0.1.1', '127.0.0.2', '::2', '192.0.2.1', ''])
    t.notOk(isThisHost(address), address)
})

t.test('a network is written as people write it', async (t) => {
  t.equal(networkText(networkOf('2001:db8::7')), '2001:db8:0:0::/64')
  t.equal(networkText(networkOf('192.0.2.7')), '192.0.2.7')
})
