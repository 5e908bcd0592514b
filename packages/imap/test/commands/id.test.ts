import t from 'tap'
import { startServer } from '../support/server.js'

t.test('ID, NAMESPACE, ENABLE', async (t) => {
  const server = await startServer(t, {
    serverName: 'Tandem',
    version: '1.2.3',
    limits: { badCommands: 100 },
  })
  const client = await server.connect()

  await t.test('ID in any state; what a client says changes nothing (RFC 2971)', async (t) => {
    const answer = ['ID ("name" "Tandem" "version" "1.2.3")']
    const wellFormed = [
      'ID NIL',
      'ID ()',
      'ID ("name" "sodr" "version" NIL)',
      'id ("vendor" "a \\"b\\"")',
      'ID',
      'ID  ( name "x"  version 1 )',
    ]
    for (const text of wellFormed) t.same(await client.ok(text), answer, text)
    t.same(await client.ok('ID ("name" ', Buffer.from('x'), ')'), answer)
    const pairs = (count: number) =>
      new Array(count)
        .fill(0)
        .map((_, index) => `"f${index}" "x"`)
        .join(' ')
    t.equal((await client.run(`ID (${pairs(30)})`)).status, 'OK')
    const full = Array.from({ length: 30 }, (_, n) => `"${String(n).padEnd(30, 'f')}" "${'v'.repeat(1024)}"`)
    t.equal((await client.run(`ID (${full.join(' ')})`)).status, 'OK', 'the most that RFC 2971 §3.3 allows')
    const other = await server.connect()
    t.match(await other.run(`NOOP ${'x'.repeat(9000)}`), { status: 'BAD', text: /too long/ }, 'not of others')
    t.match(await other.run(`ID (${'x'.repeat(50_000)})`), { status: 'BAD', text: /too long/ })
    const wrong = [
      'ID "name"',
      'ID ("name")',
      'ID ("name" "x" "NAME" "y")',
      `ID (${pairs(31)})`,
      `ID ("${'n'.repeat(31)}" "x")`,
      `ID ("name" "${'v'.repeat(1025)}")`,
    ]
    for (const text of wrong) t.equal((await client.run(text)).status, 'BAD', text.slice(0, 40))
  })

  await client.login()
  await t.test('NAMESPACE (RFC 2342 §5)', async (t) => {
    t.same(await client.ok('NAMESPACE'), ['NAMESPACE (("" "/")) NIL NIL'])
    t.equal((await client.run('NAMESPACE x')).status, 'BAD')
  })

  await t.test('ENABLE passes over what it does not know (RFC 5161 §3.1)', async (t) => {
    t.same(await client.ok('ENABLE X-GOOD-IDEA IDLE'), ['ENABLED'])
    t.same(await client.ok('ENABLE condstore X-GOOD-IDEA'), ['ENABLED CONDSTORE'])
    t.same(await client.ok('ENABLE QRESYNC'), ['ENABLED QRESYNC'])
    for (const text of ['ENABLE', 'ENABLE ', 'ENABLE (x)'])
      t.equal((await client.run(text)).status, 'BAD', text)
  })
  t.same(server.errors, [])
})
