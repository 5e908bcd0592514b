import t from 'tap'
import { isLoopback } from '../../src/smtp/server.js'

const CASES: [address: string, expected: boolean][] = [
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['10.127.0.1', false],
  ['127.0.0.1.example.com', false],
  ['::2', false],
  ['::ffff:10.0.0.1', false],
  ['', false],
]

for (const [address, expected] of CASES) {
  t.test(`${address} ${expected ? 'is' : 'is not'} loopback`, async (t) =>
    t.equal(isLoopback(address), expected),
  )
}
