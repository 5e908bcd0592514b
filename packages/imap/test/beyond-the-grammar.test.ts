// What clients in the field send although the grammar forbids it, from the socket: docs/clients.md. What one word of it
// means is in test/wire and test/commands.
import t from 'tap'
import { message, startServer } from './support/server.js'

t.test('commands beyond the grammar do what the grammatical ones do', async (t) => {
  const server = await startServer(t, { limits: { badCommands: 1000 } })
  const client = await server.loggedIn()
  await client.ok('CREATE Archive/Old')
  for (const subject of ['one', 'two', 'three']) await client.append('Archive', message(subject))
  await client.ok('ENABLE QRESYNC')
  await client.ok('SELECT Archive')
  await client.ok('NOOP')

  const same: [text: string, as: string][] = [
    ['FETCH 1:* (FLAGS) (CHANGEDSINCE 0)', 'FETCH 1:* (FLAGS MODSEQ)'],
    ['UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0 VANISHED)', 'UID FETCH 1:* (FLAGS MODSEQ)'],
    ['FETCH  1, UID ', 'FETCH 1 UID'],
    ['FETCH 1, 3 (  UID )', 'FETCH 1,3 UID'],
    ['FETCH "1:2" FLAGS', 'FETCH 1:2 FLAGS'],
    ['uid  fetch 1:* flags ()', 'UID FETCH 1:* FLAGS'],
    ['FETCH 1 BODY.PEEK[HEADER.FIELDS ("Subject" FROM)]', 'FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject FROM)]'],
    ['FETCH 1 body.peek[ header.fields(Subject) ]', 'FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]'],
    ['FETCH 1 BODY.PEEK[TEXT]<3>', 'FETCH 1 BODY.PEEK[TEXT]<3.9000>'],
    ['SEARCH MODSEQ 0', 'SEARCH MODSEQ 1'],
    ['SEARCH  SEEN  ', 'SEARCH SEEN'],
    ['SEARCH CHARSET "" SUBJECT two', 'SEARCH SUBJECT two'],
    ['SEARCH SENTSINCE " 1-jan-2026"', 'SEARCH SENTSINCE 1-Jan-2026'],
    ['STATUS inbox ( MESSAGES  MESSAGES )', 'STATUS INBOX (MESSAGES)'],
    ['STATUS "iNbOx" messages', 'STATUS INBOX (MESSAGES)'],
    ['LIST  "" Arch* ', 'LIST "" "Arch*"'],
    ['LIST "" ( Arch* )', 'LIST "" (Arch*)'],
    ['LIST "" %', 'LIST "" "%"'],
    ['LIST () "" % RETURN ( )', 'LIST "" %'],
    ['LIST "" inbox', 'LIST "" INBOX'],
    ['LSUB  "" Arch% ', 'LSUB "" "Arch%"'],
    ['ID', 'ID NIL'],
    ['ID ( )', 'ID NIL'],
    ['ID (name Mail version 16)', 'ID ("name" "Mail" "version" "16")'],
    ['ENABLE CONDSTORE ', 'ENABLE CONDSTORE'],
    ['CAPABILITY ', 'CAPABILITY'],
    [' NOOP ', 'NOOP'],
  ]
  for (const [text, as] of same) {
    const expected = await client.run(as)
    const given = await client.run(text)
    t.equal(expected.status, 'OK', as)
    t.equal(given.status, 'OK', `${text}: ${given.text}`)
    t.same(given.untagged, expected.untagged, text)
  }

  await t.test('changes', async (t) => {
    const changes: [text: string, flags: string][] = [
      ['STORE 2 +FLAGS \\Seen  \\flagged ', '\\Flagged \\Seen'],
      ['STORE 2, -flags.silent ( \\Seen )', '\\Flagged'],
      ['STORE "2" FLAGS ("\\\\Answered" $Forwarded)', '\\Answered $Forwarded'],
      ['STORE 2 () +FLAGS (\\Draft)', '\\Answered \\Draft $Forwarded'],
      ['STORE 2 FLAGS ()', ''],
    ]
    for (const [text, flags] of changes) {
      t.equal((await client.run(text)).status, 'OK', text)
      t.match((await client.ok('UID FETCH 2 FLAGS'))[0], `FLAGS (\\Recent${flags ? ` ${flags}` : ''})`, text)
    }
    t.match(await client.run('STORE 2 (UNCHANGEDSINCE 0) +FLAGS \\Seen'), { text: /^\[MODIFIED 2\]/ })
    t.match(
      await client.run('COPY 1, "archive/Old"'),
      { status: 'NO', text: /^\[TRYCREATE\]/ },
      'one mailbox, one case',
    )
    t.equal((await client.run('COPY 1,  Archive/Old/ ')).status, 'OK')
    t.equal((await client.run('UID  MOVE 3 , INBOX')).status, 'OK')
  })

  await t.test('names of mailboxes', async (t) => {
    const names = async () => (await client.ok('LIST "" *')).map((line) => line.replace(/^.*"\/" /, ''))
    await client.ok('CREATE Trailing/')
    await client.ok('CREATE "Trailing/sub/" ()')
    await client.ok('RENAME Trailing/ Renamed/')
    t.match(await names(), ['Renamed', 'Renamed/sub'])
    await client.ok('SELECT Renamed/ ()')
    await client.ok('SUBSCRIBE Renamed/')
    t.same(await client.ok('LSUB "" Ren%'), ['LSUB () "/" Renamed'])
    await client.ok('UNSUBSCRIBE "Renamed/"')
    await client.ok('DELETE Renamed/sub/')
    await client.ok('CREATE 50%*')
    t.same(await client.ok('STATUS 50%* (MESSAGES)'), ['STATUS "50%*" (MESSAGES 0)'])
    await client.ok('DELETE "50%*"')
    await client.ok('CREATE "Entw\xc3\xbcrfe"')
    t.same(await client.ok('STATUS "Entw\xc3\xbcrfe" (MESSAGES)'), ['STATUS Entw&APw-rfe (MESSAGES 0)'])
    await client.ok('DELETE Entw&APw-rfe')
  })

  await t.test('lines end with LF alone', async (t) => {
    const bare = await server.loggedIn()
    bare.send('a NOOP\n')
    t.match(await bare.response(), /^a OK/)
    bare.send('b STATUS {5+}\nINBOX (MESSAGES)\n')
    t.match(await bare.response(), /^\* STATUS INBOX/)
    t.match(await bare.response(), /^b OK/)
  })
  t.same(server.errors, [])
})

t.test('LOGIN takes a bare password of any characters but a space', async (t) => {
  const server = await startServer(t)
  const passwords = [
    'horse%battery*',
    'correct]horse',
    'back\\slash-horse',
    'say"horse"loud',
    '(battery){horse',
    'pferd-gr\u00f6\u00dfe',
  ]
  for (const [index, password] of passwords.entries()) {
    const name = `user${index}@example.org`
    await server.mailstore.directory.createAccount(name, password)
    const client = await server.connect()
    const wire = Buffer.from(password).toString('latin1')
    t.equal((await client.run(`LOGIN ${name}  ${wire} `)).status, 'OK', password)
    const quoted = await server.connect()
    t.equal(
      (await quoted.run(`LOGIN "${name}" "${wire.replace(/["\\]/g, '\\$&')}"`)).status,
      'OK',
      'as when quoted',
    )
  }
})
