import t from 'tap'
import { products } from '../src/user-agent.js'
import { createServer } from './server.js'

t.test('of a User-Agent the product tokens count, not its comments (RFC 9110 §10.1.5)', async (t) => {
  const cases: [field: string | undefined, products: string | null][] = [
    [undefined, null],
    ['', null],
    ['(only a comment)', null],
    ['Ltt.rs/0.4.3 (Android 14; (nested \\) quoted))', 'Ltt.rs/0.4.3'],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
      'Mozilla/5.0 Gecko/20100101 Firefox/132.0',
    ],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['Mail (unclosed', 'Mail unclosed'],
  ]
  for (const [field, expected] of cases) t.equal(products(field), expected, `${field}`)
  const began = performance.now()
  products('('.repeat(1e6))
  t.ok(performance.now() - began < 1_000, 'whatever is sent')
})

t.test('a request that is let in notes who uses what', async (t) => {
  const { inject, mailstore } = await createServer(t)
  const ask = (headers: Record<string, string>) => inject({ url: '/.well-known/jmap', headers })
  await ask({ 'user-agent': 'Ltt.rs/0.4.3 (Android 14)' })
  await ask({ 'user-agent': 'Guesser/1.0', authorization: 'Basic YTpi' })
  await mailstore.clients.flush()
  const uses = []
  for await (const use of mailstore.clients.list()) uses.push(use)
  t.match(uses, [{ protocol: 'jmap', client: 'Ltt.rs/0.4.3', name: 'ann@example.com', credentialId: Number }])
  t.equal(uses.length, 1)
})
