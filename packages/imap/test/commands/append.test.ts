import t from 'tap'
import { message, openStore, startServer } from '../support/server.js'

t.test('APPEND (RFC 3501 §6.3.11)', async (t) => {
  const store = await openStore(t)
  const server = await startServer(t, { appendLimit: 2000, limits: { skip: 10_000 } }, store)
  const [client, other] = await server.two()

  await t.test('with flags and a date; both connections are told', async (t) => {
    const text = message('first')
    const result = await client.append('INBOX', text, '(\\Seen \\Flagged $Work) " 7-Feb-1994 21:52:25 -0800"')
    t.equal(result.status, 'OK')
    t.match(result.text, /^\[APPENDUID \d+ 1\] /)
    t.same(
      result.untagged.filter((line) => !line.includes('FLAGS')),
      ['1 EXISTS', '1 RECENT'],
    )
    t.match(result.untagged[0], /^FLAGS \(.*\$Work\)$/, 'a keyword that is new')
    t.ok((await other.ok('NOOP')).includes('1 EXISTS'))
    t.same(await other.ok('FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)'), [
      `1 FETCH (FLAGS (\\Flagged \\Seen $Work) INTERNALDATE " 8-Feb-1994 05:52:25 +0000" RFC822.SIZE ${text.length})`,
    ])
    t.same(await other.ok('FETCH 1 BODY.PEEK[]'), [`1 FETCH (BODY[] {${text.length}}\r\n${text})`])
  })

  await t.test('without either: no flags, and the date of now', async (t) => {
    const before = Math.floor(Date.now() / 1000) * 1000
    await client.append('INBOX', message('second'))
    const [line] = (await client.ok('FETCH 2 (FLAGS INTERNALDATE)')).slice(-1)
    t.match(line, '2 FETCH (FLAGS (\\Recent) INTERNALDATE')
    const at = Date.parse(/"(.*)"/.exec(line!)![1]!.replaceAll('-', ' ').replace(' +0000', ' GMT'))
    t.ok(at >= before && at <= Date.now())
  })

  await t.test('\\Deleted, 8-bit octets and line ends as they came', async (t) => {
    const odd = Buffer.from('Subject: gr\xfc\xdfe\n\nno CRLF\nand \xff\r', 'latin1')
    t.match(await client.append('INBOX', odd, '(\\Deleted)'), { status: 'OK' }, 'ADR 12')
    t.same((await client.ok('FETCH 3 (FLAGS BODY.PEEK[])')).slice(-1), [
      `3 FETCH (FLAGS (\\Recent \\Deleted) BODY[] {${odd.length}}\r\n${odd.toString('latin1')})`,
    ])
  })

  await t.test('a non-synchronizing literal (RFC 7888)', async (t) => {
    const text = message('plus')
    t.match(await client.run(`APPEND INBOX {${text.length}+}\r\n${text}`), {
      status: 'OK',
      continuations: [],
    })
  })

  await t.test('beyond the grammar', async (t) => {
    await client.ok('CREATE Odd')
    const cases: [args: string, expected: string][] = [
      ['"Odd" (\\Seen) "3-Feb-2025 18:28:47 +0000"', '(\\Seen) INTERNALDATE " 3-Feb-2025 18:28:47 +0000"'],
      ['"Odd"  ( \\seen )  "03-Feb-2025 8:28:47 GMT" ', '(\\Seen) INTERNALDATE " 3-Feb-2025 08:28:47 +0000"'],
      ['Odd \\Seen', '(\\Seen)'],
      ['Odd \\Seen $Forwarded "3-Feb-2025 18:28:47 +0000"', '(\\Seen $Forwarded) INTERNALDATE " 3-Feb-2025 '],
      ['Odd $Forwarded', '($Forwarded)'],
      ['Odd ()', '()'],
    ]
    const old = await server.loggedIn()
    await old.ok('EXAMINE Odd')
    for (const [args, expected] of cases) {
      t.equal((await client.run(`APPEND ${args} `, Buffer.from(message('odd')))).status, 'OK', args)
      await old.ok('NOOP')
      const [line] = await old.ok('FETCH * (FLAGS INTERNALDATE)')
      t.ok(
        line!.replace('\\Recent ', '').replace('\\Recent', '').includes(`FLAGS ${expected}`),
        `${args}: ${line}`,
      )
    }
  })

  await t.test('what is refused', async (t) => {
    const text = message('x')
    const cases: [args: string, body: string, status: string, code: string][] = [
      ['nowhere', text, 'NO', '[TRYCREATE]'],
      ['INBOX ($seen)', text, 'NO', '[CANNOT]'],
      ['INBOX', `${text}\0`, 'BAD', ''],
      ['INBOX', '', 'NO', '[CANNOT]'],
      ['INBOX', 'x'.repeat(2001), 'NO', '[TOOBIG]'],
      ['INBOX (\\Recent)', text, 'BAD', ''],
      ['INBOX "30-Feb-2020 00:00:00 +0000"', text, 'BAD', ''],
      ['INBOX () x y\\', text, 'BAD', ''],
      ['INBOX "yesterday"', text, 'BAD', ''],
      ['"8-bit \xfc"', text, 'BAD', ''],
    ]
    for (const [args, body, status, code] of cases) {
      const result = await client.run(`APPEND ${args} `, Buffer.from(body))
      t.equal(result.status, status, args)
      t.ok(result.text.startsWith(code), `${args}: ${result.text}`)
    }
    for (const text of ['APPEND INBOX', 'APPEND INBOX "x"', 'APPEND'])
      t.equal((await client.run(text)).status, 'BAD')
    t.same(await client.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 4)'], 'nothing was appended')
  })

  await t.test(
    'a synchronizing literal too large is never asked for; the other kind is read and refused',
    async (t) => {
      const large = Buffer.alloc(3000, 'x')
      t.match(await client.run('APPEND INBOX ', large), {
        status: 'NO',
        text: /^\[TOOBIG\]/,
        continuations: [],
      })
      // RFC 9051 §9: a literal's size has 63 bits.
      t.match(await client.run('APPEND INBOX {9223372036854775807}'), { status: 'NO', text: /^\[TOOBIG\]/ })
      t.match(await client.run(`APPEND INBOX {3000+}\r\n${large}`), { status: 'NO', text: /^\[TOOBIG\]/ })
      t.equal((await client.run('NOOP')).status, 'OK')
      const doomed = await server.loggedIn()
      doomed.send('a APPEND INBOX {4000000000+}\r\n')
      t.match(await doomed.rest(), [/^\* BYE \[TOOBIG\]/])
    },
  )

  await t.test('what is wrong is said before a synchronizing literal is sent', async (t) => {
    for (const args of ['nowhere', 'INBOX ($seen)', 'INBOX (\\Recent)', 'INBOX "yesterday"']) {
      t.same((await client.run(`APPEND ${args} `, Buffer.from(message('x')))).continuations, [], args)
    }
  })

  await t.test('after a refusal the rest of the command is read, whatever was refused', async (t) => {
    const nul = Buffer.alloc(1500, 'x')
    nul[3] = 0
    const cases: [command: string, status: string][] = [
      [`APPEND INBOX {1500+}\r\n${nul.toString('latin1')}`, 'BAD'],
      [`APPEND nowhere {1500+}\r\n${nul.toString('latin1')}`, 'NO'],
      [`APPEND INBOX {0+}\r\n`, 'NO'],
      [`APPEND INBOX {3+}\r\nabc more`, 'BAD'],
      [`APPEND INBOX {3+}\r\nabc more {9+}\r\nz NOOP\r\n{ {2+}\r\nxx`, 'BAD'],
      [`APPEND {5+}\r\nINBOX (\\Recent) {9+}\r\nz NOOP\r\n{`, 'BAD'],
      [`APPEND {5+}\r\nINBOX`, 'BAD'],
      [`APPEND INBOX {3+}\r\nabc${' '.repeat(70_000)}`, 'BAD'],
    ]
    for (const [command, status] of cases) {
      t.equal((await client.run(command)).status, status, command.slice(0, 60))
      t.equal((await client.run('NOOP')).status, 'OK', `after ${command.slice(0, 60)}`)
    }
    const asked = await client.run('APPEND INBOX ', nul)
    t.match(asked, { status: 'BAD', continuations: [/./] }, 'a NUL that came after it was asked for')
    t.same(await client.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 4)'], 'nothing was appended')
  })

  await t.test('a line that is cut in a literal, or stops in it, leaves nothing', async (t) => {
    for (const size of ['{1500}', '{1500+}']) {
      const doomed = await server.loggedIn()
      doomed.send(`a APPEND INBOX ${size}\r\n`)
      if (size === '{1500}') t.match(await doomed.response(), /^\+ /)
      doomed.send('x'.repeat(1000))
      doomed.socket.resetAndDestroy()
    }
    const slow = await (await startServer(t, { idleTimeout: 200 }, store)).loggedIn()
    slow.send(`a APPEND INBOX {1500}\r\n`)
    t.match(await slow.response(), /^\+ /)
    slow.send('x'.repeat(1000))
    t.match(await slow.rest(), [/^\* BYE Autologout/])
    t.same(await client.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 4)'])
  })

  await t.test('over quota', async (t) => {
    await server.mailstore.directory.createAccount('small@example.org', 'correct horse battery', {
      quotaBytes: 100,
    })
    const small = await server.connect()
    await small.login('small@example.org')
    t.match(await small.append('INBOX', message('too much')), { status: 'NO', text: /^\[OVERQUOTA\]/ })
    t.same(await small.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 0)'])
  })

  await t.test('identical bytes are two emails', async (t) => {
    await client.append('Archive', message('same'))
    await client.append('Archive', message('same'))
    const reader = await server.loggedIn()
    await reader.ok('EXAMINE Archive')
    const ids = (await reader.ok('FETCH 1:2 EMAILID')).map((line) => /\((e\w+)\)/.exec(line)![1])
    t.equal(new Set(ids).size, 2)
  })
  t.same(server.errors, [])
})
