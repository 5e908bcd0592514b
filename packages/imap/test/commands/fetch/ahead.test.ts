import t from 'tap'
import { message, openStore, startServer } from '../../support/server.js'

t.test('many small messages cost one statement for their octets, headers of large ones too', async (t) => {
  const store = await openStore(t)
  const { mailstore } = store
  /** Octets asked for, one entry a statement. */
  const asked: number[] = []
  const counting: typeof mailstore = {
    ...mailstore,
    account(id) {
      const account = mailstore.account(id)
      const openSlices: typeof account.blobs.openSlices = (slices) => {
        asked.push(slices.reduce((sum, { start, end }) => sum + end - start, 0))
        return account.blobs.openSlices(slices)
      }
      const open: typeof account.blobs.open = () => Promise.reject(new Error('a statement for one message'))
      return { ...account, blobs: { ...account.blobs, openSlices, open } }
    },
  }
  const server = await startServer(t, { mailstore: counting, appendLimit: 10_000_000 }, store)
  const client = await server.loggedIn()
  const line = 'A line to fill a message, with the CRLF of sixty-four octets.\r\n'
  await client.append('INBOX', message('small'))
  await client.append('INBOX', message('medium', line.repeat(20_000)))
  await client.append('INBOX', message('large', line.repeat(80_000)))
  await client.ok('EXAMINE INBOX')

  const cases: [what: string, statements: number][] = [
    ['1 BODY[]', 1],
    ['1:3 BODY[HEADER]', 1],
    ['1:3 (BODY[HEADER.FIELDS (Subject)] BODY[TEXT]<0.100>)', 1],
    ['1:2 BODY[]', 1],
    // The large one alone is more than is held: it is opened with the others and streamed.
    ['1:3 BODY[]', 1],
    ['1:3 FLAGS', 0],
  ]
  for (const [what, statements] of cases) {
    asked.length = 0
    t.equal(
      (await client.ok(`FETCH ${what}`)).length,
      what === '1 BODY[]' ? 1 : what.startsWith('1:2') ? 2 : 3,
    )
    t.equal(asked.length, statements, what)
    for (const octets of asked) t.ok(octets <= 4 * 1024 * 1024, `${what}: ${octets}`)
  }

  asked.length = 0
  await client.ok('FETCH 1:3 BODY[]<10.100>')
  t.same(asked, [300], 'of a partial no more than that')

  await client.ok('CREATE Many')
  await client.ok('SELECT Many')
  for (let count = 0; count < 9; count++)
    await client.append('Many', message(`medium ${count}`, line.repeat(16_000)))
  asked.length = 0
  t.equal((await client.ok('FETCH 1:* BODY.PEEK[]')).length, 9)
  t.equal(asked.length, 3, 'nine megabytes in three statements')
  t.ok(Math.max(...asked) <= 4 * 1024 * 1024)
  t.same(store.errors, [])
})
