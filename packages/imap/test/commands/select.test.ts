import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  await client.append('Archive', message('a'), '(\\Seen)')
  await client.append('Archive', message('b'), '($Work)')
  await client.append('Archive', message('c'))

  await t.test('EXAMINE says all that is required and takes nothing from \\Recent', async (t) => {
    for (let round = 0; round < 2; round++) {
      const { untagged, status, text } = await client.run('EXAMINE Archive')
      t.same(
        untagged.map((line) =>
          line.replace(/\] .*/, ']').replace(/(VALIDITY|MAILBOXID|MODSEQ) [^\]]*/, '$1 x'),
        ),
        [
          // RFC 7162 §3.2.11
          ...(round === 0 ? [] : ['OK [CLOSED]']),
          'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)',
          'OK [PERMANENTFLAGS ()]',
          '3 EXISTS',
          '3 RECENT',
          'OK [UNSEEN 2]',
          'OK [UIDVALIDITY x]',
          'OK [UIDNEXT 4]',
          'OK [HIGHESTMODSEQ x]',
          'OK [MAILBOXID x]',
        ],
      )
      t.equal(status, 'OK')
      t.match(text, /^\[READ-ONLY\] /)
    }
  })

  await t.test('SELECT takes the messages as recent, for this session alone', async (t) => {
    const { untagged, text } = await client.run('SELECT Archive')
    t.match(text, /^\[READ-WRITE\] /)
    t.ok(untagged.includes('3 RECENT'))
    t.ok(
      untagged.some((line) =>
        line.includes('[PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work \\*)]'),
      ),
    )
    t.same(await client.ok('SEARCH RECENT'), ['SEARCH 1 2 3'])
    t.same(await client.ok('FETCH 2 FLAGS'), ['2 FETCH (FLAGS (\\Recent $Work))'])
    const other = await server.loggedIn()
    t.ok((await other.ok('SELECT Archive')).includes('0 RECENT'))
    t.same(await other.ok('SEARCH RECENT'), ['SEARCH'])
  })

  await t.test(
    'what is new is recent for the first session that is told of it, and for no other',
    async (t) => {
      await client.ok('CREATE First')
      const [one, two, other] = [await server.loggedIn(), await server.loggedIn(), await server.loggedIn()]
      for (const each of [one, two]) await each.ok('SELECT First')
      await other.append('First', message('x'))
      t.same(await one.ok('NOOP'), ['1 EXISTS', '1 RECENT'])
      t.same(await other.ok('STATUS First (RECENT)'), ['STATUS First (RECENT 0)'], 'RFC 3501 §2.3.2')
      t.same(await two.ok('NOOP'), ['1 EXISTS', '0 RECENT'])
      t.same(await two.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS ())'])
      await other.append('First', message('y'))
      t.same(await two.ok('NOOP'), ['2 EXISTS', '1 RECENT'], 'now the other one is first')
      t.same(await one.ok('NOOP'), ['2 EXISTS', '1 RECENT'])
      t.same(await one.ok('FETCH 1:* FLAGS'), ['1 FETCH (FLAGS (\\Recent))', '2 FETCH (FLAGS ())'])
      t.same(await one.ok('SEARCH RECENT'), ['SEARCH 1'])
      t.same(await two.ok('SEARCH RECENT'), ['SEARCH 2'])
      await one.append('First', message('z'), '(\\Seen)')
      t.same(await one.ok('SEARCH RECENT'), ['SEARCH 1 3'], 'its own APPEND')
      t.same(
        await other.ok('EXAMINE First').then((lines) => lines.filter((line) => line.includes('RECENT'))),
        ['0 RECENT'],
      )
      await other.ok('UNSELECT')
      await other.append('First', message('w'))
      await other.ok('EXAMINE First')
      t.same(await other.ok('SEARCH RECENT'), ['SEARCH 4'])
      t.same(await other.ok('STATUS First (RECENT)'), ['STATUS First (RECENT 1)'], 'EXAMINE takes none away')
      t.same(await two.ok('NOOP'), ['3 EXISTS', '1 RECENT', '4 EXISTS', '2 RECENT'].slice(2))
    },
  )

  await t.test(
    'messages that a session is told of are recent there, and for the next one no more',
    async (t) => {
      await client.ok('SELECT Archive')
      const other = await server.loggedIn()
      await other.append('Archive', message('d'))
      t.same(await client.ok('NOOP'), ['4 EXISTS', '1 RECENT'])
      await client.ok('UNSELECT')
      t.ok((await other.ok('SELECT Archive')).includes('0 RECENT'))
    },
  )

  await t.test('a mailbox that is not there: NO, and the one before is left', async (t) => {
    await client.ok('SELECT Archive')
    const { status, text } = await client.run('SELECT nowhere')
    t.equal(status, 'NO')
    t.match(text, /^\[NONEXISTENT\] /)
    t.equal((await client.run('CHECK')).status, 'BAD')
  })

  await t.test('BAD leaves the mailbox selected (RFC 3501 §6)', async (t) => {
    await client.ok('SELECT Archive')
    t.equal((await client.run('SELECT')).status, 'BAD')
    t.equal((await client.run('CHECK')).status, 'OK')
  })

  await t.test('INBOX in any case, also as a literal', async (t) => {
    for (const name of ['inbox', '"InBoX"']) t.equal((await client.run(`SELECT ${name}`)).status, 'OK')
    t.equal((await client.run('SELECT ', Buffer.from('INbox'))).status, 'OK')
  })
  t.same(server.errors, [])
})
