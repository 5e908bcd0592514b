import { createHash } from 'node:crypto'
import t from 'tap'
import { createServer, message } from '../server.js'

const MULTIPART = message(
  {
    From: '"Joe" <joe@example.com>',
    To: 'ann@example.com',
    Subject: '=?utf-8?q?Caf=C3=A9?=',
    Date: 'Mon, 6 May 2024 09:08:07 +0200',
    'Message-ID': '<one@example.com>',
    'X-Count': '1',
    'x-count': '2',
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/mixed; boundary=b',
  },
  [
    ...['--b', 'Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: quoted-printable'],
    ...['X-Part: p', '', 'caf=E9', '--b', 'Content-Type: text/html', '', '<p>html</p>', '--b'],
    ...['Content-Type: application/pdf; name=a.pdf', 'Content-Disposition: attachment'],
    ...['Content-Transfer-Encoding: base64', '', 'JVBERg==', '--b--', ''],
  ].join('\n'),
)

t.test('Email/get and Thread/get', async (t) => {
  const server = await createServer(t)
  const { call, fails, request, deliver, mailboxId } = server
  const inbox = await mailboxId('inbox')
  const receivedAt = new Date('2024-05-06T07:09:00Z')
  const first = await deliver(MULTIPART, { keywords: ['$seen', 'Work'], receivedAt })
  const reply = await deliver(
    message({ Subject: 'Re: Café', 'In-Reply-To': '<one@example.com>', References: '<one@example.com>' }),
    { receivedAt: new Date('2024-05-07T00:00:00Z') },
  )
  const get = async (id: string, args: object) => (await call('Email/get', { ids: [id], ...args })).list[0]

  await t.test('RFC 8621 §4.2: the properties without asking for any', async (t) => {
    const email = await get(first, {})
    t.strictSame(Object.keys(email).sort(), [
      ...['attachments', 'bcc', 'blobId', 'bodyValues', 'cc', 'from', 'hasAttachment', 'htmlBody', 'id'],
      ...[
        'inReplyTo',
        'keywords',
        'mailboxIds',
        'messageId',
        'preview',
        'receivedAt',
        'references',
        'replyTo',
      ],
      ...['sender', 'sentAt', 'size', 'subject', 'textBody', 'threadId', 'to'],
    ])
    t.match(email, {
      id: first,
      blobId: `b${createHash('sha256').update(MULTIPART).digest('hex')}`,
      mailboxIds: { [inbox]: true },
      keywords: { $seen: true, work: true },
      size: MULTIPART.length,
      receivedAt: '2024-05-06T07:09:00Z',
      from: [{ name: 'Joe', email: 'joe@example.com' }],
      to: [{ name: null, email: 'ann@example.com' }],
      cc: null,
      subject: 'Café',
      sentAt: '2024-05-06T09:08:07+02:00',
      messageId: ['one@example.com'],
      hasAttachment: true,
      preview: /^café/,
      bodyValues: {},
      textBody: [
        { partId: '1', type: 'text/plain' },
        { partId: '2', type: 'text/html' },
      ],
      attachments: [{ partId: '3', type: 'application/pdf', name: 'a.pdf', size: 4 }],
    })
  })

  await t.test('what needs bytes is read from them', async (t) => {
    const email = await get(first, {
      properties: [
        ...['bodyValues', 'bodyStructure', 'textBody', 'headers', 'header:X-COUNT:all', 'header:Subject'],
        ...['header:From:asAddresses', 'header:None:asText'],
      ],
      bodyProperties: ['partId', 'header:X-Part:asText'],
      fetchAllBodyValues: true,
      maxBodyValueBytes: 5,
    })
    t.match(email, {
      'header:X-COUNT:all': [' 1', ' 2'],
      'header:Subject': ' =?utf-8?q?Caf=C3=A9?=',
      'header:From:asAddresses': [{ name: 'Joe', email: 'joe@example.com' }],
      'header:None:asText': null,
      textBody: [
        { partId: '1', 'header:X-Part:asText': 'p' },
        { partId: '2', 'header:X-Part:asText': null },
      ],
      bodyStructure: { partId: null, subParts: [{ partId: '1' }, { partId: '2' }, { partId: '3' }] },
      bodyValues: {
        1: { value: 'café', isTruncated: false, isEncodingProblem: false },
        2: { value: '<p>ht', isTruncated: true },
      },
    })
    t.equal(email.headers.length, 9)
    t.strictSame(email.headers[5], { name: 'X-Count', value: ' 1' })
    const values = { properties: ['bodyValues'] }
    t.strictSame(Object.keys((await get(first, { ...values, fetchTextBodyValues: true })).bodyValues), [
      '1',
      '2',
    ])
    t.strictSame(Object.keys((await get(reply, { ...values, fetchHTMLBodyValues: true })).bodyValues), ['1'])
    t.strictSame((await get(first, values)).bodyValues, {})
  })

  await t.test('ids: each once, found or not; null for all', async (t) => {
    const args = { ids: [reply, 'e9', first, reply, 'x', inbox], properties: ['id'] }
    const { list, notFound, state } = await call('Email/get', args)
    t.strictSame(list.map(({ id }: { id: string }) => id).sort(), [first, reply].sort())
    t.strictSame(notFound.sort(), ['e9', 'x', inbox].sort())
    t.match(state, /^\d+$/)
    const all = await call('Email/get', { ids: null, properties: ['id'] })
    t.strictSame(all.list.map(({ id }: { id: string }) => id).sort(), [first, reply].sort())
    t.strictSame((await call('Email/get', { ids: [] })).list, [])
  })

  await t.test('RFC 8621 §3: a thread is its emails, oldest received first', async (t) => {
    const { threadId } = await get(first, { properties: ['threadId'] })
    t.equal((await get(reply, { properties: ['threadId'] })).threadId, threadId)
    const { list, notFound } = await call('Thread/get', { ids: [threadId, 't9', threadId] })
    t.strictSame(list, [{ id: threadId, emailIds: [first, reply] }])
    t.strictSame(notFound, ['t9'])
    t.strictSame((await call('Thread/get', { ids: null, properties: ['id'] })).list, [{ id: threadId }])
    t.match(await fails('Thread/get', { ids: [], properties: ['subject'] }), { type: 'invalidArguments' })
  })

  await t.test('RFC 8620 §3.7: the four steps of a first page', async (t) => {
    const responses = await request([
      ['Email/query', { filter: { inMailbox: inbox }, collapseThreads: true, limit: 10 }, 'q'],
      [
        'Email/get',
        { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: ['threadId'] },
        'g',
      ],
      ['Thread/get', { '#ids': { resultOf: 'g', name: 'Email/get', path: '/list/*/threadId' } }, 't'],
      [
        'Email/get',
        { '#ids': { resultOf: 't', name: 'Thread/get', path: '/list/*/emailIds' }, properties: ['subject'] },
        'e',
      ],
    ])
    t.strictSame(
      responses.map(([name, , id]) => [name, id]),
      [
        ['Email/query', 'q'],
        ['Email/get', 'g'],
        ['Thread/get', 't'],
        ['Email/get', 'e'],
      ],
    )
    t.strictSame(responses[3]![1].list, [
      { id: first, subject: 'Café' },
      { id: reply, subject: 'Re: Café' },
    ])
  })

  await t.test('what is asked wrongly', async (t) => {
    const cases: [args: Record<string, unknown>, type: string][] = [
      [{ properties: ['nothing'] }, 'invalidArguments'],
      [{ properties: ['header:From:asDate'] }, 'invalidArguments'],
      [{ bodyProperties: ['subject'] }, 'invalidArguments'],
      [{ bodyProperties: null }, 'invalidArguments'],
      [{ maxBodyValueBytes: -1 }, 'invalidArguments'],
      [{ fetchTextBodyValues: 'yes' }, 'invalidArguments'],
      [{ ids: new Array(501).fill('e1') }, 'requestTooLarge'],
    ]
    for (const [args, type] of cases) {
      t.match(
        await fails('Email/get', { ids: [first], ...args }),
        { type },
        JSON.stringify(args).slice(0, 60),
      )
    }
  })
})

t.test('RFC 8620 §5.1: ids null asks for no more than maxObjectsInGet, of emails and threads', async (t) => {
  const { call, fails, deliver } = await createServer(t, { limits: { maxObjectsInGet: 2 } })
  for (const subject of ['a', 'b']) await deliver(message({ Subject: subject }))
  t.equal((await call('Email/get', { ids: null, properties: ['id'] })).list.length, 2)
  t.equal((await call('Thread/get', { ids: null })).list.length, 2)
  await deliver(message({ Subject: 'c' }))
  t.match(await fails('Email/get', { ids: null, properties: ['id'] }), { type: 'requestTooLarge' })
  t.match(await fails('Thread/get', { ids: null }), { type: 'requestTooLarge' })
  // All mailboxes come at once, however many (RFC 8621 §2.1).
  t.equal((await call('Mailbox/get', { ids: null })).list.length, 6)
  t.match(await call('Email/changes', { sinceState: '1' }), { hasMoreChanges: true, created: { length: 2 } })
})
