// CONDSTORE (RFC 7162 §3.1) over the wire.
import t from 'tap'
import type { Client } from '../support/client.js'
import { aliceAt, fillMailbox, highestModseq, masked, modseqIn } from '../support/condstore.js'
import { message, startServer } from '../support/server.js'

t.test(
  'commands that enable CONDSTORE: FETCH responses have UID and MODSEQ from then on (§3.1, §3.2.4)',
  async (t) => {
    const server = await startServer(t)
    await fillMailbox(server, 'Archive', 2)
    const other = await server.loggedIn()
    await other.ok('SELECT Archive')
    const enablers: [name: string, enable: (client: Client) => Promise<string[]>, inMailbox: boolean][] = [
      ['SELECT (CONDSTORE)', (client) => client.ok('SELECT Archive (CONDSTORE)'), false],
      ['EXAMINE (CONDSTORE)', (client) => client.ok('EXAMINE Archive (CONDSTORE)'), false],
      ['ENABLE CONDSTORE', (client) => client.ok('ENABLE CONDSTORE'), true],
      ['ENABLE QRESYNC', (client) => client.ok('ENABLE QRESYNC'), true],
      ['STATUS (HIGHESTMODSEQ)', (client) => client.ok('STATUS Junk (HIGHESTMODSEQ)'), true],
      ['FETCH MODSEQ', (client) => client.ok('FETCH 2 MODSEQ'), true],
      ['FETCH CHANGEDSINCE', (client) => client.ok('FETCH 1:* FLAGS (CHANGEDSINCE 99999)'), true],
      ['STORE UNCHANGEDSINCE', (client) => client.ok('STORE 2 (UNCHANGEDSINCE 99999) +FLAGS ()'), true],
      ['SEARCH MODSEQ', (client) => client.ok('SEARCH MODSEQ 0'), true],
    ]
    for (const [name, enable, inMailbox] of enablers) {
      const client = await server.loggedIn()
      const selected = await client.ok('SELECT Archive')
      const highest = selected.find((line) => line.includes('[HIGHESTMODSEQ'))
      await other.ok('STORE 1 +FLAGS.SILENT \\Flagged')
      t.same(await client.ok('NOOP'), ['1 FETCH (FLAGS (\\Flagged))'], `${name}: not aware`)
      const untagged = await enable(client)
      t.ok(
        untagged.some((line) => /^OK \[HIGHESTMODSEQ \d+\]/.test(line)),
        `${name}: tells HIGHESTMODSEQ`,
      )
      const told = modseqIn(untagged.find((line) => line.startsWith('OK [HIGHESTMODSEQ')))
      t.ok(told > modseqIn(highest), `${name}: of what the client was told by now`)
      await other.ok('STORE 1 -FLAGS.SILENT \\Flagged')
      t.same(masked(await client.ok('NOOP')), ['1 FETCH (UID 1 FLAGS () MODSEQ (M))'], name)
      if (inMailbox) {
        const again = await enable(client)
        t.notOk(
          again.some((line) => line.startsWith('OK [HIGHESTMODSEQ')),
          `${name}: HIGHESTMODSEQ only the first time`,
        )
      }
      await client.ok('LOGOUT')
    }
    t.same(server.errors, [])
  },
)

t.test('HIGHESTMODSEQ: of SELECT, STATUS and the messages agree (§3.1.2.1, §3.1.7)', async (t) => {
  const server = await startServer(t)
  const client = await server.loggedIn()
  const empty = await highestModseq(client, 'Junk')
  t.ok(empty > 0, 'a mailbox without messages has one, too')
  await fillMailbox(server, 'Archive', 3)
  const selected = await client.ok('SELECT Archive')
  const highest = modseqIn(selected.find((line) => line.includes('HIGHESTMODSEQ')))
  t.equal(await highestModseq(client, 'Archive'), highest)
  const modseqs = (await client.ok('FETCH 1:* MODSEQ')).map(modseqIn)
  t.equal(Math.max(...modseqs), highest)
  t.equal(new Set(modseqs).size, 3, 'each message has its own')

  await client.ok('STORE 1 +FLAGS.SILENT \\Seen')
  const stored = modseqIn((await client.ok('FETCH 1 MODSEQ'))[0])
  t.ok(stored > highest)
  await client.ok('STORE 1 +FLAGS.SILENT \\Seen')
  t.equal(
    modseqIn((await client.ok('FETCH 1 MODSEQ'))[0]),
    stored,
    'a flag that is set already changes nothing (§3.1.11)',
  )
  await client.append('Archive', message('new'))
  t.ok(modseqIn((await client.ok('FETCH * MODSEQ'))[0]) > stored, 'what is appended has the highest (§3.1)')
})

t.test('FETCH (CHANGEDSINCE n) (§3.1.4.1)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 4)
  const [client, other] = await server.two('Archive')
  const since = await highestModseq(client, 'Archive')
  t.same(await client.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${since})`), [])
  await other.ok('STORE 2,4 +FLAGS.SILENT \\Seen')
  t.same(masked(await client.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${since})`)), [
    '2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (M))',
    '4 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (M))',
    '2 FETCH (FLAGS (\\Seen) MODSEQ (M))',
    '4 FETCH (FLAGS (\\Seen) MODSEQ (M))',
  ])
  t.same(masked(await client.ok(`UID FETCH 1:3 FLAGS (CHANGEDSINCE ${since})`)), [
    '2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (M))',
  ])
  const last = await highestModseq(client, 'Archive')
  t.same(await client.ok(`UID FETCH 1:* FLAGS (CHANGEDSINCE ${last})`), [])
  t.equal((await client.ok(`UID FETCH 1:* FLAGS (CHANGEDSINCE ${last - 1})`)).length, 1)
  t.same(
    masked(await client.ok(`FETCH 1 BODY[TEXT] (CHANGEDSINCE 1)`)),
    ['1 FETCH (BODY[TEXT] {11}\r\nAbout m1.\r\n MODSEQ (M) UID 1 FLAGS (\\Seen))'],
    'what sets \\Seen tells UID, flags and modseq (§3.2.4)',
  )
  const changed = modseqIn((await client.ok('FETCH 1 MODSEQ'))[0])
  t.equal(changed, await highestModseq(client, 'Archive'))
  t.same(
    await client.ok('FETCH 3 FLAGS'),
    ['3 FETCH (FLAGS ())'],
    'but nothing more than asked where it does not',
  )
  t.equal((await client.run('FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)')).status, 'BAD')
})

t.test('STORE (UNCHANGEDSINCE n) (§3.1.3)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 5)
  const [client, other] = await server.two('Archive')
  const since = await highestModseq(client, 'Archive')

  await t.test('who passes is changed, who fails is shown and listed', async (t) => {
    await other.ok('STORE 2,4 +FLAGS.SILENT \\Flagged')
    const { status, text, untagged } = await client.run(
      `STORE 5,1:3 (UNCHANGEDSINCE ${since}) FLAGS (\\Seen)`,
    )
    t.equal(status, 'OK')
    t.match(text, /^\[MODIFIED 2\] /)
    t.same(masked(untagged).slice(0, 2), [
      '2 FETCH (UID 2 FLAGS (\\Flagged) MODSEQ (M))',
      '4 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (M))',
    ])
    t.same(
      masked(untagged).slice(2),
      [1, 3, 5].map((n) => `${n} FETCH (UID ${n} FLAGS (\\Seen) MODSEQ (M))`),
    )
    t.same(
      masked(await other.ok('NOOP')),
      [1, 3, 5].map((n) => `${n} FETCH (FLAGS (\\Seen))`),
    )
    const silent = await client.run(`UID STORE 2,4 (UNCHANGEDSINCE ${since}) FLAGS.SILENT (\\Draft)`)
    t.match(silent.text, /^\[MODIFIED 2,4\] /)
    t.same(
      masked(silent.untagged),
      [2, 4].map((n) => `${n} FETCH (UID ${n} FLAGS (\\Flagged) MODSEQ (M))`),
    )
    t.same(await other.ok('NOOP'), [], 'nothing was changed')
  })

  await t.test('.SILENT still tells the modseq', async (t) => {
    const now = await highestModseq(client, 'Archive')
    const stored = await client.ok(`STORE 1,5 (UNCHANGEDSINCE ${now}) +FLAGS.SILENT (\\Flagged \\Seen)`)
    t.same(masked(stored), ['1 FETCH (UID 1 MODSEQ (M))', '5 FETCH (UID 5 MODSEQ (M))'])
    t.equal(modseqIn(stored[1]), await highestModseq(client, 'Archive'))
    t.ok(modseqIn(stored[0]) > now)
    const same = await client.ok(`STORE 1 (UNCHANGEDSINCE ${modseqIn(stored[0])}) +FLAGS.SILENT (\\Flagged)`)
    t.same(same, [stored[0]!], 'also where nothing changed')
    t.same(
      masked(await client.ok('STORE 5 -FLAGS.SILENT (\\Seen)')),
      ['5 FETCH (UID 5 MODSEQ (M))'],
      'and without the modifier, to a client that knows CONDSTORE (example 14)',
    )
    t.equal((await other.ok('NOOP')).length, 2)
  })

  await t.test('0 asks whether a keyword is there; system flags are always (examples 7 and 8)', async (t) => {
    const stored = await client.run('STORE 3 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)')
    t.notMatch(stored.text, /MODIFIED/)
    t.match((await client.run('STORE 3 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)')).text, /^\[MODIFIED 3\]/)
    t.match((await client.run('UID STORE 3 (UNCHANGEDSINCE 0) -FLAGS (\\Draft)')).text, /^\[MODIFIED 3\]/)
    await other.ok('NOOP')
  })

  await t.test('another flag that changed meanwhile is no reason to fail + and - (§3.1.12)', async (t) => {
    const now = await highestModseq(client, 'Archive')
    await other.ok('STORE 1 +FLAGS.SILENT \\Answered')
    const { text, untagged } = await client.run(`STORE 1 (UNCHANGEDSINCE ${now}) +FLAGS.SILENT ($Processed)`)
    t.notMatch(text, /MODIFIED/)
    // With its flags: those of the other were told within this command.
    t.match(untagged.at(-1), /^1 FETCH \(UID 1 FLAGS \([^)]*\$Processed[^)]*\) MODSEQ/)
    await other.ok('STORE 1 -FLAGS.SILENT $Processed')
    t.match(
      (await client.run(`STORE 1 (UNCHANGEDSINCE ${modseqIn(untagged.at(-1))}) -FLAGS.SILENT ($Processed)`))
        .text,
      /^\[MODIFIED 1\]/,
      'the flag itself is',
    )
    await client.ok('NOOP')
    await other.ok('NOOP')
  })

  await t.test(
    'expunged messages: MODIFIED names no such one; HIGHESTMODSEQ below what is held back (§3.2, §6)',
    async (t) => {
      const now = await highestModseq(client, 'Archive')
      await other.ok('STORE 4 +FLAGS.SILENT \\Deleted')
      await other.ok('EXPUNGE')
      await other.ok('STORE 2 +FLAGS.SILENT \\Seen')
      const { status, text, untagged } = await client.run(`STORE 2:5 (UNCHANGEDSINCE ${now}) +FLAGS (\\Seen)`)
      t.equal(status, 'OK', 'the others were changed')
      t.match(text, /^\[MODIFIED 2\] /)
      t.match(untagged.at(-1), /^OK \[HIGHESTMODSEQ \d+\]/)
      t.ok(modseqIn(untagged.at(-1)) <= now, 'no more than was told in full')
      const fetched = await client.run('FETCH 1 (MODSEQ)')
      t.match(fetched.text, /^\[HIGHESTMODSEQ \d+\]/)
      t.ok(modseqIn(fetched.text) <= now)
      t.notMatch((await client.run('FETCH 1 FLAGS')).text, /HIGHESTMODSEQ/, 'only with a MODSEQ')
      const noop = await client.run('NOOP')
      t.same(noop.untagged, ['4 EXPUNGE'])
      t.equal(modseqIn(noop.text), await highestModseq(client, 'Archive'), 'then the real one')
      await other.ok('NOOP')
    },
  )

  await t.test('what is refused', async (t) => {
    for (const text of [
      'STORE 1 (UNCHANGEDSINCE) +FLAGS ()',
      'STORE 1 (UNCHANGEDSINCE -1) +FLAGS ()',
      'STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) +FLAGS ()',
      'STORE 1 (CHANGEDSINCE 1) +FLAGS ()',
    ])
      t.equal((await client.run(text)).status, 'BAD', text)
  })
  t.same(server.errors, [])
})

t.test('of messages that others expunged: OK where one was changed, NO where none was', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 3)
  const [client, other] = await server.two('Archive')
  await client.ok('STORE 1 (UNCHANGEDSINCE 9999999) +FLAGS.SILENT \\Draft')
  const modseq = modseqIn((await client.ok('FETCH 1 MODSEQ'))[0])
  await other.ok('STORE 3 +FLAGS \\Flagged')
  await other.ok('STORE 2 +FLAGS.SILENT \\Deleted')
  await other.ok('EXPUNGE')
  const none = await client.run('STORE 2:3 (UNCHANGEDSINCE 1) +FLAGS \\Seen')
  t.match(none, { status: 'NO', text: /^\[MODIFIED 3\]/ })
  const some = await client.run(`STORE 1:3 (UNCHANGEDSINCE ${modseq}) +FLAGS \\Seen`)
  t.match(some, { status: 'OK', text: /^\[MODIFIED 3\]/ })
  t.match(await client.run('STORE 2 (UNCHANGEDSINCE 9999999) +FLAGS \\Seen'), {
    status: 'NO',
    text: /^\[EXPUNGEISSUED\]/,
  })
  t.match(
    await client.run('UID STORE 2 (UNCHANGEDSINCE 9999999) +FLAGS \\Seen'),
    { status: 'OK' },
    'RFC 3501 §6.4.8',
  )
  t.same(server.errors, [])
})

t.test('a modseq that this same STORE gave does not fail it: an email twice in the mailbox', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 1)
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  // 2,048 UIDs of one email: three chunks.
  for (let count = 1; count < 2048; count *= 2) {
    const uids = Array.from({ length: count }, (_, index) => index + 1)
    await account.transact((tx) => tx.membership.copy(mailboxId, uids, mailboxId))
  }
  const client = await server.loggedIn()
  await client.ok('SELECT Archive (CONDSTORE)')
  const since = await highestModseq(client, 'Archive')
  const { text, untagged } = await client.run(
    `UID STORE 1:* (UNCHANGEDSINCE ${since}) +FLAGS.SILENT (\\Seen)`,
  )
  t.notMatch(text, /MODIFIED/)
  t.equal(untagged.length, 2048)
  t.match(
    (await client.run(`UID STORE 1:* (UNCHANGEDSINCE ${since}) -FLAGS.SILENT (\\Seen)`)).text,
    /^\[MODIFIED 1:2048\]/,
  )
})

t.test('SEARCH MODSEQ (§3.1.5, §3.1.6)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 4)
  const client = await server.loggedIn()
  await client.ok('SELECT Archive (CONDSTORE)')
  const modseqs = (await client.ok('FETCH 1:* MODSEQ')).map(modseqIn)
  const [, second, third, fourth] = modseqs
  t.same(await client.ok(`SEARCH MODSEQ ${third}`), [`SEARCH 3 4 (MODSEQ ${fourth})`])
  t.same(await client.ok(`UID SEARCH 1:3 MODSEQ ${second}`), [`SEARCH 2 3 (MODSEQ ${third})`])
  t.same(await client.ok(`SEARCH MODSEQ "/flags/\\\\draft" all ${fourth}`), [`SEARCH 4 (MODSEQ ${fourth})`])
  t.same(await client.ok(`SEARCH NOT MODSEQ "/flags/$MDNSent" priv ${second}`), [
    `SEARCH 1 (MODSEQ ${modseqs[0]})`,
  ])
  t.same(await client.ok(`SEARCH MODSEQ ${fourth! + 1}`), ['SEARCH'], 'none of an empty result')
  t.same(await client.ok('SEARCH ALL'), ['SEARCH 1 2 3 4'], 'nor where it is not asked for')
  for (const keys of [
    'MODSEQ',
    'MODSEQ -1',
    'MODSEQ "/flags/x" some 1',
    'MODSEQ "x" all 1',
    'MODSEQ "/flags/x" 1',
  ])
    t.equal((await client.run(`SEARCH ${keys}`)).status, 'BAD', keys)
})

t.test('a change by another protocol has a modseq as any other', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 2)
  const client = await server.loggedIn()
  await client.ok('SELECT Archive (CONDSTORE)')
  const since = await highestModseq(client, 'Archive')
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  const emailId = (await account.view(mailboxId)).emailIds.at(1)
  await account.transact((tx) => tx.email.setKeywords([emailId], { mode: 'add', keywords: ['$seen'] }))
  t.match((await client.run(`STORE 1:2 (UNCHANGEDSINCE ${since}) FLAGS (\\Draft)`)).text, /^\[MODIFIED 2\]/)
  t.same(masked(await client.ok(`UID FETCH 1:* FLAGS (CHANGEDSINCE ${since})`)), [
    '1 FETCH (UID 1 FLAGS (\\Draft) MODSEQ (M))',
    '2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (M))',
  ])
})
