// UTF8=ACCEPT: RFC 9755, RFC 6855.
import t from 'tap'
import { message, openStore, startServer } from '../support/server.js'

const store = await openStore(t)
const server = await startServer(t, { limits: { badCommands: 100 } }, store)
const old = await server.loggedIn()
const modern = await server.loggedIn()

/** As octets on the wire. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1')

t.test('ENABLE turns it on for this connection', async (t) => {
  t.same(await modern.ok('ENABLE UTF8=ACCEPT'), ['ENABLED UTF8=ACCEPT'])
  t.same(await old.ok('ENABLE UTF8=ONLY'), ['ENABLED'], 'which is never what is enabled (RFC 9755 §7)')
})

t.test('names: UTF-8 for one, modified UTF-7 for the other, the same mailbox for both', async (t) => {
  t.match(await modern.run(utf8('CREATE "Gr\u00f6\u00dfe/\u65e5\u672c\u8a9e"')), { status: 'OK' })
  t.match(await modern.run('CREATE ', Buffer.from('Bo\u00eete')), { status: 'OK' }, 'in a literal too')
  t.match(await modern.run('CREATE "A &- B"'), { status: 'OK' }, 'where & is only itself')
  const listed = (lines: string[]) => lines.map((line) => line.replace(/^\S+ \([^)]*\) "\/" /, '')).sort()
  t.same(listed(await modern.ok(utf8('LIST "" "Gr\u00f6*"'))), [
    utf8('"Gr\u00f6\u00dfe"'),
    utf8('"Gr\u00f6\u00dfe/\u65e5\u672c\u8a9e"'),
  ])
  t.same(listed(await old.ok('LIST "" "Gr*"')), ['Gr&APYA3w-e', 'Gr&APYA3w-e/&ZeVnLIqe-'])
  t.same(listed(await modern.ok('LIST "" A*&*')), ['"A &- B"'])
  t.same(listed(await old.ok('LIST "" A*&-*')), ['"A &-- B"'])

  t.same(await modern.ok(utf8('STATUS "Bo\u00eete" (MESSAGES)')), [utf8('STATUS "Bo\u00eete" (MESSAGES 0)')])
  t.same(await modern.ok(utf8('STATUS "Boi\u0302te" (MESSAGES)')), [utf8('STATUS "Bo\u00eete" (MESSAGES 0)')])
  t.same(await old.ok('STATUS Bo&AO4-te (MESSAGES)'), ['STATUS Bo&AO4-te (MESSAGES 0)'])
  await modern.ok(utf8('SUBSCRIBE "Bo\u00eete"'))
  t.same(listed(await modern.ok('LSUB "" Bo*')), [utf8('"Bo\u00eete"')])
  t.same(listed(await old.ok('LSUB "" Bo*')), ['Bo&AO4-te'])

  const wrong: [text: string, status: string][] = [
    ['CREATE "\xff"', 'BAD'],
    ['CREATE "\xc0\x80"', 'BAD'],
    ['CREATE "\xed\xa0\x80"', 'BAD'],
    ['CREATE \xc3\xa9', 'BAD'],
    ['ID ("name" "\xff")', 'BAD'],
  ]
  for (const [text, status] of wrong) t.equal((await modern.run(text)).status, status, text)
  // RFC 9755 §3: no name has a control character or a line separator, so such a name is mapped.
  for (const separator of ['\u2028', '\u0085']) {
    await modern.run(utf8(`CREATE "a${separator}b"`))
    t.same(listed(await modern.ok('LIST "" a*b')), ['"a b"'])
  }
  // RFC 9755 §3: also from who has not enabled it.
  await old.ok(utf8('CREATE "Gr\u00f6\u00dfe2"'))
  t.same(await old.ok(utf8('STATUS "Gr\u00f6\u00dfe2" (MESSAGES)')), ['STATUS Gr&APYA3w-e2 (MESSAGES 0)'])
})

t.test('a message with UTF-8 in its header, as the client sent it', async (t) => {
  const text = message('x').replace('Subject: x', 'Subject: Gr\u00fc\u00dfe')
  t.match(await old.append('INBOX', text), { status: 'OK' }, 'ADR 12')
  t.match(await modern.append('INBOX', text), { status: 'OK' })
  const size = Buffer.byteLength(text)
  for (const [from, to] of [
    ['UTF8 (~', ')'],
    ['(\\Seen) UTF8 (~', ')'],
    ['" 1-Jan-2026 10:00:00 +0000" utf8 (~', ')'],
  ] as const) {
    t.match(await modern.run(`APPEND INBOX ${from}`, Buffer.from(text), to), { status: 'OK' }, from)
  }
  t.match(await modern.run(`APPEND INBOX UTF8 (~{${size}+}\r\n${utf8(text)})`), { status: 'OK' })
  for (const [from, to] of [
    ['UTF8 (', ')'],
    ['UTF8 ~', ''],
    ['UTF8 (~', ''],
    ['UTF8 (~', ') x'],
    ['UTF7 (~', ')'],
  ] as const) {
    t.match(await modern.run(`APPEND INBOX ${from}`, Buffer.from(text), to), { status: 'BAD' }, from)
  }

  const rev2 = await server.loggedIn()
  await rev2.ok('ENABLE IMAP4rev2')
  t.match(await rev2.append('Sent', text), { status: 'OK' }, 'RFC 9051 §6.3.12')

  for (const client of [modern, old]) {
    await client.ok('EXAMINE INBOX')
    for (const number of [1, 2])
      t.match(await client.ok(`FETCH ${number} BODY.PEEK[]`), [
        `${number} FETCH (BODY[] {${size}}\r\n${utf8(text)})`,
      ])
    t.match(await client.ok('FETCH 1 ENVELOPE'), [/Gr\xc3\xbc\xc3\x9fe/], 'a literal, which may hold 8 bits')
  }
  t.match(await modern.ok('STATUS INBOX (MESSAGES)'), [/MESSAGES 6/])
})

t.test('to the letter of RFC 9755 §4, where that is set', async (t) => {
  const strict = await startServer(t, { append8Bit: 'refuse' })
  const text = message('x').replace('Subject: x', 'Subject: Gr\u00fc\u00dfe')
  const client = await strict.loggedIn()
  const refused = await client.append('INBOX', text)
  t.match(refused, { status: 'NO', text: /^\[CANNOT\] .*ENABLE UTF8=ACCEPT/ })
  t.match(await client.run('APPEND INBOX UTF8 (~', Buffer.from(text), ')'), { status: 'NO' })
  t.match(
    await client.append('INBOX', `${message('x')}\r\nGr\u00fc\u00dfe`),
    { status: 'OK' },
    'in the body it may',
  )
  await client.ok('ENABLE UTF8=ACCEPT')
  t.match(await client.append('INBOX', text), { status: 'OK' })
  t.same(await client.ok('STATUS INBOX (MESSAGES)'), ['STATUS INBOX (MESSAGES 2)'])
})

t.test('SEARCH: texts are UTF-8, and a charset is BAD', async (t) => {
  t.same(await modern.ok(utf8('SEARCH SUBJECT "gr\u00fc\u00dfe"')), ['SEARCH 1 2 3 4 5 6'])
  for (const charset of ['UTF-8', 'US-ASCII', 'KLINGON']) {
    t.match(await modern.run(`SEARCH CHARSET ${charset} ALL`), { status: 'BAD' })
  }
  await old.ok('SELECT INBOX')
  t.same(await old.ok('SEARCH CHARSET UTF-8 SUBJECT ', Buffer.from('gr\u00fc\u00dfe')), [
    'SEARCH 1 2 3 4 5 6',
  ])
})

t.test('nothing was logged as an error', async (t) => t.same(store.errors, []))
