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
