import t from 'tap'
import { startServer } from '../support/server.js'

t.test('CREATE with a special use (RFC 6154 §3)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  const names = async () => (await client.ok('LIST "" *')).map((line) => line.replace(/^.* /, ''))
  const before = await names()
  const cases: [args: string, status: string, code: string][] = [
    ['Everything (USE (\\All \\Flagged))', 'NO', '[USEATTR]'],
    ['Other (USE (\\Sent))', 'NO', '[USEATTR]'],
    ['Other/Below (USE (\\Sent))', 'NO', '[USEATTR]'],
    ['Other (USE (\\NoSuchUse))', 'NO', '[USEATTR]'],
    ['Sent (USE (\\Flagged))', 'NO', '[ALREADYEXISTS]'],
    ['Other (())', 'BAD', ''],
    ['Other (USE)', 'BAD', ''],
    ['Other (USE (All))', 'BAD', ''],
    ['Other (USE (\\All) USE (\\All))', 'BAD', ''],
    ['Other (PARTITION (a))', 'BAD', ''],
    ['Other (USE (\\All)', 'BAD', ''],
    ['Other USE (\\All)', 'BAD', ''],
  ]
  for (const [args, status, code] of cases) {
    const result = await client.run(`CREATE ${args}`)
    t.equal(result.status, status, args)
    t.ok(result.text.startsWith(code), `${args}: ${result.text}`)
  }
  t.same(await names(), before, 'what is refused is not made, nor is what lies above it')

  await client.ok('CREATE Every/Thing (USE (\\all))')
  await client.ok('CREATE Plain (use ())')
  await client.ok('CREATE Starred (USE (\\Flagged \\Flagged))')
  t.same(await client.ok('LIST "" (Every/* Plain Starred)'), [
    'LIST (\\HasNoChildren \\All) "/" Every/Thing',
    'LIST (\\HasNoChildren) "/" Plain',
    'LIST (\\HasNoChildren \\Flagged) "/" Starred',
  ])

  await client.ok('DELETE Sent')
  await client.ok('CREATE Gesendet (USE (\\Sent))')
  t.same(await client.ok('LIST (SPECIAL-USE) "" Ges*'), ['LIST (\\HasNoChildren \\Sent) "/" Gesendet'])
  t.same(server.errors, [])
})
