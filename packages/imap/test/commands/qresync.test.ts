// QRESYNC (RFC 7162 §3.2) over the wire.
import t from 'tap'
import type { Client, Result } from '../support/client.js'
import { aliceAt, fillMailbox, highestModseq, masked, modseqIn } from '../support/condstore.js'
import { counting } from '../support/counting.js'
import { message, openStore, startServer, type TestServer } from '../support/server.js'

async function withQresync(server: TestServer, mailbox?: string): Promise<Client> {
  const client = await server.loggedIn()
  await client.ok('ENABLE QRESYNC')
  if (mailbox) await client.ok(`SELECT ${mailbox}`)
  return client
}

/** What SELECT told beyond what it always tells. */
const news = (untagged: readonly string[]) =>
  masked(untagged.filter((line) => /^VANISHED|^\d+ FETCH/.test(line)))

t.test('expunges are VANISHED after ENABLE QRESYNC (§3.2.7, §3.2.9, §3.2.10.2)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 9)
  const client = await withQresync(server, 'Archive')
  const other = await withQresync(server, 'Archive')
  const plain = await server.loggedIn()
  await plain.ok('SELECT Archive')

  await t.test('EXPUNGE, UID EXPUNGE and MOVE tell HIGHESTMODSEQ in the tagged OK', async (t) => {
    await client.ok('STORE 2:4,6 +FLAGS.SILENT \\Deleted')
    const expunged = await client.run('UID EXPUNGE 2:5')
    t.same(expunged.untagged, ['VANISHED 2:4'])
    t.match(expunged.text, /^\[HIGHESTMODSEQ \d+\] /)
    t.equal(modseqIn(expunged.text), await highestModseq(client, 'Archive'))
    t.same((await client.run('EXPUNGE')).untagged, ['VANISHED 6'])
    const nothing = await client.run('EXPUNGE')
    t.same([nothing.untagged, nothing.text], [[], 'EXPUNGE completed'])
    const moved = await client.run('MOVE 1 Junk')
    t.same(moved.untagged.slice(1), ['VANISHED 1'])
    t.match(moved.text, /^\[HIGHESTMODSEQ \d+\] /, 'RFC 6851 §4.4')
  })

  await t.test('other connections, each in its own words', async (t) => {
    const { untagged, text } = await other.run('NOOP')
    t.same(untagged, ['VANISHED 1:4,6'])
    t.equal(modseqIn(text), await highestModseq(client, 'Archive'))
    t.same(await plain.ok('NOOP'), ['1 EXPUNGE', '1 EXPUNGE', '1 EXPUNGE', '1 EXPUNGE', '2 EXPUNGE'])
  })

  await t.test('what came and went unseen is not told of; nor anything in SEARCH with numbers', async (t) => {
    await client.append('Archive', message('brief'), '(\\Deleted)')
    await client.ok('UID STORE 5 +FLAGS.SILENT \\Deleted')
    await client.ok('EXPUNGE')
    t.same(await other.ok('UID SEARCH 1:*'), ['SEARCH 7 8 9'])
    t.same(await other.ok('SEARCH ALL'), ['SEARCH 2 3 4'])
    t.same(await other.ok('UID SEARCH ALL'), ['SEARCH 7 8 9', 'VANISHED 5'])
    t.same(await plain.ok('NOOP'), ['1 EXPUNGE'])
  })

  await t.test('while IDLE, and by another protocol', async (t) => {
    const { account, mailboxId } = await aliceAt(server, 'Archive')
    const emailId = (await account.view(mailboxId)).emailIds.at(0)
    other.send('i1 IDLE\r\n')
    t.equal(await other.response(), '+ idling')
    await account.transact((tx) => tx.email.destroy([emailId]))
    t.equal(await other.response(), '* VANISHED 7')
    const highest = await other.response()
    t.match(highest, /^\* OK \[HIGHESTMODSEQ \d+\]/)
    other.send('DONE\r\n')
    t.equal(await other.response(), 'i1 OK IDLE completed')
    t.equal(modseqIn(highest!), await highestModseq(other, 'Archive'))
  })

  await t.test('CLOSE tells no HIGHESTMODSEQ (§3.2.8)', async (t) => {
    await client.ok('UID STORE 8 +FLAGS.SILENT \\Deleted')
    const { untagged, text } = await client.run('CLOSE')
    t.same([untagged, text], [[], 'CLOSE completed'])
    t.same(await other.ok('UID FETCH 8:9 (UID)'), ['VANISHED 8', '1 FETCH (UID 9)'])
  })

  await t.test('SELECT of another mailbox says CLOSED first, also without QRESYNC (§3.2.11)', async (t) => {
    t.equal((await plain.ok('SELECT Junk'))[0], 'OK [CLOSED] The mailbox before is closed')
    t.same((await plain.run('SELECT nowhere')).untagged, ['OK [CLOSED] The mailbox before is closed'])
    t.notMatch((await plain.ok('SELECT Junk'))[0], /CLOSED/)
    await plain.ok('UNSELECT')
    t.notMatch((await plain.ok('SELECT Junk'))[0], /CLOSED/)
  })
  t.same(server.errors, [])
})

t.test('a delayed VANISHED keeps HIGHESTMODSEQ below it (§3.2, the example of §6)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 3)
  const client = await withQresync(server, 'Archive')
  const other = await withQresync(server, 'Archive')
  const before = await highestModseq(client, 'Archive')
  await other.ok('STORE 3 +FLAGS.SILENT \\Deleted')
  await client.ok('NOOP')
  const told = await highestModseq(client, 'Archive')
  t.ok(told > before)
  await other.ok('EXPUNGE')
  const expunged = await highestModseq(other, 'Archive')
  for (const command of [
    'STORE 1 +FLAGS.SILENT \\Seen',
    'FETCH 2 BODY[TEXT]',
    'FETCH 1 (MODSEQ)',
    'STORE 2 -FLAGS \\Seen',
  ]) {
    const { untagged, text } = await client.run(command)
    t.ok(modseqIn(untagged.findLast((line) => line.includes('FETCH'))) > told, command)
    t.equal(modseqIn(text), told, command)
    t.ok(modseqIn(text) < expunged, `${command}: below the expunge`)
  }
  const { untagged, text } = await client.run('NOOP')
  t.same(untagged, ['VANISHED 3'])
  t.equal(modseqIn(text), await highestModseq(other, 'Archive'))
})

t.test('SELECT (QRESYNC …) (§3.2.5)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 10)
  const other = await withQresync(server, 'Archive')
  const client = await withQresync(server)
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  const { uidValidity, highestModseq: since } = await account.view(mailboxId)
  const select = async (rest: string) =>
    news(await client.ok(`SELECT Archive (QRESYNC (${uidValidity} ${rest}))`))

  t.same(await select(`${since}`), [], 'nothing changed')
  await other.ok('STORE 2,5,9 +FLAGS.SILENT \\Deleted')
  await other.ok('STORE 4 +FLAGS.SILENT \\Seen')
  const middle = await highestModseq(other, 'Archive')
  await other.ok('EXPUNGE')
  await other.append('Archive', message('new'))
  const flags = '3 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (M))'
  const arrived = '8 FETCH (UID 11 FLAGS () MODSEQ (M))'
  t.same(await select(`${since}`), ['VANISHED (EARLIER) 2,5,9', flags, arrived])
  const cases: [rest: string, expected: string[]][] = [
    [`${since} 1:10`, ['VANISHED (EARLIER) 2,5,9', flags]],
    [`${since} 1:3,9`, ['VANISHED (EARLIER) 2,9']],
    [`${since} 6:8`, []],
    [`${since} 1:4294967295`, ['VANISHED (EARLIER) 2,5,9', flags, arrived]],
    [`${middle} 1:10`, ['VANISHED (EARLIER) 2,5,9']],
    [`${middle}`, ['VANISHED (EARLIER) 2,5,9', arrived]],
    // Message 1 has UID 1; message 6 has UID 8 now; the client's message 7 had UID 7.
    [`${since} 1:10 (1,7 1,7)`, ['VANISHED (EARLIER) 2,5,9', flags]],
    [`${since} 1:10 (1,6 1,8)`, ['VANISHED (EARLIER) 9', flags]],
    [`${since} (1,6 1,8)`, ['VANISHED (EARLIER) 9', flags, arrived]],
    [`9223372036854775807`, []],
  ]
  for (const [rest, expected] of cases) t.same(await select(rest), expected, rest)
  t.same(
    news(await client.ok(`EXAMINE Archive (QRESYNC (${uidValidity} ${since} 2))`)),
    ['VANISHED (EARLIER) 2'],
    'EXAMINE',
  )
  t.same(
    news(await client.ok(`SELECT Archive (QRESYNC (${uidValidity + 1} ${since}))`)),
    [],
    'another UIDVALIDITY',
  )

  const answer = await client.ok(`SELECT Archive (QRESYNC (${uidValidity} ${since}))`)
  t.ok(
    answer.findIndex((line) => line.startsWith('VANISHED')) >
      answer.findIndex((line) => line.endsWith('EXISTS')),
  )
  t.equal(
    modseqIn(answer.find((line) => line.includes('HIGHESTMODSEQ'))),
    await highestModseq(other, 'Archive'),
  )

  await t.test('what is refused', async (t) => {
    const plain = await server.loggedIn()
    await plain.ok('SELECT Archive (CONDSTORE)')
    for (const command of [
      `SELECT Archive (QRESYNC (${uidValidity} ${since}))`,
      `UID FETCH 1:* FLAGS (CHANGEDSINCE ${since} VANISHED)`,
    ])
      t.equal((await plain.run(command)).status, 'BAD', `${command}, without ENABLE QRESYNC`)
    t.equal((await plain.run('CHECK')).status, 'OK')
    t.equal((await client.run(`FETCH 1 FLAGS (CHANGEDSINCE ${since} VANISHED)`)).status, 'BAD')
    t.equal((await client.run('UID FETCH 1 FLAGS (VANISHED)')).status, 'BAD')
  })

  await t.test('UID FETCH (CHANGEDSINCE n VANISHED) (§3.2.6)', async (t) => {
    const fetch = async (set: string, modseq: number) =>
      masked(await client.ok(`UID FETCH ${set} (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`))
    t.same(await fetch('1:*', since), ['VANISHED (EARLIER) 2,5,9', flags, arrived])
    t.same(await fetch('3:8', since), ['VANISHED (EARLIER) 5', flags])
    t.same(await fetch('1:3', middle), ['VANISHED (EARLIER) 2'])
    t.same(await fetch('6:8', since), [])
    await other.ok('UID STORE 11 +FLAGS.SILENT \\Deleted')
    await other.ok('EXPUNGE')
    t.same(
      await fetch('8:*', middle),
      ['VANISHED 11', 'VANISHED (EARLIER) 9,11'],
      'the one kind is not mixed with the other (§3.2.10)',
    )
  })
  t.same(server.errors, [])
})

t.test('behind the horizon: what the client knows and is not there (§3.2.5.2, §3.2.6)', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 9)
  const other = await withQresync(server, 'Archive')
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  const { uidValidity, highestModseq: since } = await account.view(mailboxId)
  await other.ok('STORE 1:2,4:5,7:8 +FLAGS.SILENT \\Deleted')
  await other.ok('EXPUNGE')
  await server.mailstore.housekeeping.run({ retention: { tombstoneDays: 0 } })
  t.equal(await account.read((r) => r.changes.vanished(mailboxId, since)), null, 'it is forgotten')
  const client = await withQresync(server)
  const select = async (rest: string) =>
    news(await client.ok(`SELECT Archive (QRESYNC (${uidValidity} ${rest}))`))
  t.same(await select(`${since}`), ['VANISHED (EARLIER) 1:2,4:5,7:8'])
  t.same(await select(`${since} 3:5`), ['VANISHED (EARLIER) 4:5'])
  t.same(await select(`${since} 1:9 (1,2 3,6)`), ['VANISHED (EARLIER) 7:8'])
  t.same(await select(`${since} 1:9 (1,2,3 3,6,9)`), [], 'the client knew')
  t.same(await client.ok(`UID FETCH 6:9 (UID) (CHANGEDSINCE ${since} VANISHED)`), ['VANISHED (EARLIER) 7:8'])
  const quiet = (await account.view(mailboxId)).highestModseq
  t.same(await select(`${quiet}`), [], 'who has the latest state has missed nothing')
})

/** A client's copy of a mailbox, kept as §6 says. */
function createCopy() {
  /** UID → flags. */
  const flags = new Map<number, string>()
  let known = 1
  return {
    flags,
    get known() {
      return known
    },
    learn({ untagged, text }: Pick<Result, 'untagged' | 'text'>): void {
      let highest = 0
      let said: number | null = null
      for (const line of [...untagged, text]) {
        const fetch = /^\d+ FETCH \(UID (\d+) FLAGS (\(.*?\)) MODSEQ \((\d+)\)\)/.exec(line)
        if (fetch) {
          flags.set(Number(fetch[1]), fetch[2]!.replace(/\\Recent ?/, ''))
          highest = Math.max(highest, Number(fetch[3]))
        }
        const vanished = /^VANISHED (?:\(EARLIER\) )?(\S+)/.exec(line)?.[1]
        for (const range of vanished?.split(',') ?? []) {
          const [from, to = from] = range.split(':').map(Number)
          for (let uid = from!; uid <= to!; uid++) flags.delete(uid)
        }
        if (/^(?:OK )?\[HIGHESTMODSEQ/.test(line)) said = modseqIn(line)
      }
      // What the server says is used even where higher ones were seen.
      known = said ?? Math.max(known, highest)
    },
  }
}

t.test('a client that loses its line after any command misses nothing', async (t) => {
  const server = await startServer(t)
  await fillMailbox(server, 'Archive', 12)
  const other = await withQresync(server, 'Archive')
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  const { uidValidity } = await account.view(mailboxId)
  const copy = createCopy()
  let changes = 0
  const change = async () => {
    const { uids } = await account.view(mailboxId)
    const uid = uids[(++changes * 5) % uids.length]!
    if (changes % 2) await account.expunge(mailboxId, [uid], { onlyDeleted: false })
    else await account.store(mailboxId, [uid], { mode: 'add', keywords: [`k${changes}`], deleted: false })
    await other.append('Archive', message(`late ${changes}`))
  }
  const commands = [
    'STORE 1 +FLAGS (\\Seen)',
    'FETCH 1:2 (UID FLAGS MODSEQ)',
    'UID STORE 1:* +FLAGS ($Round)',
    'NOOP',
  ]
  const resync = async () => {
    const client = await withQresync(server)
    copy.learn(await client.run(`SELECT Archive (QRESYNC (${uidValidity} ${copy.known}))`))
    // §6: what is new since then, it asks for by itself.
    copy.learn(await client.run(`UID FETCH ${Math.max(0, ...copy.flags.keys()) + 1}:* (FLAGS MODSEQ)`))
    return client
  }
  for (let count = 0; count <= commands.length; count++) {
    const client = await resync()
    for (const command of commands.slice(0, count)) {
      await change()
      await change()
      copy.learn(await client.run(command))
    }
    client.close()
  }
  const client = await resync()
  const truth = (await client.ok('UID FETCH 1:* (FLAGS)')).map((line) => {
    const [, uid, flags] = /UID (\d+) FLAGS (\(.*\))\)/.exec(line)!
    return [Number(uid), flags!.replace(/\\Recent ?/, '')]
  })
  t.same(
    [...copy.flags].sort(([a], [b]) => a - b),
    truth,
  )
})

t.test('resynchronizing costs as many reads after many changes as after few', async (t) => {
  const store = counting(await openStore(t))
  const server = await startServer(t, {}, store)
  await fillMailbox(server, 'Archive', 60)
  const { account, mailboxId } = await aliceAt(server, 'Archive')
  const { uidValidity, highestModseq: since } = await account.view(mailboxId)
  const client = await withQresync(server)
  const costs = async (command: string) => {
    Object.assign(store.calls, { reads: 0, views: 0, blobs: 0 })
    const lines = await client.ok(command)
    return { changes: news(lines).length, ...store.calls }
  }
  const measure = async () => [
    await costs(`SELECT Archive (QRESYNC (${uidValidity} ${since}))`),
    await costs(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${since} VANISHED)`),
  ]
  const flag = (uids: number[]) =>
    account.store(mailboxId, uids, { mode: 'add', keywords: ['$seen'], deleted: false })
  await flag([1])
  await account.expunge(mailboxId, [2], { onlyDeleted: false })
  t.same(await measure(), [
    { changes: 2, reads: 2, views: 1, blobs: 0 },
    { changes: 2, reads: 1, views: 1, blobs: 0 },
  ])
  await flag(Array.from({ length: 50 }, (_, index) => index + 1))
  await account.expunge(
    mailboxId,
    Array.from({ length: 9 }, (_, index) => index + 52),
    { onlyDeleted: false },
  )
  t.same(await measure(), [
    { changes: 50, reads: 2, views: 1, blobs: 0 },
    { changes: 50, reads: 1, views: 1, blobs: 0 },
  ])
})
