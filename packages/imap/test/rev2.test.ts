import t from 'tap'
import type { Client } from './support/client.js'
import { message, startServer } from './support/server.js'

/** UTF-8 as octets of the wire. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const NAME = 'Entwürfe'
/** u and a combining diaeresis: the same name, not in NFC. */
const LOOSE = NAME.normalize('NFD')

/** The responses to one command: untagged ones, then the tagged one's status and code. */
async function answers(client: Client, line: string): Promise<string[]> {
  const { untagged, status, text } = await client.run(line)
  const code = /^\[[^\]]*\]/.exec(text)?.[0]
  return [...untagged, code ? `${status} ${code}` : status]
}

/** Sent one after the other in both modes; of the answers, those that match `about` are compared. */
type Row = [item: string, sent: string, about: RegExp, rev1: string[], rev2: string[]]

const structure = '("APPLICATION" "X-A" NIL NIL NIL "7BIT" 2 NIL ("ATTACHMENT" ("FILENAME*" VALUE)) NIL NIL)'

/** In both modes: RFC 7162 §3.2.11 asks for it, too. */
const CLOSED = 'OK [CLOSED] The mailbox before is closed'

/** RFC 9051 appendix E, by its numbers. */
const ROWS: Row[] = [
  [
    '3',
    'STATUS INBOX (SIZE DELETED)',
    /./,
    ['STATUS INBOX (SIZE 149 DELETED 0)', 'OK'],
    ['STATUS INBOX (SIZE 149 DELETED 0)', 'OK'],
  ],
  ['10', 'SELECT Sent', /LIST|CLOSED/, [], ['LIST (\\HasNoChildren \\Sent \\Subscribed) "/" Sent']],
  ['9', 'SELECT INBOX', /CLOSED/, [CLOSED], [CLOSED]],
  [
    '9, of a SELECT that fails',
    'SELECT nowhere',
    /./,
    [CLOSED, 'NO [NONEXISTENT]'],
    [CLOSED, 'NO [NONEXISTENT]'],
  ],
  ['9, not where none was selected', 'EXAMINE INBOX', /CLOSED/, [], []],
  ['9, not of CLOSE and UNSELECT', 'UNSELECT', /./, ['OK'], ['OK']],
  [
    '10 to 12',
    'SELECT INBOX',
    /LIST|RECENT|UNSEEN|EXISTS/,
    ['1 EXISTS', '0 RECENT', 'OK [UNSEEN 1] The first unseen message'],
    ['1 EXISTS', 'LIST (\\HasNoChildren \\Subscribed) "/" INBOX'],
  ],
  ['12, FETCH', 'FETCH 1 FLAGS', /./, ['1 FETCH (FLAGS ())', 'OK'], ['1 FETCH (FLAGS ())', 'OK']],
  ['16, CREATE', `CREATE "${utf8(NAME)}"`, /./, ['OK [MAILBOXID X]'], ['OK [MAILBOXID X]']],
  [
    '16, modified UTF-7 is a name like any other',
    'CREATE "&ANw-berall"',
    /./,
    ['OK [MAILBOXID X]'],
    ['OK [MAILBOXID X]'],
  ],
  [
    '16, LIST',
    'LIST "" (Entw* *berall)',
    /./,
    ['LIST (\\HasNoChildren) "/" Entw&APw-rfe', 'LIST (\\HasNoChildren) "/" &ANw-berall', 'OK'],
    [`LIST (\\HasNoChildren) "/" &ANw-berall`, `LIST (\\HasNoChildren) "/" "${utf8(NAME)}"`, 'OK'],
  ],
  ['16, octets that are not UTF-8', 'CREATE "\xfcber"', /./, ['BAD'], ['BAD']],
  [
    '16, a control character',
    `CREATE "a${utf8('\u0085')}b"`,
    /OK/,
    ['OK [MAILBOXID X]'],
    ['OK [MAILBOXID X]'],
  ],
  ['17', 'CHECK', /./, ['OK'], ['OK']],
  [
    '18',
    'FETCH 1 RFC822.SIZE',
    /./,
    ['1 FETCH (RFC822.SIZE 149)', 'OK'],
    ['1 FETCH (RFC822.SIZE 149)', 'OK'],
  ],
  ['19', 'LSUB "" Sent', /./, ['LSUB () "/" Sent', 'OK'], ['LSUB () "/" Sent', 'OK']],
  [
    '21, what was not asked for',
    'NOOP',
    /FETCH/,
    ['1 FETCH (FLAGS (\\Flagged))'],
    ['1 FETCH (UID 1 FLAGS (\\Flagged))'],
  ],
  [
    'D, 63 bits',
    'FETCH 1 BODY.PEEK[]<4294967296.4294967296>',
    /./,
    ['1 FETCH (BODY[]<4294967296> "")', 'OK'],
    ['1 FETCH (BODY[]<4294967296> "")', 'OK'],
  ],
  [
    '6',
    'FETCH 2 BODYSTRUCTURE',
    /./,
    [`2 FETCH (BODYSTRUCTURE ${structure.replace('VALUE', `"utf-8''na%C3%AFve"`)})`, 'OK'],
    [`2 FETCH (BODYSTRUCTURE ${structure.replace('VALUE', `{6}\r\n${utf8('naïve')}`)})`, 'OK'],
  ],
  ['8', 'COPY 1 nowhere', /./, ['NO [TRYCREATE]'], ['NO [TRYCREATE]']],
  [
    '7',
    'MOVE 1 Archive',
    /COPYUID|EXPUNGE|OK$/,
    ['OK [COPYUID X 1 1] Moved', '1 EXPUNGE', 'OK'],
    ['OK [COPYUID X 1 1] Moved', '1 EXPUNGE', 'OK'],
  ],
]

t.test('IMAP4rev2 beside IMAP4rev1 (RFC 9051, appendices A and E)', async (t) => {
  for (const mode of ['IMAP4rev1', 'IMAP4rev2'] as const) {
    await t.test(mode, async (t) => {
      const server = await startServer(t)
      const other = await server.loggedIn()
      await other.append('INBOX', message('one'))
      await other.ok('SELECT INBOX')
      const client = await server.loggedIn()
      if (mode === 'IMAP4rev2') t.same(await client.ok('ENABLE IMAP4rev2'), ['ENABLED IMAP4rev2'])
      for (const [item, sent, about, rev1, rev2] of ROWS) {
        if (sent === 'NOOP') await other.ok('STORE 1 +FLAGS (\\Flagged)')
        if (item === '6') {
          await other.append(
            'INBOX',
            "Content-Type: application/x-a\r\nContent-Disposition: attachment; filename*=utf-8''na%C3%AFve\r\n\r\nxx",
          )
          const told = await client.ok('NOOP')
          t.same(told, mode === 'IMAP4rev2' ? ['2 EXISTS'] : ['2 EXISTS', '0 RECENT'], '12, EXISTS')
        }
        const found = (await answers(client, sent)).filter((line) => about.test(line))
        const expected = mode === 'IMAP4rev2' ? rev2 : rev1
        t.same(
          found.map((line) => line.replace(/(COPYUID|MAILBOXID) [^ \]]+/, '$1 X')),
          expected,
          `${item}: ${sent}`,
        )
      }
      t.same(server.errors, [])
    })
  }
})

t.test(
  'a name that is not in NFC is the one that is; the client is told which (RFC 9051 §5.1, §6.3.9.7)',
  async (t) => {
    const server = await startServer(t)
    const [old, client] = [await server.loggedIn(), await server.loggedIn()]
    await client.ok('ENABLE IMAP4rev2')
    const [nfc, nfd] = [utf8(NAME), utf8(LOOSE)]
    const listed = (attributes: string, name: string, oldName: string) =>
      `LIST (${attributes}) "/" "${name}" ("OLDNAME" ("${oldName}"))`
    const none = '\\HasNoChildren'
    t.same(await answers(client, `CREATE "${nfd}"`), [
      listed(none, nfc, nfd),
      match(await client.run(`STATUS "${nfc}" (MAILBOXID)`)),
    ])
    t.ok((await answers(client, `SELECT "${nfd}"`)).includes(listed(none, nfc, nfd)))
    t.ok((await answers(client, `SELECT "${nfc}"`)).includes(`LIST (${none}) "/" "${nfc}"`))
    await client.ok('UNSELECT')
    t.same(await answers(client, `LIST "" "${nfd}"`), [`LIST (${none}) "/" "${nfc}"`, 'OK'])
    t.same(await answers(client, `STATUS "${nfd}" (MESSAGES)`), [`STATUS "${nfc}" (MESSAGES 0)`, 'OK'])
    await client.ok(`SUBSCRIBE "${nfd}"`)
    t.same(await answers(client, 'LSUB "" Entw*'), [`LSUB () "/" "${nfc}"`, 'OK'])
    t.same(await old.ok('LSUB "" Entw*'), ['LSUB () "/" Entw&APw-rfe'], 'IMAP4rev1 has modified UTF-7')
    t.same(await answers(client, `RENAME "${nfd}" "${nfd}/${nfd}"`), ['NO [CANNOT]'])
    t.same(
      await answers(client, `RENAME "${nfd}" "${utf8('a\u0308')}"`),
      [listed(`${none} \\Subscribed`, utf8('ä'), nfd), 'OK'],
      'what was subscribed still is, under the new name',
    )
    t.same(await answers(client, `RENAME "${utf8('ä')}" plain`), ['OK'], 'nothing was normalized')
    t.same(await answers(client, `RENAME plain "${nfd}"`), [
      listed(`${none} \\Subscribed`, nfc, 'plain').replace('"plain"', 'plain'),
      'OK',
    ])
    t.same(
      (await client.append(`"${nfd}"`, message('one'))).untagged,
      [listed(`${none} \\Subscribed`, nfc, nfd)],
      'RFC 9051 §6.3.12',
    )
    t.same((await old.append('Entw&APw-rfe', message('two'))).untagged, [])
    t.same(await answers(client, `DELETE "${nfd}"`), [listed('\\NonExistent', nfc, nfd), 'OK'])
    await old.ok('CREATE "a&A7E-"')
    t.match(await old.run(`CREATE "${nfd}"`), { status: 'OK' })
    await old.ok(`DELETE "${nfd}"`)
    // RFC 9051 §8 has this example.
    for (const command of ['SELECT', 'EXAMINE']) {
      const lines = await client.ok(`${command} inbox`)
      t.ok(lines.includes('LIST (\\HasNoChildren \\Subscribed) "/" INBOX ("OLDNAME" (inbox))'), command)
    }
    t.same(server.errors, [])

    function match({ untagged }: { untagged: string[] }): string {
      return `OK [MAILBOXID ${/\(MAILBOXID (.*)\)$/.exec(untagged[0]!)![1]}]`
    }
  },
)

t.test('IDLE in IMAP4rev2: the UID in each FETCH, no RECENT', async (t) => {
  const server = await startServer(t)
  const [client, other] = [await server.loggedIn(), await server.loggedIn()]
  await client.ok('ENABLE IMAP4rev2')
  await client.ok('SELECT INBOX')
  client.send('i IDLE\r\n')
  t.match(await client.response(), /^\+ /)
  await other.append('INBOX', message('one'))
  t.equal(await client.response(), '* 1 EXISTS')
  await other.ok('SELECT INBOX')
  await other.ok('STORE 1 +FLAGS (\\Seen)')
  t.equal(await client.response(), '* 1 FETCH (UID 1 FLAGS (\\Seen))')
  client.send('DONE\r\n')
  t.match(await client.response(), /^i OK/)
  t.same(server.errors, [])
})

t.test('enabled while a mailbox is selected, IMAP4rev2 is in force at once', async (t) => {
  const server = await startServer(t)
  const [client, other] = [await server.loggedIn(), await server.loggedIn()]
  await client.ok('SELECT INBOX')
  await other.append('INBOX', message('one'))
  t.same(await client.ok('NOOP'), ['1 EXISTS', '1 RECENT'])
  await other.ok('SELECT INBOX')
  await client.ok('ENABLE IMAP4rev2')
  t.same(await client.ok('FETCH 1 FLAGS'), ['1 FETCH (FLAGS ())'], 'no \\Recent')
  await other.append('INBOX', message('two'))
  await other.ok('STORE 1 +FLAGS (\\Seen)')
  t.same(await client.ok('NOOP'), ['1 FETCH (UID 1 FLAGS (\\Seen))', '2 EXISTS'])
  t.same(server.errors, [])
})
