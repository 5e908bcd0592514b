import t from 'tap'
import { connect } from '../../src/db/connect.js'
import { openTestStore } from '../support/store.js'

t.test('RFC 8620 §6: beyond the quota the oldest uploads go, that nothing refers to', async (t) => {
  const { account, principal, mailstore, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const quota = { octets: 1_000, uploads: 5 }
  const age = (minutes: number) => sql`
    update blob set touched_at = touched_at - make_interval(mins => ${minutes})`
  const put = async (bytes: Uint8Array) => {
    await account.uploads.makeRoom(principal.id, bytes.length, quota)
    const { digest } = await account.blobs.put(bytes)
    await account.uploads.add(principal.id, digest, 'text/plain')
    return digest
  }
  const there = async (digests: Uint8Array[]) =>
    Promise.all(digests.map(async (digest) => (await account.blobs.open(digest)) !== null))

  const text = Buffer.from('Subject: an email of these bytes\r\n\r\n'.padEnd(400, 'x'))
  const used = await put(text)
  const message = await account.ingest(text, { nul: 'refuse' })
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!
  await account.transact((tx) => tx.email.create([{ message, mailboxIds: [inbox.id] }]))
  const first = await put(Buffer.alloc(400, 1))
  const second = await put(Buffer.alloc(400, 2))
  const third = await put(Buffer.alloc(400, 3))
  t.strictSame(await there([used, first, second, third]), [true, true, true, true], 'young ones stay')

  await age(11)
  const fourth = await put(Buffer.alloc(400, 4))
  t.strictSame(await there([used, first, second, third, fourth]), [true, false, false, true, true])
  t.notOk(await account.uploads.canSee(principal.id, first))

  await age(11)
  const small: Uint8Array[] = []
  for (let n = 0; n < 6; n++) {
    small.push(await put(Buffer.of(n)))
    await age(11)
  }
  t.strictSame(await there(small), [false, true, true, true, true, true], 'their number counts too')
  for (let n = 10; n < 20; n++) await put(Buffer.of(n))
  await t.rejects(put(Buffer.of(99)), { code: 'overQuota' }, 'too many in ten minutes')
  t.strictSame(await there([used]), [true])
  const broken: unknown[] = []
  for await (const violation of mailstore.check({})) broken.push(violation)
  t.strictSame(broken, [])
})
