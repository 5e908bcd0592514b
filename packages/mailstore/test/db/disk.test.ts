import t from 'tap'
import { reaching } from '../../src/db/errors.js'
import { disk, requireRoom } from '../../src/db/disk.js'
import { openMailstore } from '../../src/index.js'
import { createTestDatabase } from '../../src/testing.js'
import { message } from '../support/store.js'

t.afterEach(() => disk.setFull(false))

t.test('what Postgres refuses for want of room is diskFull, and is remembered for a while', async (t) => {
  t.notOk(disk.isFull())
  const refused = () => Promise.reject(Object.assign(new Error('could not extend file'), { code: '53100' }))
  await t.rejects(reaching(refused), { code: 'diskFull', message: /nothing can be added, deleting works/ })
  t.ok(disk.isFull())
  t.doesNotThrow(requireRoom, 'others are for Postgres to judge')
  disk.setFull(false)
  t.notOk(disk.isFull())
})

t.test('while the disk is said to be full, no bytes are taken in, and all else works', async (t) => {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
  const account = mailstore.account(accountId)
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!.id
  await account.transact((tx) => tx.email.create([{ message: ingested, mailboxIds: [inbox] }]))
  const [uid] = (await account.view(inbox)).uids

  disk.setFull(true)
  await t.rejects(account.ingest(message({ subject: 'another' }), { nul: 'refuse' }), { code: 'diskFull' })
  await t.rejects(account.blobs.put(Buffer.from('bytes')), { code: 'diskFull' })
  await account.store(inbox, [uid!], { mode: 'add', keywords: ['$seen'], deleted: true })
  t.strictSame(await account.expunge(inbox, [uid!], { onlyDeleted: true }), [uid])
  await mailstore.directory.setPassword('alice@example.org', 'battery staple')

  // A minute later its bytes go, and Postgres can use their room anew.
  const removed = await mailstore.housekeeping.run({ retention: { emailDays: 0, blobDays: 0 }, vacuum: true })
  t.match(removed, { emails: 1, blobs: 1 })
  disk.setFull(false)
  t.ok(await account.ingest(message({ subject: 'another' }), { nul: 'refuse' }))
})
