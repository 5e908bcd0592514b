// COMPRESS: RFC 4978.
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { message, openStore, startServer, testCertificate } from '../support/server.js'

const context = await testCertificate()
const store = await openStore(t)
const plain = await startServer(t, { appendLimit: 10_000_000 }, store)
const secure = await startServer(t, { implicitTls: true, tls: { getSecureContext: () => context } }, store)

for (const [name, server, tls] of [
  ['without TLS', plain, false],
  ['under TLS', secure, true],
] as const) {
  t.test(`${name}: all commands after it are compressed, in both directions`, async (t) => {
    const client = await server.connect({ tls })
    t.match(await client.run('COMPRESS DEFLATE'), { status: 'BAD' }, 'not before login')
    t.match((await client.login()).text, / COMPRESS=DEFLATE /)
    for (const text of ['COMPRESS', 'COMPRESS LZW', 'COMPRESS DEFLATE x']) {
      t.match(await client.run(text), { status: 'BAD' }, text)
    }
    await client.compress()
    t.match(await client.run('COMPRESS DEFLATE'), { status: 'NO', text: /^\[COMPRESSIONACTIVE\]/ })
    t.notMatch(await client.ok('CAPABILITY'), [/COMPRESS/])

    const before = client.socket.bytesRead
    const long = message(`large ${name}`, 'A line that is there again and again.\r\n'.repeat(20_000))
    t.match(await client.append('Archive', long), { status: 'OK' })
    await client.ok('SELECT Archive')
    t.ok((await client.ok('FETCH * BODY.PEEK[]'))[0]!.includes(long))
    const read = client.socket.bytesRead - before
    t.ok(read < long.length / 10, `${long.length} octets as ${read}`)

    client.send('a NOOP\r\nb IDLE\r\n')
    t.match(await client.response(), /^a OK /, 'each answer is flushed')
    t.match(await client.response(), /^\+ /)
    const other = await server.connect({ tls })
    await other.login()
    await other.append('Archive', message(`news ${name}`))
    t.match(await client.response(), /^\* \d+ EXISTS$/, 'and what is told of itself')
    client.send('DONE\r\nc LOGOUT\r\n')
    t.match((await client.rest()).slice(-3), [/^b OK /, /^\* BYE /, /^c OK /], 'to the last word')
  })
}

t.test('the OK itself is plain, and what is compressed may follow the command at once', async (t) => {
  const client = await plain.loggedIn()
  const compressed = deflateRawSync(Buffer.from('b NOOP\r\n'))
  client.send(Buffer.concat([Buffer.from('a COMPRESS DEFLATE\r\n'), compressed]))
  t.equal(await client.response(), 'a OK DEFLATE active')
})

t.test('what is no DEFLATE, or ends, ends the connection and no other', async (t) => {
  const cases = [
    Buffer.alloc(1000, 0xff),
    Buffer.concat([deflateRawSync(Buffer.from('b NOOP\r\n')), Buffer.from('more')]),
  ]
  for (const octets of cases) {
    const client = await plain.loggedIn()
    await client.ok('COMPRESS DEFLATE')
    client.socket.removeAllListeners('data')
    client.socket.resume()
    client.socket.write(octets)
    await client.rest()
  }
  t.match(await (await plain.loggedIn()).run('NOOP'), { status: 'OK' })
})

t.test(
  'a line that becomes endless is refused, and little of it is held',
  { timeout: 120_000 },
  async (t) => {
    const bomb = deflateRawSync(Buffer.alloc(256 * 1024 * 1024))
    const client = await plain.loggedIn()
    await client.compress()
    const before = process.memoryUsage.rss()
    client.socket.write(bomb)
    t.match(await client.rest(), [/^\* BYE Command line too long/])
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20
    t.comment(`${bomb.length} octets would be 256 MiB: ${grown.toFixed(1)} MiB more are held`)
    t.ok(grown < 32, `${grown} MiB`)
  },
)

t.test('nothing was logged as an error', async (t) => t.same(store.errors, []))
