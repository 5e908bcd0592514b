import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('STORE (RFC 3501 §6.4.6)', async (t) => {
  const server = await startServer(t)
  const setup = await server.loggedIn()
  for (const subject of ['a', 'b', 'c']) await setup.append('Archive', message(subject))
  // Takes \Recent away.
  await setup.ok('SELECT Archive')
  await setup.ok('UNSELECT')
  const [client, other] = await server.two('Archive')

  await t.test('answers with the flags; the other connection is told of what changed', async (t) => {
    t.same(await client.ok('STORE 1:2 +FLAGS (\\Seen)'), [
      '1 FETCH (FLAGS (\\Seen))',
      '2 FETCH (FLAGS (\\Seen))',
    ])
    t.same(await other.ok('NOOP'), ['1 FETCH (FLAGS (\\Seen))', '2 FETCH (FLAGS (\\Seen))'])
    t.same(await client.ok('STORE 2:3 +FLAGS \\Seen'), [
      '2 FETCH (FLAGS (\\Seen))',
      '3 FETCH (FLAGS (\\Seen))',
    ])
    t.same(await other.ok('NOOP'), ['3 FETCH (FLAGS (\\Seen))'], 'not of what did not')
    t.same(await client.ok('STORE 1 -FLAGS (\\Seen \\Draft)'), ['1 FETCH (FLAGS ())'])
    t.same(await client.ok('STORE 2 FLAGS (\\Flagged \\Answered)'), [
      '2 FETCH (FLAGS (\\Answered \\Flagged))',
    ])
    t.same(await client.ok('STORE 2:3 FLAGS ()'), ['2 FETCH (FLAGS ())', '3 FETCH (FLAGS ())'])
    t.same(await other.ok('NOOP'), ['1 FETCH (FLAGS ())', '2 FETCH (FLAGS ())', '3 FETCH (FLAGS ())'])
    t.same(await client.ok('UID STORE 3 +FLAGS \\Draft'), ['3 FETCH (UID 3 FLAGS (\\Draft))'])
    t.same(await client.ok('UID STORE 99:100 +FLAGS \\Draft'), [])
    t.same(await client.ok('STORE 3 FLAGS ()'), ['3 FETCH (FLAGS ())'])
    await other.ok('NOOP')
  })

  await t.test('.SILENT is silent for the one who sent it', async (t) => {
    t.same(await client.ok('STORE 1:3 +FLAGS.SILENT (\\Deleted $Keyword)'), [
      'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Keyword)',
      'OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Keyword \\*)] Flags that can be changed',
    ])
    t.same(
      (await other.ok('NOOP')).slice(-3),
      [1, 2, 3].map((n) => `${n} FETCH (FLAGS (\\Deleted $Keyword))`),
    )
    t.same(await client.ok('STORE 1:3 FLAGS.SILENT ()'), [])
    await other.ok('NOOP')
  })

  await t.test('what somebody else changed meanwhile is announced all the same (the note)', async (t) => {
    await other.ok('STORE 1 +FLAGS.SILENT \\Flagged')
    t.same(
      await client.ok('STORE 1:2 +FLAGS.SILENT \\Seen'),
      ['1 FETCH (FLAGS (\\Flagged))', '1 FETCH (FLAGS (\\Flagged \\Seen))'],
      'with how it ended, for a client cannot know which of the two came first',
    )
    t.same(await client.ok('FETCH 1:2 FLAGS'), [
      '1 FETCH (FLAGS (\\Flagged \\Seen))',
      '2 FETCH (FLAGS (\\Seen))',
    ])
    await client.ok('STORE 1:2 FLAGS.SILENT ()')
    await other.ok('NOOP')
  })

  await t.test('keywords are shown as first spelled; both learn of a new one', async (t) => {
    const untagged = await client.ok('STORE 1 +FLAGS NewWord')
    t.match(untagged[0], /^FLAGS \(.*NewWord.*\)$/)
    t.match(untagged[1], /^OK \[PERMANENTFLAGS \(.*NewWord.* \\\*\)\]/)
    t.equal(untagged[2], '1 FETCH (FLAGS (NewWord))')
    t.match((await other.ok('NOOP'))[0], /^FLAGS \(.*NewWord.*\)$/)
    t.same(await client.ok('STORE 2 +FLAGS newword'), ['2 FETCH (FLAGS (NewWord))'])
    t.same(await client.ok('STORE 2 -FLAGS NEWWORD'), ['2 FETCH (FLAGS ())'])
    t.same(await client.ok('STORE 1 FLAGS ()'), ['1 FETCH (FLAGS ())'])
    await other.ok('NOOP')
  })

  await t.test('two UIDs of one email have its flags, each its own \\Deleted', async (t) => {
    await client.ok('COPY 1 Archive')
    t.ok((await other.ok('NOOP')).includes('4 EXISTS'))
    t.same(await client.ok('STORE 1 +FLAGS.SILENT \\Flagged'), ['4 FETCH (FLAGS (\\Recent \\Flagged))'])
    t.same(
      (await other.ok('NOOP')).map((line) => line.replace('\\Recent ', '')),
      ['1 FETCH (FLAGS (\\Flagged))', '4 FETCH (FLAGS (\\Flagged))'],
    )
    t.same(await client.ok('STORE 4 +FLAGS \\Deleted'), ['4 FETCH (FLAGS (\\Recent \\Flagged \\Deleted))'])
    await client.ok('EXPUNGE')
    t.ok((await other.ok('NOOP')).includes('4 EXPUNGE'))
    await client.ok('STORE 1 FLAGS ()')
    await other.ok('NOOP')
  })

  await t.test('messages that others expunged (RFC 2180 §4.2)', async (t) => {
    await other.ok('STORE 2 +FLAGS.SILENT \\Deleted')
    await other.ok('EXPUNGE')
    const mixed = await client.run('STORE 1:3 +FLAGS \\Seen')
    t.equal(mixed.status, 'OK', 'some were changed')
    t.match(mixed.text, /^\[EXPUNGEISSUED\]/)
    t.same(mixed.untagged, ['1 FETCH (FLAGS (\\Seen))', '3 FETCH (FLAGS (\\Seen))'], 'no EXPUNGE in STORE')
    t.match(await client.run('STORE 1:3 +FLAGS.SILENT \\Seen'), { status: 'OK', text: /^\[EXPUNGEISSUED\]/ })
    t.match(await client.run('STORE 2 +FLAGS \\Seen'), {
      status: 'NO',
      text: /^\[EXPUNGEISSUED\]/,
      untagged: [],
    })
    t.match(await client.run('STORE 2 +FLAGS.SILENT \\Seen'), { status: 'OK' }, '§4.2.1')
    t.same(await client.ok('UID STORE 1:3 -FLAGS \\Seen'), [
      '1 FETCH (UID 1 FLAGS ())',
      '3 FETCH (UID 3 FLAGS ())',
      '2 EXPUNGE',
    ])
    await other.ok('NOOP')
  })

  await t.test('what is refused', async (t) => {
    const cases: [text: string, status: string, code: string][] = [
      ['STORE 9 +FLAGS \\Seen', 'BAD', ''],
      ['STORE 0 +FLAGS \\Seen', 'BAD', ''],
      ['STORE 1 FLAGS', 'BAD', ''],
      ['STORE 1 *FLAGS \\Seen', 'BAD', ''],
      ['STORE 1 FLAGS.LOUD \\Seen', 'BAD', ''],
      ['STORE 1 +FLAGS (\\Recent)', 'BAD', ''],
      ['STORE 1 +FLAGS (\\Seen', 'BAD', ''],
      ['STORE 1 +FLAGS $seen', 'NO', '[CANNOT]'],
      ['STORE 1 +FLAGS ($Draft)', 'NO', '[CANNOT]'],
    ]
    for (const [text, status, code] of cases) {
      const result = await client.run(text)
      t.equal(result.status, status, text)
      t.ok(result.text.startsWith(code), text)
    }
    t.same(await other.ok('NOOP'), [], 'nothing was changed')
    await client.ok('EXAMINE Archive')
    t.match(await client.run('STORE 1 +FLAGS \\Seen'), { status: 'NO', text: /^\[READ-ONLY\]/ })
    t.same(await other.ok('NOOP'), [])
  })
  t.same(server.errors, [])
})
