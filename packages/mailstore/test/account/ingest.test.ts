import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openTestStore } from '../support/store.js'

/** 40 MB each; TANDEM_LONG=1, as `npm run test:long` has it: a hundred. */
const LARGE_MESSAGES = Number(
  process.env.TANDEM_LARGE_MESSAGES ?? (process.env.TANDEM_LONG === '1' ? 100 : 3),
)
const AT_ONCE = 3
const LARGE_OCTETS = 40 * 1024 * 1024
/** Live octets over those before, with three messages of 40 MB on their way, most of it the driver's: 120 MB if held. */
const MOST_LIVE = 48 * 1024 * 1024

const MESSAGE = Buffer.from(
  [
    'From: Bob <bob@example.net>',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'Message-ID: <a@example.net>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Grüße aus Köln',
    '--b',
    'Content-Type: application/octet-stream; name=x.bin',
    'Content-Transfer-Encoding: base64',
    '',
    'AAECAwQ=',
    '--b--',
    '',
  ].join('\r\n'),
)

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

t.test('a message that streams in is what it is at once, however it is cut', async (t) => {
  const { account } = await openTestStore(t)
  const whole = await account.ingest(MESSAGE, { nul: 'refuse' })
  t.equal(whole.summary.subject, 'Grüße')
  for (const size of [1, 7, 100, MESSAGE.length, MESSAGE.length + 1]) {
    t.same(await account.ingest(pieces(MESSAGE, size), { nul: 'refuse' }), whole, `pieces of ${size}`)
  }
  const empty = await account.ingest(Buffer.alloc(0), { nul: 'refuse' })
  t.same(await account.ingest(pieces(Buffer.alloc(0), 1), { nul: 'refuse' }), empty, 'no piece at all')
})

t.test('a NUL in what streams in is refused or replaced', async (t) => {
  const { account } = await openTestStore(t)
  const bytes = Buffer.concat([MESSAGE, Buffer.from('a\0b\0\0'), MESSAGE])
  const whole = await account.ingest(bytes, { nul: 'replace' })
  for (const size of [1, 3, 1_000]) {
    t.same(await account.ingest(pieces(bytes, size), { nul: 'replace' }), whole, `pieces of ${size}`)
  }
  const stored = await (await account.blobs.open(whole.digest))!.read()
  t.ok(Buffer.from(stored).equals(Buffer.from(bytes.map((octet) => octet || 0x80))))
  t.ok(bytes.includes(0), "the caller's bytes stay as they are")
})

t.test('what is refused, or breaks off, leaves nothing behind', async (t) => {
  const { account, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const long = Buffer.alloc(1024 * 1024, 'x')
  async function* then(last: Uint8Array | Error) {
    yield* [MESSAGE, long]
    // By now the first chunks are rows.
    t.not((await sql`select from blob_chunk`).length, 0)
    if (last instanceof Error) throw last
    yield last
  }
  const cases: [name: string, last: Uint8Array | Error, error: object][] = [
    ['a NUL', Buffer.from('\0'), { code: 'invalidBytes' }],
    ['too many octets', long, { code: 'tooLarge' }],
    ['a source that fails', new Error('the client went away'), { message: 'the client went away' }],
  ]
  for (const [name, last, error] of cases) {
    const ingested = account.ingest(then(last), { nul: 'refuse', maxSize: 1_500_000 })
    t.match(await ingested.catch((reason: unknown) => reason), error, name)
    t.same(await sql`select from blob`, [], `${name}: no blob`)
    t.same(await sql`select from blob_chunk`, [], `${name}: no chunk`)
  }
})

t.test('large messages stream in and out in bounded memory', { timeout: 3_600_000 }, async (t) => {
  const { account, mailboxes } = await openTestStore(t)
  setFlagsFromString('--expose_gc')
  const collect: () => void = runInNewContext('gc')
  const live = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const line = `${'QUJD'.repeat(19)}\r\n`
  const block = Buffer.from(line.repeat(840))
  const head = (n: number) =>
    Buffer.from(MESSAGE.toString().replace('a@example.net', `${n}@example.net`).split('AAEC')[0]!)
  const tail = Buffer.from('--b--\r\n')
  async function* large(n: number, onPiece: (piece: Uint8Array) => void) {
    onPiece(head(n))
    yield head(n)
    for (let octets = 0; octets < LARGE_OCTETS; octets += block.length) {
      onPiece(block)
      yield block
    }
    onPiece(tail)
    yield tail
  }

  const before = live()
  let most = 0
  let octets = 0
  const weigh = (piece: Uint8Array) => {
    // Each 4 MB: a collection takes some milliseconds.
    if (Math.floor(octets / 4e6) !== Math.floor((octets + piece.length) / 4e6)) {
      most = Math.max(most, live() - before)
    }
    octets += piece.length
  }
  let started = 0
  const worker = async () => {
    while (started < LARGE_MESSAGES) {
      const n = started++
      const sent = createHash('sha256')
      const source = large(n, (piece) => {
        sent.update(piece)
        weigh(piece)
      })
      const message = await account.ingest(source, { nul: 'refuse' })
      const [filed] = await account.transact((tx) =>
        tx.email.create([{ message, mailboxIds: [mailboxes.INBOX!] }]),
      )
      const [email] = await account.read((r) => r.email.get([filed!.id]))
      t.equal(email!.summary.hasAttachment, true)
      const came = createHash('sha256')
      for await (const piece of (await account.blobs.open(email!.digest))!.stream()) {
        came.update(piece)
        weigh(piece)
      }
      t.ok(came.digest().equals(sent.digest()), `message ${n} came out as it went in`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const megabytes = (most / 1024 / 1024).toFixed(1)
  t.comment(`${LARGE_MESSAGES} messages of 40 MB, ${AT_ONCE} at once: ${megabytes} MB live at most`)
  t.ok(most < MOST_LIVE, `${megabytes} MB live at most`)
})
