import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('APPEND of several messages: all or none (RFC 3502)', async (t) => {
  const server = await startServer(t, { appendLimit: 2000, limits: { skip: 10_000 } })
  const [client, other] = await server.two()
  const plus = (text: string, mark = '') => `${mark}{${text.length}+}\r\n${text}`
  const [a, b, c] = ['a', 'b', 'c'].map((subject) => message(subject)) as [string, string, string]
  const count = async () => (await client.ok('STATUS INBOX (MESSAGES UIDNEXT)'))[0]

  await t.test('each with its flags and its date; one APPENDUID; who watches is told once', async (t) => {
    const result = await client.run(
      'APPEND INBOX (\\Seen) ',
      Buffer.from(a),
      ' " 7-Feb-1994 22:43:04 -0800" ',
      Buffer.from(b),
      ' (\\Flagged $Work) "08-Feb-1994 00:00:00 +0000" ',
      Buffer.from(c),
    )
    t.equal(result.status, 'OK')
    t.match(result.text, /^\[APPENDUID \d+ 1:3\] /)
    t.same(
      result.untagged.filter((line) => line.includes('EXISTS')),
      ['3 EXISTS'],
    )
    t.equal(result.continuations.length, 3)
    t.ok((await other.ok('NOOP')).includes('3 EXISTS'))
    t.same(await other.ok('FETCH 1:3 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])'), [
      '1 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (SUBJECT)] {14}\r\nSubject: a\r\n\r\n)',
      '2 FETCH (FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {14}\r\nSubject: b\r\n\r\n)',
      '3 FETCH (FLAGS (\\Flagged $Work) BODY[HEADER.FIELDS (SUBJECT)] {14}\r\nSubject: c\r\n\r\n)',
    ])
    t.same(await other.ok('FETCH 2:3 INTERNALDATE'), [
      '2 FETCH (INTERNALDATE " 8-Feb-1994 06:43:04 +0000")',
      '3 FETCH (INTERNALDATE " 8-Feb-1994 00:00:00 +0000")',
    ])
    t.match(await client.run(`APPEND INBOX ${plus(a)} ${plus(b)}`), {
      status: 'OK',
      text: /^\[APPENDUID \d+ 4:5\] /,
      continuations: [],
    })
  })

  await t.test('one that is wrong: none is appended, and the connection goes on', async (t) => {
    const before = await count()
    const cases: [command: string, status: string, code: string][] = [
      [`${plus(a)} ${plus(`${b}\0`)} ${plus(c)}`, 'BAD', ''],
      [`${plus(a)} ($seen) ${plus(b)} ${plus(c)}`, 'NO', '[CANNOT]'],
      [`${plus(a)} "30-Feb-2020 00:00:00 +0000" ${plus(b)}`, 'BAD', ''],
      [`${plus(a)} ${plus('')}`, 'NO', '[CANNOT]'],
      [`${plus(a)} ${plus('x'.repeat(2001))} ${plus(c)}`, 'NO', '[TOOBIG]'],
      [`${plus(a)} (\\Seen)`, 'BAD', ''],
      [`${plus(a)}${plus(b)}`, 'BAD', ''],
      [`${plus(a)} ${plus('x\0y', '~')}`, 'NO', '[UNKNOWN-CTE]'],
    ]
    for (const [args, status, code] of cases) {
      const result = await client.run(`APPEND INBOX ${args}`)
      t.equal(result.status, status, args)
      t.ok(result.text.startsWith(code), result.text)
      t.equal((await client.run('NOOP')).status, 'OK', 'in step')
    }
    t.match(await client.run(`APPEND nowhere ${plus(a)} ${plus(b)}`), {
      status: 'NO',
      text: /^\[TRYCREATE\]/,
    })
    const late = await client.run('APPEND INBOX ', Buffer.from(a), ' ', Buffer.from('x'.repeat(2001)))
    t.match(late, { status: 'NO', text: /^\[TOOBIG\]/ })
    t.equal(late.continuations.length, 1, 'the one too large is not asked for')
    t.equal(await count(), before)
    t.same(
      (await other.ok('NOOP')).filter((line) => line !== '5 EXISTS' && line !== '0 RECENT'),
      [],
    )
  })

  await t.test('over quota with the last one: none is appended', async (t) => {
    await server.mailstore.directory.createAccount('small@example.org', 'correct horse battery', {
      quotaBytes: a.length + b.length,
    })
    const small = await server.connect()
    await small.login('small@example.org')
    t.match(await small.run(`APPEND INBOX ${plus(a)} ${plus(b)} ${plus(c)}`), {
      status: 'NO',
      text: /^\[OVERQUOTA\]/,
    })
    t.same(await small.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 0)'])
    t.match(await small.run(`APPEND INBOX ${plus(a)} ${plus(b)}`), { status: 'OK' })
  })

  await t.test('literal8 (RFC 3516 §4.4): stored as it is where there is no NUL in it', async (t) => {
    const binary = 'Content-Transfer-Encoding: binary\r\n\r\n\x01\xff\n\r'
    await client.ok('CREATE Binary')
    t.match(await client.run(`APPEND Binary ${plus(binary, '~')}`), { status: 'OK' })
    t.match(await client.run('APPEND Binary (\\Seen) ~', Buffer.from(binary, 'latin1')), {
      status: 'OK',
      continuations: [/./],
    })
    await client.ok('SELECT Binary')
    for (const number of [1, 2]) {
      t.same(await client.ok(`FETCH ${number} BODY.PEEK[]`), [
        `${number} FETCH (BODY[] {${binary.length}}\r\n${binary})`,
      ])
    }
    t.match(await client.run('APPEND Binary ~', Buffer.from('x\0y')), {
      status: 'NO',
      text: /^\[UNKNOWN-CTE\]/,
    })
    t.match(await client.run('APPEND Binary ', Buffer.from('x\0y')), { status: 'BAD' })
    t.equal((await client.run(`STATUS ${plus('Binary', '~')} (MESSAGES)`)).status, 'BAD', 'for messages only')
  })
  t.same(server.errors, [])
})
