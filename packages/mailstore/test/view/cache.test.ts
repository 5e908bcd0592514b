import t from 'tap'
import { openMailstore } from '../../src/index.js'
import { countingWire, createTestDatabase } from '../../src/testing.js'
import { fill } from '../support/fill.js'
import { mailboxIds } from '../support/store.js'

t.test('cached views stay within their memory, and the least recently used goes first', async (t) => {
  const { url } = await createTestDatabase(t)
  const wire = await countingWire(t, url)
  // Two views of 1,000 messages are 106,000 octets; three are more than there is room for.
  const mailstore = await openMailstore({ url: wire.url, viewMemory: 130_000 })
  t.teardown(() => mailstore.close())
  const { accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
  const account = mailstore.account(accountId)
  const { Archive, Junk, Sent, INBOX } = await mailboxIds(account)
  for (const id of [Archive!, Junk!, Sent!]) await fill(account, id, 1_000)
  await fill(account, INBOX!, 5_000)

  /** Rows that a look at the mailbox costs: 1,000 and more where it is read again. */
  const look = async (id: number) => {
    wire.take()
    await account.view(id)
    return wire.take().rows
  }
  const steps: [name: string, mailbox: number, isCached: boolean][] = [
    ['first look', Archive!, false],
    ['a second mailbox', Junk!, false],
    ['both are kept', Archive!, true],
    ['both are kept', Junk!, true],
    ['used last', Archive!, true],
    ['a third takes the place of Junk', Sent!, false],
    ['used before Junk went', Archive!, true],
    ['went', Junk!, false],
    ['one that is larger than all the room', INBOX!, false],
    ['stays while it is the last used', INBOX!, true],
    ['the others went for it', Junk!, false],
    ['and now it went', INBOX!, false],
  ]
  for (const [name, mailbox, isCached] of steps) {
    const rows = await look(mailbox)
    t.equal(rows < 10, isCached, `${name}: ${rows} rows`)
  }
})
