import t from 'tap'
import { isLoopback } from '../../src/directory/loopback.js'

const HERE = ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1', '::FFFF:127.1.2.3']
const ELSEWHERE = [
  ...['', '10.0.0.1', '128.0.0.1', '10.127.0.1', '1.127.0.0.1', '::2', '::ffff:10.0.0.1'],
  ...['127.0.0.1.example.org', '127.evil.example.org', 'localhost'],
]

t.test('loopback is 127.0.0.0/8 and ::1', async (t) => {
  for (const address of HERE) t.equal(isLoopback(address), true, address)
  for (const address of ELSEWHERE) t.equal(isLoopback(address), false, address)
})
