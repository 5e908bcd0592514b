import t from 'tap'
import { message, startServer } from '../../support/server.js'

t.test('PREVIEW (RFC 8970)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  const long = 'ä'.repeat(300)
  await client.append('INBOX', message('one', 'What  it\r\nsays.'))
  await client.append('INBOX', 'Subject: none\r\nContent-Type: application/octet-stream\r\n\r\nxx\r\n')
  await client.append(
    'INBOX',
    `Content-Type: text/html; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n<p>${long}</p>\r\n`,
  )
  await client.ok('SELECT INBOX')
  const two = Buffer.from('ä'.repeat(200)).toString('latin1')
  const cases: [items: string, expected: string[]][] = [
    ['1 PREVIEW', ['1 FETCH (PREVIEW "What it says.")']],
    ['1 preview (lazy)', ['1 FETCH (PREVIEW "What it says.")']],
    ['1 (PREVIEW (LAZY) UID PREVIEW)', ['1 FETCH (PREVIEW "What it says." UID 1)']],
    ['1 (UID PREVIEW (LAZY LAZY))', ['1 FETCH (UID 1 PREVIEW "What it says.")']],
    ['2 PREVIEW', ['2 FETCH (PREVIEW "")']],
    ['3 (PREVIEW)', [`3 FETCH (PREVIEW {400}\r\n${two})`]],
  ]
  for (const [items, expected] of cases) t.same(await client.ok(`FETCH ${items}`), expected, items)
  for (const items of [
    'PREVIEW ((LAZY))',
    '(PREVIEW (FOO))',
    '(PREVIEW (LAZY FOO))',
    'PREVIEW(LAZY)',
    'PREVIEW (LAZY',
  ])
    t.equal((await client.run(`FETCH 1 ${items}`)).status, 'BAD', items)
  t.same(await client.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS (\\Recent))'], '\\Seen is not set')
  t.same(server.errors, [])
})
