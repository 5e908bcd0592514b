// ESEARCH (RFC 4731) and SEARCHRES (RFC 5182) over the wire.
import t from 'tap'
import { aliceAt, fillMailbox, modseqIn } from '../support/condstore.js'
import { message, startServer } from '../support/server.js'

t.test('ESEARCH: the tag, UID, and one response (RFC 4731 §3.1)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 4)
  const client = await server.loggedIn()
  await client.ok('SELECT Archive')
  await client.ok('UID STORE 1 +FLAGS.SILENT \\Deleted')
  await client.ok('EXPUNGE')
  client.send('Tag.1 SEARCH RETURN (MIN COUNT) ALL\r\n')
  t.equal(await client.response(), '* ESEARCH (TAG "Tag.1") MIN 1 COUNT 3')
  t.equal(await client.response(), 'Tag.1 OK SEARCH completed')
  const esearch = async (text: string) =>
    (await client.ok(text)).map((line) => line.replace(/\(TAG "t\d+"\)/, '(TAG)'))
  t.same(await esearch('UID SEARCH RETURN (MIN MAX) 1:5000'), ['ESEARCH (TAG) UID MIN 2 MAX 4'])
  t.same(await esearch('SEARCH RETURN () CHARSET UTF-8 SUBJECT m'), ['ESEARCH (TAG) ALL 1:3'])
  t.same(await esearch('SEARCH RETURN (ALL COUNT) FLAGGED'), ['ESEARCH (TAG) COUNT 0'])
  const modseqs = (await client.ok('FETCH 1:* MODSEQ')).filter((line) => line.includes('FETCH')).map(modseqIn)
  t.same(await esearch('SEARCH RETURN (MIN) MODSEQ 1'), [`ESEARCH (TAG) MIN 1 MODSEQ ${modseqs[0]}`])
  t.same(await esearch('SEARCH RETURN (ALL) MODSEQ 1'), [`ESEARCH (TAG) ALL 1:3 MODSEQ ${modseqs[2]}`])
  t.same(await esearch('SEARCH RETURN (ALL) MODSEQ 99999'), ['ESEARCH (TAG)'])
  t.equal((await client.run('SEARCH RETURN (PARTIAL 1:5) ALL')).status, 'BAD')
  t.same(server.errors, [])
})

t.test('SEARCHRES: $ in every command that takes messages (RFC 5182 §2)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 6)
  const [client, other] = await server.two('Archive')
  const saved = async () => (await client.ok('UID SEARCH $'))[0]
  const save = (keys: string, options = 'SAVE') => client.ok(`SEARCH RETURN (${options}) ${keys}`)

  await t.test('it is empty at first, and that is no error', async (t) => {
    for (const command of [
      'FETCH $ FLAGS',
      'UID FETCH $ FLAGS',
      'STORE $ +FLAGS \\Seen',
      'UID STORE $ +FLAGS \\Seen',
      'COPY $ Junk',
      'UID COPY $ Junk',
      'MOVE $ Junk',
      'UID MOVE $ Junk',
      'UID EXPUNGE $',
      'SEARCH $',
    ]) {
      const { status, untagged } = await client.run(command)
      t.same([status, untagged], ['OK', command === 'SEARCH $' ? ['SEARCH'] : []], command)
    }
    t.same(await client.ok('SEARCH NOT $'), ['SEARCH 1 2 3 4 5 6'])
  })

  await t.test('it takes no response of its own, and stands for numbers and UIDs alike', async (t) => {
    await client.ok('UID STORE 1 +FLAGS.SILENT \\Deleted')
    await client.ok('EXPUNGE')
    await other.ok('NOOP')
    t.same(await save('UID 3,5'), [])
    t.same(await client.ok('FETCH $ (UID)'), ['2 FETCH (UID 3)', '4 FETCH (UID 5)'])
    t.same(await client.ok('UID FETCH $ (UID)'), ['2 FETCH (UID 3)', '4 FETCH (UID 5)'])
    t.same(await client.ok('SEARCH UID $'), ['SEARCH 2 4'])
    t.same(await client.ok('SEARCH OR $ 1'), ['SEARCH 1 2 4'])
    t.same(await client.ok('STORE $ +FLAGS (\\Seen)'), [
      '2 FETCH (FLAGS (\\Seen))',
      '4 FETCH (FLAGS (\\Seen))',
    ])
    t.same(await other.ok('NOOP'), ['2 FETCH (FLAGS (\\Seen))', '4 FETCH (FLAGS (\\Seen))'])
    t.match((await client.run('UID COPY $ Junk')).text, /^\[COPYUID \d+ 3,5 1:2\]/)
    t.match(await client.run('SEARCH RETURN (MAX SAVE) SEEN'), { untagged: [/MAX 4$/] })
    t.equal(await saved(), 'SEARCH 5')
    t.equal((await client.run('FETCH $,1 FLAGS')).status, 'BAD', 'it stands alone')
  })

  await t.test('who changes it, and who does not', async (t) => {
    await save('UID 3,5')
    for (const [command, status] of [
      ['SEARCH ALL', 'OK'],
      ['SEARCH RETURN (ALL) ALL', 'OK'],
      ['SEARCH RETURN (SAVE) NONSENSE', 'BAD'],
      ['SEARCH RETURN (SAVE WRONG) ALL', 'BAD'],
      ['SEARCH CHARSET X-NONE ALL', 'NO'],
      ['SEARCH RETURN (ALL) CHARSET X-NONE ALL', 'NO'],
    ] as const) {
      t.equal((await client.run(command)).status, status, command)
      t.equal(await saved(), 'SEARCH 3 5', command)
    }
    t.match(await client.run('SEARCH RETURN (SAVE) CHARSET X-NONE ALL'), {
      status: 'NO',
      text: /^\[BADCHARSET/,
    })
    t.equal(await saved(), 'SEARCH', 'NO with SAVE empties it')
    await save('ALL')
    await save('FLAGGED')
    t.equal(await saved(), 'SEARCH', 'and so does finding nothing')
  })

  await t.test('what is expunged leaves it, by whomever', async (t) => {
    await save('ALL')
    const { account, mailboxId } = await aliceAt(server, 'Archive')
    await account.expunge(mailboxId, [3], { onlyDeleted: false })
    t.same(
      await client.ok('FETCH $ UID'),
      ['1 FETCH (UID 2)', '3 FETCH (UID 4)', '4 FETCH (UID 5)', '5 FETCH (UID 6)'],
      'at once, though the numbers show that the client is not told of it yet',
    )
    t.match(await client.run('COPY $ Sent'), { status: 'OK', text: /^\[COPYUID \d+ 2,4:6 / })
    t.equal(await saved(), 'SEARCH 2 4 5 6')
    t.same(
      await client.ok('FETCH $ UID'),
      [2, 4, 5, 6].map((uid, at) => `${at + 1} FETCH (UID ${uid})`),
    )
    await other.append('Archive', message('new'))
    await client.ok('NOOP')
    t.equal(await saved(), 'SEARCH 2 4 5 6', 'what comes later is not in it')
    await client.ok('UID STORE 4 +FLAGS.SILENT \\Deleted')
    t.same(await client.ok('UID EXPUNGE $'), ['2 EXPUNGE'])
    t.equal(await saved(), 'SEARCH 2 5 6')
    await client.ok('MOVE $ Junk')
    t.equal(await saved(), 'SEARCH')
  })

  await t.test('SELECT empties it', async (t) => {
    await save('ALL')
    await client.ok('SELECT Archive')
    t.equal(await saved(), 'SEARCH')
  })

  await t.test('pipelined, each command sees the one before it (§2.3)', async (t) => {
    client.send('p1 SEARCH RETURN (SAVE) ALL\r\np2 UID FETCH $ (UID)\r\n')
    const lines: string[] = []
    for (let line = await client.response(); line; line = await client.response()) {
      lines.push(line)
      if (line.startsWith('p2')) break
    }
    t.same(lines, ['p1 OK SEARCH completed', '* 1 FETCH (UID 7)', 'p2 OK FETCH completed'])
  })
  t.same(server.errors, [])
})
