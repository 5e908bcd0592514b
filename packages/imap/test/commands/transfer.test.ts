import t from 'tap'
import type { Client } from '../support/client.js'
import { message, startServer, type TestServer } from '../support/server.js'

/** A mailbox of that many messages, nothing \Recent in it. */
async function fill(server: TestServer, mailbox: string, subjects: string[]): Promise<void> {
  const client = await server.loggedIn()
  await client.run(`CREATE ${mailbox}`)
  for (const subject of subjects)
    await client.append(mailbox, message(subject), '(\\Seen $Word) "01-Jan-2020 00:00:00 +0000"')
  await client.ok(`SELECT ${mailbox}`)
  client.close()
}

const subjects = async (client: Client) =>
  (await client.ok('FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]')).map(
    (line) => /Subject: (.*)/.exec(line)![1],
  )

t.test('COPY, MOVE, EXPUNGE, CLOSE, UNSELECT', async (t) => {
  const server = await startServer(t)

  await t.test(
    'COPY keeps flags and date; COPYUID pairs the UIDs (RFC 3501 §6.4.7, RFC 4315 §3)',
    async (t) => {
      await fill(server, 'C1', ['a', 'b', 'c', 'd'])
      await fill(server, 'C2', ['x'])
      const [client, other] = [await server.loggedIn(), await server.loggedIn()]
      await client.ok('SELECT C1')
      await other.ok('SELECT C2')
      const validity = /VALIDITY (\d+)/.exec((await client.ok('STATUS C2 (UIDVALIDITY)'))[0]!)![1]
      const copied = await client.run('COPY 2:3,1 C2')
      t.match(copied.text, `[COPYUID ${validity} 1:3 2:4] `)
      t.same(copied.untagged, [])
      t.same(await other.ok('NOOP'), ['4 EXISTS', '3 RECENT'])
      t.same(await other.ok('FETCH 2 (FLAGS INTERNALDATE)'), [
        '2 FETCH (FLAGS (\\Recent \\Seen $Word) INTERNALDATE " 1-Jan-2020 00:00:00 +0000")',
      ])
      t.same(await subjects(other), ['x', 'a', 'b', 'c'])
      t.match((await client.run('UID COPY 4,99 C2')).text, `[COPYUID ${validity} 4 5] `)
      t.same(await other.ok('NOOP'), ['5 EXISTS', '4 RECENT'])
      t.match(
        await client.run('UID COPY 50:60 C2'),
        { status: 'OK', text: /^COPY/ },
        'nothing copied, no COPYUID',
      )
    },
  )

  await t.test('COPY into its own mailbox appends (rule 6)', async (t) => {
    await fill(server, 'Own', ['a', 'b'])
    const [client, other] = await server.two('Own')
    const copied = await client.run('COPY 1 Own')
    t.match(copied, { status: 'OK', text: /COPYUID \d+ 1 3\]/, untagged: ['3 EXISTS', '1 RECENT'] })
    t.same(await other.ok('NOOP'), ['3 EXISTS', '0 RECENT'])
    const ids = (await other.ok('FETCH 1,3 EMAILID')).map((line) => /\(e\w+\)/.exec(line)![0])
    t.equal(ids[0], ids[1])
  })

  await t.test('MOVE tells the UIDs before the EXPUNGEs (RFC 6851 §3.3, §4.3)', async (t) => {
    await fill(server, 'M1', ['a', 'b', 'c', 'd'])
    await fill(server, 'M2', [])
    const [client, other] = await server.two('M1')
    const target = await server.loggedIn()
    await target.ok('SELECT M2')
    const ids = (await client.ok('FETCH 2:3 EMAILID')).map((line) => /\(e\w+\)/.exec(line)![0])
    const moved = await client.run('MOVE 2:3 M2')
    t.equal(moved.status, 'OK')
    t.match(moved.untagged, [/^OK \[COPYUID \d+ 2:3 1:2\]/, /^2 EXPUNGE$/, /^2 EXPUNGE$/])
    t.equal(moved.untagged.length, 3)
    t.same(await other.ok('NOOP'), ['2 EXPUNGE', '2 EXPUNGE'])
    t.same(await target.ok('NOOP'), [
      'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Word)',
      'OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Word \\*)] Flags that can be changed',
      '2 EXISTS',
      '2 RECENT',
    ])
    t.same(
      (await target.ok('FETCH 1:2 EMAILID')).map((line) => /\(e\w+\)/.exec(line)![0]),
      ids,
    )
    t.same(await subjects(target), ['b', 'c'])
    t.match((await client.run('UID MOVE 4 M2')).untagged, [/^OK \[COPYUID \d+ 4 3\]/, /^2 EXPUNGE$/])
    t.same(await other.ok('NOOP'), ['2 EXPUNGE'])
    t.match(await client.run('UID MOVE 4 M2'), { status: 'OK', untagged: [] })
  })

  await t.test('MOVE into the same mailbox gives new UIDs', async (t) => {
    await fill(server, 'Same', ['a', 'b'])
    const [client, other] = await server.two('Same')
    const moved = await client.run('MOVE 1 Same')
    t.equal(moved.status, 'OK')
    t.match(moved.untagged[0], /^OK \[COPYUID \d+ 1 3\]/)
    t.same(moved.untagged.slice(1), ['1 EXPUNGE', '2 EXISTS', '1 RECENT'])
    t.same(await other.ok('NOOP'), ['1 EXPUNGE', '2 EXISTS', '0 RECENT'])
    t.same(await subjects(client), ['b', 'a'])
  })

  await t.test('a target that is not there: TRYCREATE, and nothing happened', async (t) => {
    await fill(server, 'T1', ['a'])
    const client = await server.loggedIn()
    await client.ok('SELECT T1')
    for (const command of ['COPY', 'MOVE', 'UID COPY', 'UID MOVE']) {
      t.match(
        await client.run(`${command} 1 nowhere`),
        { status: 'NO', text: /^\[TRYCREATE\]/, untagged: [] },
        command,
      )
      t.equal((await client.run(`${command} 1`)).status, 'BAD')
    }
    for (const command of ['COPY', 'MOVE'])
      t.equal((await client.run(`${command} 2 T1`)).status, 'BAD', command)
    t.same(await client.ok('STATUS T1 (MESSAGES UIDNEXT)'), ['STATUS T1 (MESSAGES 1 UIDNEXT 2)'])
  })

  await t.test(
    'messages that others expunged are not copied, and none of the others (RFC 2180 §4.4.1)',
    async (t) => {
      await fill(server, 'E1', ['a', 'b', 'c'])
      const [client, other] = await server.two('E1')
      await other.ok('STORE 2 +FLAGS.SILENT \\Deleted')
      await other.ok('EXPUNGE')
      t.match(await client.run('COPY 1:3 Trash'), {
        status: 'NO',
        text: /^\[EXPUNGEISSUED\]/,
        untagged: ['2 EXPUNGE'],
      })
      t.same(await client.ok('STATUS Trash (MESSAGES)'), ['STATUS Trash (MESSAGES 0)'])
      t.match(await client.run('COPY 1 Trash'), { status: 'OK' })
      t.match(await client.run('UID COPY 1:3 Trash'), { status: 'OK', text: /COPYUID \d+ 1,3 2:3\]/ })
    },
  )

  await t.test(
    'MOVE moves those that are there: OK where there is one, NO where there is none',
    async (t) => {
      await fill(server, 'E2', ['a', 'b', 'c'])
      const [client, other] = await server.two('E2')
      await other.ok('STORE 2 +FLAGS.SILENT \\Deleted')
      await other.ok('EXPUNGE')
      t.match(await client.run('MOVE 2 Trash'), {
        status: 'NO',
        text: /^\[EXPUNGEISSUED\]/,
        untagged: ['2 EXPUNGE'],
      })
      await other.ok('STORE 1 +FLAGS.SILENT \\Deleted')
      await other.ok('EXPUNGE')
      t.match(await client.run('MOVE 1:2 Trash'), {
        status: 'OK',
        text: /^\[EXPUNGEISSUED\]/,
        untagged: [/^OK \[COPYUID \d+ 3 /, '1 EXPUNGE', '1 EXPUNGE'],
      })
    },
  )

  await t.test('EXPUNGE removes what is \\Deleted; numbers count down (RFC 3501 §6.4.3)', async (t) => {
    await fill(server, 'X1', ['a', 'b', 'c', 'd', 'e'])
    const [client, other] = await server.two('X1')
    await client.ok('STORE 2,3,5 +FLAGS.SILENT \\Deleted')
    t.same(await client.ok('EXPUNGE'), ['2 EXPUNGE', '2 EXPUNGE', '3 EXPUNGE'])
    t.same(await other.ok('NOOP'), ['2 EXPUNGE', '2 EXPUNGE', '3 EXPUNGE'])
    t.same(await subjects(other), ['a', 'd'])
    t.same(await client.ok('EXPUNGE'), [])
  })

  await t.test(
    'EXPUNGE takes what another session marked, and UID EXPUNGE only what it names (RFC 4315 §2.1)',
    async (t) => {
      await fill(server, 'X2', ['a', 'b', 'c', 'd'])
      const [client, other] = await server.two('X2')
      await other.ok('STORE 1:3 +FLAGS.SILENT \\Deleted')
      const untagged = await client.ok('UID EXPUNGE 2:4')
      t.same(
        untagged.filter((line) => line.includes('EXPUNGE')),
        ['2 EXPUNGE', '2 EXPUNGE'],
      )
      t.same(await other.ok('NOOP'), ['2 EXPUNGE', '2 EXPUNGE'])
      t.same(await client.ok('EXPUNGE'), ['1 EXPUNGE'])
      t.same(await other.ok('NOOP'), ['1 EXPUNGE'])
      t.equal((await client.run('UID EXPUNGE')).status, 'BAD')
      t.equal((await client.run('EXPUNGE 1')).status, 'BAD')
    },
  )

  await t.test('CLOSE expunges without a word, UNSELECT does not (RFC 3501 §6.4.2, RFC 3691)', async (t) => {
    await fill(server, 'L1', ['a', 'b', 'c'])
    const [client, other] = await server.two('L1')
    await client.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    t.same(await client.ok('UNSELECT'), [])
    t.same(await other.ok('NOOP'), ['1 FETCH (FLAGS (\\Deleted \\Seen $Word))'])
    t.equal((await client.run('CHECK')).status, 'BAD', 'no mailbox is selected any more')
    await client.ok('SELECT L1')
    t.same(await client.ok('CLOSE'), [])
    t.same(await other.ok('NOOP'), ['1 EXPUNGE'])
    await other.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    await client.ok('EXAMINE L1')
    t.same(await client.ok('CLOSE'), [], 'nothing is removed after EXAMINE, and no error given')
    t.same(await client.ok('STATUS L1 (MESSAGES)'), ['STATUS L1 (MESSAGES 2)'])
  })

  await t.test('read-only', async (t) => {
    await fill(server, 'R1', ['a'])
    const client = await server.loggedIn()
    await client.ok('EXAMINE R1')
    for (const text of ['EXPUNGE', 'UID EXPUNGE 1', 'MOVE 1 Trash', 'UID MOVE 1 Trash']) {
      t.match(await client.run(text), { status: 'NO', text: /^\[READ-ONLY\]/ }, text)
    }
    t.equal((await client.run('COPY 1 Trash')).status, 'OK')
  })
  t.same(server.errors, [])
})
