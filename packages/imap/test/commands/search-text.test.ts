// What SEARCH for texts costs, and that it finds what the store's search table does not hold.
import t from 'tap'
import { counting } from '../support/counting.js'
import { message, openStore, startServer } from '../support/server.js'

t.test(
  'a search for texts reads as often in a large mailbox as in a small one, and no message',
  async (t) => {
    const store = counting(await openStore(t))
    const server = await startServer(t, {}, store)
    const client = await server.loggedIn()
    const keys = [
      'TEXT lunch',
      'NOT BODY lunch',
      'FROM bob OR SUBJECT dinner HEADER Message-ID m7',
      'UNSEEN SENTON 1-Jan-2026 TO alice',
      'SEEN TEXT lunch',
    ]
    const measure = async () => {
      const counts: [number, number][] = []
      for (const each of keys) {
        store.calls.reads = 0
        store.calls.blobs = 0
        await client.ok(`SEARCH ${each}`)
        counts.push([store.calls.reads, store.calls.blobs])
      }
      return counts
    }
    await client.append('Archive', message('m0'))
    await client.ok('SELECT Archive')
    t.same(await measure(), [
      [1, 0],
      [1, 0],
      [3, 0],
      [2, 0],
      // Flags come first: nothing is left to be asked.
      [0, 0],
    ])
    for (let number = 1; number <= 90; number++) {
      await client.append('Archive', message(`m${number}`, number % 3 ? 'dinner' : 'Lunch at noon'))
    }
    await client.ok('NOOP')
    const [first] = await client.ok('SEARCH RETURN (COUNT) TEXT lunch')
    t.match(first, /COUNT 30$/)
    t.same(await measure(), [
      [1, 0],
      [1, 0],
      [3, 0],
      [2, 0],
      [0, 0],
    ])
    t.same(server.errors, [])
  },
)

t.test('text beyond what the store indexes is found, by reading those messages alone', async (t) => {
  const store = counting(await openStore(t))
  const server = await startServer(t, { appendLimit: 8 * 1024 * 1024 }, store)
  const client = await server.loggedIn()
  const line = 'Nothing to see on this line, and on the next one neither.\r\n'
  await client.append('Archive', message('long', `${line.repeat(40_000)}The needle, at last.`))
  const attachment =
    'Subject: picture\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n' +
    `--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n${'AAAA'.repeat(500_000)}\r\n--b--\r\n`
  await client.append('Archive', attachment)
  await client.append('Archive', message('short', 'A needle, too.'))
  await client.ok('SELECT Archive')
  const search = async (keys: string, blobs: number) => {
    store.calls.blobs = 0
    const [found] = await client.ok(`SEARCH ${keys}`)
    t.equal(store.calls.blobs, blobs, `${keys}: messages read`)
    return found
  }
  t.equal(await search('BODY needle', 1), 'SEARCH 1 3')
  t.equal(await search('TEXT "NEEDLE, at last"', 1), 'SEARCH 1')
  t.equal(await search('NOT TEXT needle', 1), 'SEARCH 2')
  t.equal(await search('BODY "nothing to see"', 0), 'SEARCH 1')
  t.equal(await search('SUBJECT needle', 0), 'SEARCH')
  t.equal(await search('SMALLER 1000000 BODY needle', 0), 'SEARCH 3')
  t.same(server.errors, [])
})

t.test('RFC 9051 §6.4.4: BODY and TEXT find the source of HTML, and what a reader sees of it', async (t) => {
  const store = counting(await openStore(t))
  const server = await startServer(t, {}, store)
  const client = await server.loggedIn()
  const html = (encoding: string, body: string) =>
    `Subject: h\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`
  const source = '<p class="x">one <b>two</b> three&nbsp;four</p>'
  await client.append('Archive', html('8bit', source))
  await client.append('Archive', html('base64', Buffer.from(source).toString('base64')))
  await client.append('Archive', message('m1', 'plain <b>two</b>'))
  await client.append('Archive', message('m2', 'nothing'))
  await client.ok('SELECT Archive')
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  const cases: [text: string, found: string, blobs: number][] = [
    ['<b>', ' 1 2 3', 2],
    ['one <b>TWO</b>', ' 1 2', 2],
    ['class="x"', ' 1 2', 2],
    ['three&nbsp;', ' 1 2', 2],
    ['<i>', '', 2],
    ['one two', ' 1 2', 0],
    ['class', '', 0],
  ]
  for (const key of ['BODY', 'TEXT']) {
    for (const [text, found, blobs] of cases) {
      store.calls.blobs = 0
      t.same(await client.ok(`SEARCH ${key} ${quoted(text)}`), [`SEARCH${found}`], `${key} ${text}`)
      t.equal(store.calls.blobs, blobs, 'only HTML is read, and only for markup')
    }
  }
})
