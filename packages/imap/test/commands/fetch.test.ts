import t from 'tap'
import { COMPLEX } from '../render/messages.js'
import { message, startServer } from '../support/server.js'

t.test('FETCH (RFC 3501 §6.4.5)', async (t) => {
  const server = await startServer(t)
  const setup = await server.loggedIn()
  const first = message('first')
  await setup.append('Archive', first, '" 7-Feb-1994 21:52:25 +0000"')
  await setup.append('Archive', COMPLEX, '(\\Seen) " 8-Feb-1994 00:00:00 +0000"')
  await setup.append('Archive', message('third'), '(\\Seen) " 9-Feb-1994 00:00:00 +0000"')
  await setup.ok('SELECT Archive')
  await setup.ok('UNSELECT')
  const [client, other] = await server.two('Archive')
  const header = first.slice(0, first.indexOf('\r\n\r\n') + 4)
  const body = first.slice(header.length)
  const literal = (text: string | Buffer) =>
    `{${text.length}}\r\n${text.toString('latin1' as BufferEncoding)}`

  await t.test('what the view knows', async (t) => {
    t.same(await client.ok('FETCH 1 FAST'), [
      `1 FETCH (FLAGS () INTERNALDATE " 7-Feb-1994 21:52:25 +0000" RFC822.SIZE ${first.length})`,
    ])
    t.same(await client.ok('FETCH 1,3 UID'), ['1 FETCH (UID 1)', '3 FETCH (UID 3)'])
    t.same(await client.ok('UID FETCH 2:* FLAGS'), [
      '2 FETCH (UID 2 FLAGS (\\Seen))',
      '3 FETCH (UID 3 FLAGS (\\Seen))',
    ])
    t.same(await client.ok('UID FETCH 3 (FLAGS UID)'), ['3 FETCH (FLAGS (\\Seen) UID 3)'])
    t.same(await client.ok('UID FETCH 100:200 FLAGS'), [])
    t.same(await client.ok('UID FETCH 100:* UID'), ['3 FETCH (UID 3)'])
  })

  await t.test('envelope and structure', async (t) => {
    const bob = '(("Bob" NIL "bob" "example.org"))'
    t.same(await client.ok('FETCH 1 ENVELOPE'), [
      `1 FETCH (ENVELOPE ("Thu, 1 Jan 2026 10:00:00 +0000" "first" ${bob} ${bob} ${bob} ((NIL NIL "alice" "example.org")) NIL NIL NIL "<first@example.org>"))`,
    ])
    t.same(await client.ok('FETCH 1 BODY'), ['1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 14 1))'])
    t.match(await client.ok('FETCH 2 (BODYSTRUCTURE UID)'), [
      /^2 FETCH \(BODYSTRUCTURE \(\("TEXT".*"MIXED" \("BOUNDARY" "A"\) NIL NIL NIL\) UID 2\)$/,
    ])
    const all = (await client.ok('FETCH 1 FULL'))[0]!
    t.match(all, /^1 FETCH \(FLAGS \(\) INTERNALDATE "[^"]*" RFC822.SIZE \d+ ENVELOPE \(.*\) BODY \(.*\)\)$/)
  })

  await t.test('ids (RFC 8474 §5.3)', async (t) => {
    const [line] = await client.ok('FETCH 1 (EMAILID THREADID)')
    t.match(line, /^1 FETCH \(EMAILID \(e\w+\) THREADID \(t\w+\)\)$/)
    await client.ok('COPY 1 Sent')
    const reader = await server.loggedIn()
    await reader.ok('EXAMINE Sent')
    t.same(await reader.ok('FETCH 1 (EMAILID THREADID)'), [line], 'a copy has the same')
  })

  await t.test('sections, without setting \\Seen', async (t) => {
    const cases: [item: string, expected: string][] = [
      ['BODY.PEEK[]', `BODY[] ${literal(first)}`],
      ['BODY.PEEK[HEADER]', `BODY[HEADER] ${literal(header)}`],
      ['RFC822.HEADER', `RFC822.HEADER ${literal(header)}`],
      ['BODY.PEEK[TEXT]', `BODY[TEXT] ${literal(body)}`],
      ['BODY.PEEK[1]', `BODY[1] ${literal(body)}`],
      ['BODY.PEEK[2]', 'BODY[2] NIL'],
      ['BODY.PEEK[TEXT]<6.5>', `BODY[TEXT]<6> ${literal('first')}`],
      ['BODY.PEEK[TEXT]<0.2048>', `BODY[TEXT]<0> ${literal(body)}`],
      ['BODY.PEEK[TEXT]<5000.10>', 'BODY[TEXT]<5000> ""'],
      [
        'BODY.PEEK[HEADER.FIELDS (SUBJECT X-None)]',
        `BODY[HEADER.FIELDS (SUBJECT X-None)] ${literal('Subject: first\r\n\r\n')}`,
      ],
      ['BODY.PEEK[HEADER.FIELDS (To)]<4.5>', `BODY[HEADER.FIELDS (To)]<4> ${literal('alice')}`],
      ['BODY.PEEK[HEADER.FIELDS (X-None)]', `BODY[HEADER.FIELDS (X-None)] ${literal('\r\n')}`],
    ]
    for (const [item, expected] of cases)
      t.same(await client.ok(`FETCH 1 ${item}`), [`1 FETCH (${expected})`], item)
    t.same(await client.ok('FETCH 2 (BODY.PEEK[3.HEADER] BODY.PEEK[4.1] UID)'), [
      `2 FETCH (BODY[3.HEADER] ${literal('Subject: inner 3\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n')} BODY[4.1] ${literal('GIF')} UID 2)`,
    ])
    t.same(await other.ok('NOOP'), [])
  })

  await t.test('others set \\Seen: in the same response, and the other connection is told', async (t) => {
    for (const item of ['BODY[TEXT]', 'RFC822', 'RFC822.TEXT', 'BODY[1]<0.1>']) {
      const [line, ...more] = await client.ok(`FETCH 1 ${item}`)
      t.match(line, / FLAGS \(\\Seen\)\)$/, item)
      t.same(more, [])
      t.same(await other.ok('NOOP'), ['1 FETCH (FLAGS (\\Seen))'])
      const again = await client.ok(`FETCH 1 ${item}`)
      t.notMatch(again[0], 'FLAGS', 'once only')
      await client.ok('STORE 1 FLAGS.SILENT ()')
      await other.ok('NOOP')
    }
    t.same(await client.ok('FETCH 1 (FLAGS BODY[2])'), ['1 FETCH (FLAGS (\\Seen) BODY[2] NIL)'])
    await client.ok('STORE 1 FLAGS.SILENT ()')
    await other.ok('NOOP')
  })

  await t.test('EXAMINE sets nothing', async (t) => {
    const reader = await server.loggedIn()
    await reader.ok('EXAMINE Archive')
    t.same(await reader.ok('FETCH 1 (BODY[TEXT] FLAGS)'), [`1 FETCH (BODY[TEXT] ${literal(body)} FLAGS ())`])
    t.same(await other.ok('NOOP'), [])
  })

  await t.test('a change from elsewhere is seen at once', async (t) => {
    await other.ok('STORE 1 +FLAGS \\Flagged')
    t.same(await client.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS (\\Flagged))', '1 FETCH (FLAGS (\\Flagged))'])
    await other.append('Archive', message('fourth'))
    t.match(await client.ok('FETCH 4 UID'), ['4 EXISTS', '0 RECENT', '4 FETCH (UID 4)'])
    await other.ok('NOOP')
  })

  await t.test('what others expunged is still there until that is told (RFC 2180 §4.1.1)', async (t) => {
    await other.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    await other.ok('EXPUNGE')
    t.same(
      await client.ok('FETCH 1 BODY.PEEK[TEXT]'),
      [`1 FETCH (BODY[TEXT] ${literal(body)})`],
      'no EXPUNGE in FETCH',
    )
    t.same(await client.ok('FETCH 1:2 UID'), ['1 FETCH (UID 1)', '2 FETCH (UID 2)'])
    t.same(await client.ok('FETCH 1 BODY[TEXT]'), [`1 FETCH (BODY[TEXT] ${literal(body)})`])
    t.same(
      await client.ok('UID FETCH 2 FLAGS'),
      ['1 EXPUNGE', '1 FETCH (UID 2 FLAGS (\\Seen))'],
      'but in UID FETCH',
    )
    t.same(await client.ok('FETCH 1 UID'), ['1 FETCH (UID 2)'])
  })

  await t.test('a large message streams, whole and in parts', async (t) => {
    const large = Buffer.from(
      message('large', 'A line of some length, to fill a large message.\r\n'.repeat(18_000)),
    )
    t.ok(large.length > 800_000)
    await client.append('Sent', large)
    const reader = await server.loggedIn()
    await reader.ok('EXAMINE Sent')
    t.same(await reader.ok('FETCH 2 BODY[]'), [`2 FETCH (BODY[] ${literal(large)})`])
    const slice = large.subarray(100_000, 700_000)
    t.same(await reader.ok('FETCH 2 (BODY[]<100000.600000> BODY[HEADER.FIELDS (Subject)])'), [
      `2 FETCH (BODY[]<100000> ${literal(slice)} BODY[HEADER.FIELDS (Subject)] ${literal('Subject: large\r\n\r\n')})`,
    ])
  })

  await t.test('what is refused', async (t) => {
    const wrong = [
      'FETCH',
      'FETCH 1',
      'FETCH 9 FLAGS',
      'FETCH 0 FLAGS',
      'FETCH 1 FOO',
      'FETCH 1 (FLAGS',
      'FETCH x FLAGS',
      'FETCH 1 BODY[HEADER.FIELDS]',
      'UID FETCH',
    ]
    for (const text of wrong) t.equal((await client.run(text)).status, 'BAD', text)
    await client.ok('SELECT Junk')
    t.equal((await client.run('FETCH 1:* FLAGS')).status, 'BAD', 'no message has a number')
    t.same(await client.ok('UID FETCH 1:* FLAGS'), [])
  })
  t.same(server.errors, [])
})

t.test('many messages are read in batches', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  const account = server.mailstore.account((await server.mailstore.directory.list())[0]!.accountId)
  const inbox = (await account.read((r) => r.mailbox.byPath('INBOX')))!
  const messages = await Promise.all(
    new Array(600)
      .fill(0)
      .map((_, index) => account.ingest(Buffer.from(message(`n${index}`)), { nul: 'refuse' })),
  )
  await account.transact((tx) =>
    tx.email.create(messages.map((each) => ({ message: each, mailboxIds: [inbox.id] }))),
  )
  await client.ok('SELECT INBOX')
  const lines = await client.ok('FETCH 1:* (UID ENVELOPE)')
  t.equal(lines.length, 600)
  for (const [index, line] of lines.entries()) {
    if (
      !line.startsWith(
        `${index + 1} FETCH (UID ${index + 1} ENVELOPE ("Thu, 1 Jan 2026 10:00:00 +0000" "n${index}"`,
      )
    )
      t.fail(line)
  }
  const bodies = await client.ok('FETCH 1:* BODY[TEXT]')
  t.equal(
    bodies.filter((line) => line.endsWith(' FLAGS (\\Recent \\Seen))') && line.includes('About n')).length,
    600,
  )
  t.same(await client.ok('STATUS INBOX (UNSEEN)'), ['STATUS INBOX (UNSEEN 0)'])
  t.same(await client.ok('SEARCH BODY "About n333."'), ['SEARCH 334'])
  t.same(await client.ok('SEARCH SUBJECT n59'), ['SEARCH 60 591 592 593 594 595 596 597 598 599 600'])
  t.same(server.errors, [])
})
