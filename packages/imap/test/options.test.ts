import t from 'tap'
import { isLoopback } from '../src/options.js'

t.test('loopback is 127.0.0.0/8 and ::1', async (t) => {
  for (const address of ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1', '::FFFF:127.1.2.3']) {
    t.equal(isLoopback(address), true, address)
  }
  for (const address of [
    '',
    '10.0.0.1',
    '128.0.0.1',
    '1.127.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '127.0.0.1.example.org',
  ]) {
    t.equal(isLoopback(address), false, address)
  }
})
