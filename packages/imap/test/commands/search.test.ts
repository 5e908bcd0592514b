import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('SEARCH (RFC 3501 §6.4.4)', async (t) => {
  const server = await startServer(t)
  const setup = await server.loggedIn()
  const umlaut =
    'Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\nFrom: "J. Doe" <doe@example.com>\r\nCc: carol@example.net\r\n' +
    'Date: Mon, 5 Jan 2026 23:59:00 -0800\r\nX-Spam: no\r\nContent-Type: text/plain; charset=iso-8859-1\r\n' +
    'Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne Gr=FC=DFe\r\n'
  await setup.append('Archive', message('Invoice 17', 'Please pay.'), '(\\Seen) "01-Feb-1994 10:00:00 +0000"')
  await setup.append('Archive', umlaut, '(\\Flagged $Work) "02-Feb-1994 01:00:00 +0200"')
  await setup.append(
    'Archive',
    message('Lunch?', 'Noon, the usual place. Invoice comes later.'),
    '(\\Draft \\Answered) "03-Feb-1994 00:00:00 +0000"',
  )
  await setup.append('Archive', message('x'), '(\\Deleted)')
  await setup.ok('SELECT Archive')
  await setup.ok('STORE 4 +FLAGS.SILENT \\Deleted')
  await setup.ok('EXPUNGE')
  await setup.append('Archive', message('Late'), '(\\Deleted) "04-Feb-1994 00:00:00 +0000"')
  await setup.ok('UNSELECT')
  const [client, other] = await server.two('Archive')

  await t.test('keys, by number and by UID', async (t) => {
    const cases: [keys: string, numbers: number[]][] = [
      ['ALL', [1, 2, 3, 4]],
      ['SEEN', [1]],
      ['UNSEEN', [2, 3, 4]],
      ['FLAGGED', [2]],
      ['DRAFT ANSWERED', [3]],
      ['DELETED', [4]],
      ['KEYWORD $work', [2]],
      ['UNKEYWORD $work UNDELETED', [1, 3]],
      ['BEFORE 2-Feb-1994', [1, 2]],
      ['ON 1-Feb-1994', [1, 2]],
      ['SINCE 3-Feb-1994', [3, 4]],
      ['SENTON 5-Jan-2026', [2]],
      ['SENTBEFORE 5-Jan-2026', [1, 3, 4]],
      ['SENTSINCE 5-Jan-2026', [2]],
      ['LARGER 1000', []],
      ['SUBJECT invoice', [1]],
      ['BODY invoice', [3]],
      ['TEXT invoice', [1, 3]],
      ['FROM "j. doe"', [2]],
      ['FROM example.org', [1, 3, 4]],
      ['TO alice CC x', []],
      ['CC carol@', [2]],
      ['BCC ""', [1, 2, 3, 4]],
      ['HEADER X-Spam ""', [2]],
      ['HEADER x-spam NO', [2]],
      ['HEADER Message-ID "<Lunch?@example.org>"', [3]],
      ['TEXT x-spam', [2]],
      ['OR SUBJECT lunch FLAGGED', [2, 3]],
      ['NOT (OR SUBJECT lunch FLAGGED)', [1, 4]],
      ['2:3 NOT 3', [2]],
      ['UID 3:* UNDELETED', [3]],
      ['100', []],
      ['SUBJECT "string not in mailbox"', []],
    ]
    const uids = [1, 2, 3, 5]
    for (const [keys, numbers] of cases) {
      t.same(await client.ok(`SEARCH ${keys}`), [['SEARCH', ...numbers].join(' ')], keys)
      const asUids = numbers.map((number) => uids[number - 1])
      t.same(await client.ok(`UID SEARCH ${keys}`), [['SEARCH', ...asUids].join(' ')], `UID SEARCH ${keys}`)
    }
  })

  await t.test('text is decoded and compared without case, in UTF-8', async (t) => {
    const literal = (text: string) => Buffer.from(text)
    t.same(await client.ok('SEARCH CHARSET UTF-8 SUBJECT ', literal('GRÜßE')), ['SEARCH 2'])
    t.same(await client.ok('SEARCH CHARSET UTF-8 BODY ', literal('schöne')), ['SEARCH 2'])
    t.same(
      await client.ok('SEARCH CHARSET UTF-8 OR SUBJECT ', literal('grüße'), ' SUBJECT ', literal('Lunch')),
      ['SEARCH 2 3'],
    )
    t.same(await client.ok('SEARCH CHARSET ISO-8859-1 SUBJECT ', Buffer.from('gr\xfc\xdfe', 'latin1')), [
      'SEARCH 2',
    ])
    t.match(await client.run('SEARCH CHARSET X-UNKNOWN SUBJECT x'), {
      status: 'NO',
      text: /^\[BADCHARSET \(US-ASCII UTF-8\)\]/,
    })
    t.same(await client.ok('SEARCH SUBJECT ', literal('grüße')), ['SEARCH 2'], 'UTF-8 where none is named')
    t.equal((await client.run('SEARCH SUBJECT ', Buffer.from('gr\xfc\xdfe', 'latin1'))).status, 'BAD')
  })

  await t.test('by age and by when it was saved (RFC 5032, RFC 8514)', async (t) => {
    const [, date] = /SAVEDATE "(.*?)"/.exec((await client.ok('FETCH 1 SAVEDATE'))[0]!)!
    const saved = Date.parse(date!)
    t.ok(Math.abs(Date.now() - saved) < 60_000, `INTERNALDATE is of 1994, and it was saved at ${date}`)
    const day = new Date(saved).toUTCString().replace(/^\w+, 0?(\d+) (\w+) (\d+) .*/, '$1-$2-$3')
    t.same(await client.ok(`SEARCH SAVEDSINCE ${day}`), ['SEARCH 1 2 3 4'])
    t.same(await client.ok(`SEARCH SAVEDBEFORE ${day}`), ['SEARCH'])
    t.same(await client.ok('SEARCH SAVEDON 1-Feb-1994'), ['SEARCH'])
    t.same(await client.ok('SEARCH SAVEDATESUPPORTED'), ['SEARCH 1 2 3 4'])
    t.same(await client.ok('SEARCH OLDER 259200'), ['SEARCH 1 2 3 4'])
    t.same(await client.ok('SEARCH YOUNGER 259200'), ['SEARCH'])
    await client.ok('COPY 1 Trash')
    await other.ok('SELECT Trash')
    const copied = /SAVEDATE "(.*?)" INTERNALDATE "(.*?)"/.exec(
      (await other.ok('FETCH 1 (SAVEDATE INTERNALDATE)'))[0]!,
    )!
    t.ok(Date.parse(copied[1]!) >= saved, 'a copy is saved anew (§3)')
    t.match(copied[2], /1994/)
    await other.ok('SELECT Archive')
  })

  await t.test('by object id (RFC 8474 §6)', async (t) => {
    const [, email, thread] = /EMAILID \((\w+)\) THREADID \((\w+)\)/.exec(
      (await client.ok('FETCH 2 (EMAILID THREADID)'))[0]!,
    )!
    t.same(await client.ok(`SEARCH EMAILID ${email}`), ['SEARCH 2'])
    t.same(await client.ok(`SEARCH THREADID ${thread}`), ['SEARCH 2'])
    t.same(await client.ok(`SEARCH EMAILID ${thread}`), ['SEARCH'])
    t.same(await client.ok('SEARCH EMAILID M6d99ac3275bb4e'), ['SEARCH'])
    t.equal((await client.run('SEARCH EMAILID "x y"')).status, 'BAD')
  })

  await t.test('what others do meanwhile: new messages are found, expunged ones are not', async (t) => {
    await other.append('Archive', message('Newest'))
    t.same(await client.ok('SEARCH SUBJECT newest'), ['5 EXISTS', '0 RECENT', 'SEARCH 5'])
    await other.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    await other.ok('UID EXPUNGE 1')
    t.same(await client.ok('SEARCH SUBJECT invoice'), ['SEARCH'], 'no EXPUNGE in SEARCH')
    t.same(await client.ok('SEARCH ALL'), ['SEARCH 2 3 4 5'], 'and the numbers stay')
    t.same(
      await client.ok('UID SEARCH 3:4'),
      ['SEARCH 3 5'],
      'nor in UID SEARCH with numbers (RFC 9051 §7.5.1)',
    )
    t.same(
      await client.ok('UID SEARCH UID 3:5'),
      ['SEARCH 3 5', '1 EXPUNGE'],
      'UID SEARCH tells, after its answer',
    )
    t.same(await client.ok('SEARCH ALL'), ['SEARCH 1 2 3 4'])
  })

  await t.test('an empty mailbox', async (t) => {
    await client.ok('SELECT Junk')
    for (const keys of ['ALL', '1:*', 'UID 1:*', 'TEXT x'])
      t.same(await client.ok(`SEARCH ${keys}`), ['SEARCH'], keys)
  })
  t.same(server.errors, [])
})
