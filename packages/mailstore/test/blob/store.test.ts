import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { CHUNK } from '../../src/blob/open.js'
import { connect } from '../../src/db/connect.js'
import { openMailstore } from '../../src/index.js'
import { openTestStore } from '../support/store.js'

t.test('bytes of any size come back whole and in slices', async (t) => {
  const { account } = await openTestStore(t)
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17]) {
    const bytes = randomBytes(size)
    const stored = await account.blobs.put(bytes)
    t.same(stored, { digest: createHash('sha256').update(bytes).digest(), size })
    const blob = (await account.blobs.open(stored.digest))!
    t.ok(bytes.equals(await blob.read()), `${size} octets`)
    for (const [offset, length] of [
      [0, 10],
      [CHUNK - 3, 7],
      [size - 1, 100],
      [size + 5, 1],
      [1, CHUNK * 2],
    ] as const) {
      if (offset < 0) continue
      t.ok(
        bytes.subarray(offset, offset + length).equals(await blob.read(offset, length)),
        `${size}: ${offset}+${length}`,
      )
    }
  }
})

t.test('the same bytes are kept once, also from two writers at once', async (t) => {
  const { account, url } = await openTestStore(t)
  const bytes = randomBytes(CHUNK + 100)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
  }
  const stored = await Promise.all([
    account.blobs.put(pieces()),
    account.blobs.put(pieces()),
    account.blobs.put(bytes),
  ])
  t.same(new Set(stored.map((blob) => Buffer.from(blob.digest).toString('hex'))).size, 1)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  t.same(await sql`select count(*) as blobs, sum(size) as size from blob`, [
    { blobs: 1, size: String(bytes.length) },
  ])
  t.same(await sql`select count(*) as chunks from blob_chunk`, [{ chunks: 2 }])
})

t.test('bytes are stored and parsed while somebody holds the lock of the account (rule 3)', async (t) => {
  const { account, url } = await openTestStore(t)
  // Whoever would wait for the lock fails, rather than for ever.
  const other = await openMailstore({ url: `${url}${url.includes('?') ? '&' : '?'}lock_timeout=2000` })
  t.teardown(() => other.close())
  await account.transact(async () => {
    const bytes = Buffer.from('Subject: x\r\n\r\nx\r\n')
    const { digest } = await other.account(account.id).ingest(bytes, { nul: 'refuse' })
    t.ok(await other.account(account.id).blobs.open(digest))
  })
})

t.test('too large a blob is refused and leaves nothing', async (t) => {
  const { account, url } = await openTestStore(t)
  async function* endless() {
    for (;;) yield randomBytes(CHUNK)
  }
  await t.rejects(account.blobs.put(endless(), { maxSize: 3 * CHUNK }), { code: 'tooLarge' })
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  t.same(await sql`select from blob`, [])
})

t.test('another account does not see a blob, and who did not upload it neither', async (t) => {
  const { mailstore, account, principal } = await openTestStore(t)
  const other = await mailstore.directory.createAccount('bob@example.org', 'correct horse')
  const { digest } = await account.blobs.put(Buffer.from('mine'))
  t.equal(await mailstore.account(other.accountId).blobs.open(digest), null)
  t.equal(await account.uploads.canSee(principal.id, digest), false)
  await account.uploads.add(principal.id, digest, 'text/plain')
  t.equal(await account.uploads.canSee(principal.id, digest), true)
  t.equal(await account.uploads.canSee(principal.id + 1, digest), false)
  await t.rejects(account.uploads.add(principal.id, Buffer.alloc(32), 'text/plain'), { code: 'blobNotFound' })
})
