import { formatId, parseId } from '@tandem/mailstore'
import t from 'tap'
import { createServer, message } from '../server.js'

t.test('SearchSnippet/get: RFC 8621 §5.1', async (t) => {
  const { call, fails, deliver } = await createServer(t)
  const plain = await deliver(message({ Subject: 'The budget & more' }, 'Here is\nthe <budget> of May.\n'))
  const html = await deliver(
    message(
      { Subject: 'Other', 'Content-Type': 'text/html; charset=utf-8', 'Content-Transfer-Encoding': '8bit' },
      '<style>budget</style><p>Grüße, das <b>Budget</b></p>',
    ),
  )
  const none = await deliver(message({ Subject: 'Neither' }, 'nothing'))
  const get = (filter: unknown, emailIds = [plain, html, none]) =>
    call('SearchSnippet/get', { filter, emailIds })

  const { list, notFound } = await get({ text: 'budget' })
  t.equal(notFound, null)
  t.strictSame(list, [
    {
      emailId: plain,
      subject: 'The <mark>budget</mark> &amp; more',
      preview: 'Here is the &lt;<mark>budget</mark>&gt; of May.',
    },
    { emailId: html, subject: null, preview: 'Grüße, das <mark>Budget</mark>' },
    { emailId: none, subject: null, preview: null },
  ])
  t.match((await get({ subject: 'budget' }, [plain])).list, [{ subject: /<mark>/, preview: null }])
  t.match((await get({ body: 'may' }, [plain])).list, [{ subject: null, preview: /<mark>May</ }])
  for (const filter of [null, undefined, { hasAttachment: false }]) {
    t.match((await get(filter, [plain])).list, [{ emailId: plain, subject: null, preview: null }])
  }
  t.match(await get({ text: 'x' }, ['e9', 'x', plain]), { list: [{ emailId: plain }], notFound: ['x', 'e9'] })
  const attached = await deliver(
    message(
      { Subject: 'Attached', 'Content-Type': 'multipart/mixed; boundary=b' },
      '--b\n\nSee there.\n--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="Quarter.csv"\n\n' +
        'profit,loss\n--b--\n',
    ),
  )
  t.match((await get({ text: 'profit' }, [attached])).list, [{ preview: '<mark>profit</mark>,loss' }])
  t.match((await get({ text: 'quarter' }, [attached])).list, [{ preview: '<mark>Quarter</mark>.csv' }])
  t.match((await get({ body: 'quarter' }, [attached])).list, [{ preview: null }], 'a name is no body')
  const cases: [args: object, type: string][] = [
    [{ filter: null }, 'invalidArguments'],
    [{ filter: { foo: 1 }, emailIds: [] }, 'unsupportedFilter'],
    [{ filter: null, emailIds: Array.from({ length: 501 }, (_, n) => `e${n}`) }, 'requestTooLarge'],
  ]
  for (const [args, type] of cases) t.match(await fails('SearchSnippet/get', { ...args }), { type })
})

t.test('bodies that are too much for one request are refused before they are read', async (t) => {
  const { account, call, fails, mailboxId } = await createServer(t)
  const text = message({ Subject: 'long' }, 'word\n'.repeat(200_000))
  const ingested = await account.ingest(Buffer.from(text), { nul: 'refuse' })
  const inbox = parseId('mailbox', await mailboxId('inbox'))!
  const filed = await account.transact((tx) =>
    tx.email.create(Array.from({ length: 80 }, () => ({ message: ingested, mailboxIds: [inbox] }))),
  )
  const emailIds = filed.map((each) => formatId('email', each!.id))
  const filter = { text: 'word' }
  t.match(await fails('SearchSnippet/get', { filter, emailIds }), { type: 'requestTooLarge' })
  const { list } = await call('SearchSnippet/get', { filter, emailIds: emailIds.slice(0, 2) })
  t.match(list, [{ preview: /<mark>word/ }, { preview: /<mark>word/ }])
})
