import t from 'tap'
import { reachable } from '../../src/serve/push.js'

t.test('pushes go to the Internet, and to the networks that the operator named', (t) => {
  const anywhere = reachable({ TANDEM_PUSH_NETWORKS: null })
  const named = reachable({ TANDEM_PUSH_NETWORKS: ['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32', '::1'] })
  for (const [address, byDefault, whereNamed] of [
    ['93.184.215.14', true, true],
    ['2606:2800:21f:cb07::1', true, true],
    ['127.0.0.1', false, true],
    ['127.0.0.2', false, false],
    ['10.1.2.3', false, true],
    ['10.2.0.1', false, false],
    ['::ffff:10.2.0.1', false, false],
    ['::ffff:169.254.169.254', false, false],
    ['::1', false, true],
    ['fd00:1::5', false, true],
    ['fd00:2::5', false, false],
    ['fe80::1', false, false],
    ['0.0.0.0', false, false],
  ] as const) {
    t.equal(anywhere(address), byDefault, address)
    t.equal(named(address), whereNamed, `${address}, with networks named`)
  }
  t.end()
})
