import t from 'tap'
import { message, startServer } from '../support/server.js'

t.test('IDLE (RFC 2177)', async (t) => {
  const server = await startServer(t)
  const worker = await server.loggedIn()
  for (const subject of ['a', 'b', 'c']) await worker.append('INBOX', message(subject))
  await worker.ok('SELECT INBOX')

  await t.test('tells of everything while it lasts', async (t) => {
    const client = await server.loggedIn()
    await client.ok('SELECT INBOX')
    client.send('i IDLE\r\n')
    t.equal(await client.response(), '+ idling')

    await worker.append('INBOX', message('d'))
    t.equal(await client.response(), '* 4 EXISTS')
    t.equal(await client.response(), '* 1 RECENT')

    await worker.ok('STORE 2 +FLAGS \\Flagged')
    t.equal(await client.response(), '* 2 FETCH (FLAGS (\\Flagged))')

    await worker.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    t.equal(await client.response(), '* 1 FETCH (FLAGS (\\Deleted))')
    await worker.ok('EXPUNGE')
    t.equal(await client.response(), '* 1 EXPUNGE')

    await worker.ok('COPY 1 INBOX')
    t.equal(await client.response(), '* 4 EXISTS')
    t.equal(await client.response(), '* 2 RECENT')

    client.send('DONE\r\n')
    t.match(await client.response(), /^i OK /)
    t.match(await client.run('NOOP'), { status: 'OK', untagged: [] })
    await worker.ok('NOOP')
  })

  await t.test('what JMAP does not see is told, too: \\Deleted on what is hidden already', async (t) => {
    const client = await server.loggedIn()
    await client.ok('CREATE Hidden')
    await client.append('Hidden', message('h'), '(\\Deleted)')
    await client.ok('SELECT Hidden')
    await worker.ok('SELECT Hidden')
    await worker.ok('COPY 1 Hidden')
    await client.ok('NOOP')
    client.send('i IDLE\r\n')
    await client.response()
    await worker.ok('STORE 1 -FLAGS.SILENT \\Deleted')
    t.match(await client.response(), /^\* 1 FETCH \(FLAGS \(.*\)\)$/)
    await worker.ok('STORE 1 +FLAGS.SILENT \\Deleted')
    t.match(await client.response(), /^\* 1 FETCH \(FLAGS \(.*\\Deleted\)\)$/)
    await worker.ok('COPY 1 Hidden')
    t.equal(await client.response(), '* 3 EXISTS')
    await worker.ok('SELECT INBOX')
    client.close()
  })

  await t.test('what happened just before is told at its beginning', async (t) => {
    const client = await server.loggedIn()
    await client.ok('SELECT INBOX')
    await worker.ok('STORE 1 -FLAGS \\Flagged')
    client.send('i IDLE\r\n')
    t.equal(await client.response(), '+ idling')
    t.equal(await client.response(), '* 1 FETCH (FLAGS ())')
    t.equal(await client.response(), '* 4 FETCH (FLAGS ())', 'its copy')
    client.send('done\r\n')
    t.match(await client.response(), /^i OK /)
  })

  await t.test('no change is lost, however fast they come', async (t) => {
    const client = await server.loggedIn()
    await client.ok('SELECT INBOX')
    client.send('i IDLE\r\n')
    await client.response()
    const appends = new Array(20).fill(0).map((_, index) => {
      const text = message(`fast${index}`)
      return `f${index} APPEND INBOX {${text.length}+}\r\n${text}\r\n`
    })
    worker.send(appends.join(''))
    const told: (string | null)[] = []
    do told.push(await client.response())
    while (told.at(-1) !== '* 24 EXISTS' && told.at(-1) !== null)
    t.equal(told.at(-1), '* 24 EXISTS')
    t.match(await client.response(), /^\* \d+ RECENT$/)
    client.send('DONE\r\n')
    t.match(await client.response(), /^i OK /)
  })

  await t.test('without a selected mailbox there is nothing to tell', async (t) => {
    const client = await server.loggedIn()
    client.send('i IDLE\r\nDONE\r\n')
    t.equal(await client.response(), '+ idling')
    t.match(await client.response(), /^i OK /)
  })

  await t.test('anything but DONE ends it with BAD', async (t) => {
    const client = await server.loggedIn()
    client.send('i IDLE\r\nj NOOP\r\n')
    t.equal(await client.response(), '+ idling')
    t.match(await client.response(), /^i BAD /)
    t.match(await client.run('NOOP'), { status: 'OK' })
    t.equal((await client.run('IDLE now')).status, 'BAD')
  })
  t.same(server.errors, [])
})
