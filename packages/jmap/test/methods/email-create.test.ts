import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatId } from '@tandem/mailstore'
import fc from 'fast-check'
import { type AddressObject, simpleParser } from 'mailparser'
import t from 'tap'
import { basic, createServer, type Json, message, states, type TestServer, USING } from '../server.js'

type Draft = Record<string, Json>

function tools(server: TestServer) {
  const { call, inject, accountId } = server
  return {
    async create(draft: Draft): Promise<Json> {
      return call('Email/set', { create: { k: draft } })
    },
    async upload(bytes: string | Buffer, type = 'application/octet-stream'): Promise<string> {
      const url = `/jmap/upload/${accountId}/`
      return (await inject({ method: 'POST', url, headers: { 'content-type': type }, payload: bytes })).json()
        .blobId
    },
    async get(id: string, properties: string[], more: object = {}): Promise<Json> {
      return (await call('Email/get', { ids: [id], properties, ...more })).list[0]
    },
    async download(blobId: string): Promise<Buffer> {
      return (await inject({ method: 'GET', url: `/jmap/download/${accountId}/${blobId}/x` })).rawPayload
    },
  }
}

const text = (value: string) => ({ textBody: [{ partId: 't' }], bodyValues: { t: { value } } })

t.test('Email/set create: RFC 8621 §4.6', async (t) => {
  const server = await createServer(t)
  const { call, request, mailboxId, accountId } = server
  const { create, upload, get, download } = tools(server)
  const drafts = await mailboxId('drafts')
  const mailboxIds = { [drafts]: true }

  await t.test('a draft with text, HTML, an image in it and files', async (t) => {
    const image = await upload(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 255]))
    const file = await upload('%PDF whatever')
    const before = await states(server)
    const result = await create({
      mailboxIds,
      keywords: { $draft: true, $Seen: true },
      receivedAt: '2020-02-03T04:05:06Z',
      from: [{ name: 'Ann Müller', email: 'ann@example.com' }],
      to: [{ name: null, email: 'bob@example.com' }],
      bcc: [{ name: null, email: 'secret@example.com' }],
      subject: 'Grüße',
      sentAt: '2020-02-03T04:05:06+01:00',
      'header:X-Mark': ' raw',
      'header:List-Post:asURLs': ['mailto:l@example.com'],
      'header:X-Many:asText:all': ['one', 'zwö'],
      textBody: [{ partId: 't', type: 'text/plain' }],
      htmlBody: [{ partId: 'h', type: 'text/html' }],
      bodyValues: {
        t: { value: 'Hällo\nthere' },
        h: { value: '<p><img src="cid:i@x">', isTruncated: false },
      },
      attachments: [
        { blobId: image, type: 'image/png', cid: 'i@x', disposition: 'inline' },
        { blobId: file, type: 'application/pdf', name: 'Übersicht 1.pdf', size: 5 },
      ],
    })
    const { id } = result.created.k
    const email = await get(
      id,
      [
        ...['id', 'blobId', 'threadId', 'size', 'mailboxIds', 'keywords', 'receivedAt', 'from', 'to', 'bcc'],
        ...['subject', 'sentAt', 'messageId', 'textBody', 'htmlBody', 'attachments', 'bodyValues'],
        ...['header:x-mark', 'header:List-Post:asURLs', 'header:X-Many:asText:all', 'header:MIME-Version'],
      ],
      { fetchAllBodyValues: true },
    )
    const { size, threadId, blobId } = email
    t.strictSame(result, {
      accountId,
      oldState: before.Email,
      newState: (await states(server)).Email,
      created: { k: { id, blobId, threadId, size } },
      updated: null,
      destroyed: null,
      notCreated: null,
      notUpdated: null,
      notDestroyed: null,
    })
    t.match(email, {
      mailboxIds,
      keywords: { $draft: true, $seen: true },
      receivedAt: '2020-02-03T04:05:06Z',
      sentAt: '2020-02-03T04:05:06+01:00',
      from: [{ name: 'Ann Müller', email: 'ann@example.com' }],
      bcc: [{ name: null, email: 'secret@example.com' }],
      subject: 'Grüße',
      messageId: [/^[0-9a-f-]{36}@example\.com$/],
      'header:x-mark': ' raw',
      'header:List-Post:asURLs': ['mailto:l@example.com'],
      'header:X-Many:asText:all': ['one', 'zwö'],
      'header:MIME-Version': ' 1.0',
      textBody: [{ type: 'text/plain', charset: 'utf-8' }],
      htmlBody: [{ type: 'text/html', charset: 'utf-8' }],
      attachments: [
        { type: 'image/png', cid: 'i@x', disposition: 'inline', size: 8 },
        { type: 'application/pdf', name: 'Übersicht 1.pdf', disposition: 'attachment', size: 13 },
      ],
    })
    t.strictSame(
      Object.values(email.bodyValues).map((each) => (each as Json).value),
      ['Hällo\nthere', '<p><img src="cid:i@x">'],
    )
    t.equal((await download(email.attachments[1].blobId)).toString(), '%PDF whatever')
    const { bodyStructure } = await get(id, ['bodyStructure'], { bodyProperties: ['type'] })
    t.strictSame(bodyStructure, {
      type: 'multipart/mixed',
      subParts: [
        {
          type: 'multipart/alternative',
          subParts: [
            { type: 'text/plain' },
            { type: 'multipart/related', subParts: [{ type: 'text/html' }, { type: 'image/png' }] },
          ],
        },
        { type: 'application/pdf' },
      ],
    })
    const whole = await download(blobId)
    t.equal(whole.length, size)
    t.notMatch(whole.toString('latin1'), /[^\t\x20-\x7e\r\n]|\r(?!\n)|(?<!\r)\n/, 'ASCII, CRLF')
    t.equal(createHash('sha256').update(whole).digest('hex'), blobId.slice(1))
  })

  await t.test('what is left out is there by default', async (t) => {
    const began = Date.now() - 1_000
    const { created } = await create({ mailboxIds })
    const email = await get(created.k.id, [
      ...['keywords', 'receivedAt', 'sentAt', 'messageId', 'subject', 'from', 'textBody', 'hasAttachment'],
    ])
    t.ok(Date.parse(email.receivedAt) >= began, email.receivedAt)
    t.ok(Date.parse(email.sentAt) >= began, email.sentAt)
    t.match(email, { keywords: {}, subject: null, from: null, hasAttachment: false })
    t.match(email, { messageId: [String], textBody: [{ type: 'text/plain', size: 0 }] })
  })

  await t.test('a bodyStructure is made as it is asked for', async (t) => {
    const inner = message({ Subject: 'Inner', From: 'a@b' }, 'inner Grüße\n')
    const attached = await upload(inner, 'message/rfc822')
    const structure = {
      type: 'multipart/report',
      'header:X-Root': ' of the message',
      subParts: [
        {
          partId: 'a',
          'header:Content-Type': ' text/plain; format=flowed; charset=latin1',
          'header:X-P': ' p',
        },
        {
          type: 'multipart/mixed',
          subParts: [
            { blobId: attached, type: 'message/rfc822' },
            { partId: 'b', type: 'application/json', name: 'a"b\\c.json' },
            {
              blobId: await upload('x,y'),
              type: 'text/csv',
              charset: 'utf-8',
              disposition: 'Attachment',
              name: `${'lang '.repeat(30)}日本語.csv`,
              language: ['de', 'en-GB'],
              location: 'http://example.com/a',
              cid: 'c(1)@x',
            },
          ],
        },
      ],
    }
    const { created, notCreated } = await create({
      mailboxIds,
      bodyStructure: structure,
      bodyValues: { a: { value: 'Grüße' }, b: { value: '{}' } },
    })
    t.equal(notCreated, null)
    const email = await get(
      created.k.id,
      ['bodyStructure', 'bodyValues', 'header:X-Root', 'header:Content-Type', 'attachments'],
      {
        bodyProperties: [
          ...['type', 'name', 'charset', 'disposition', 'cid', 'language', 'location', 'size', 'blobId'],
          ...['header:X-P', 'header:Content-Type'],
        ],
        fetchAllBodyValues: true,
      },
    )
    t.equal(email['header:X-Root'], ' of the message')
    const [first, second] = email.bodyStructure.subParts
    t.match(first, { type: 'text/plain', charset: 'utf-8', 'header:X-P': ' p' })
    t.match(first['header:Content-Type'], /format=flowed/)
    const [rfc822, json, csv] = second.subParts
    t.match(rfc822, { type: 'message/rfc822', size: Buffer.byteLength(inner) })
    t.equal((await download(rfc822.blobId)).toString(), inner, 'unencoded, as RFC 2046 §5.2.1 has it')
    t.match(json, { type: 'application/json', name: 'a"b\\c.json', disposition: null })
    t.match(csv, {
      type: 'text/csv',
      charset: 'utf-8',
      disposition: 'attachment',
      name: `${'lang '.repeat(30)}日本語.csv`,
      language: ['de', 'en-GB'],
      location: 'http://example.com/a',
      cid: 'c(1)@x',
      size: 3,
    })
    // A part of another message is a blob like any other.
    const again = await create({ mailboxIds, attachments: [{ blobId: csv.blobId, type: 'text/csv' }] })
    const [part] = (await get(again.created.k.id, ['attachments'])).attachments
    t.equal((await download(part.blobId)).toString(), 'x,y')
  })

  await t.test('every rule, with the name of the property that breaks it', async (t) => {
    const blobId = await upload('blob')
    const part = (more: object) => ({
      mailboxIds,
      bodyValues: { a: { value: 'a' } },
      bodyStructure: { partId: 'a', ...more },
    })
    const list = (more: object) => ({ mailboxIds, bodyValues: { a: { value: 'a' } }, ...more })
    const cases: [what: string, draft: Draft, properties: string[]][] = [
      ['no mailbox', { subject: 'x' }, ['mailboxIds']],
      ['no such mailbox', { mailboxIds: { m9: true } }, ['mailboxIds']],
      ['an unknown creation id', { mailboxIds: { '#no': true } }, ['mailboxIds']],
      ['server-set', { mailboxIds, id: 'e1', size: 1, preview: '' }, ['id', 'size', 'preview']],
      ['headers', { mailboxIds, headers: [] }, ['headers']],
      ['unknown', { mailboxIds, foo: 1 }, ['foo']],
      ['two for one field', { mailboxIds, from: [], 'header:from': ' a@b' }, ['header:from']],
      ['in two cases', { mailboxIds, 'header:X-A': ' 1', 'header:x-a:asText': '1' }, ['header:x-a:asText']],
      ['a forbidden form', { mailboxIds, 'header:From:asText': 'x' }, ['header:From:asText']],
      ['no such form', { mailboxIds, 'header:X:asFoo': 'x' }, ['header:X:asFoo']],
      ['no name', { mailboxIds, 'header:': 'x' }, ['header:']],
      ['a colon in a name', { mailboxIds, 'header:a b': 'x' }, ['header:a b']],
      [
        'Content-* of the Email',
        { mailboxIds, 'header:Content-Type': ' text/html' },
        ['header:Content-Type'],
      ],
      ['a wrong type', { mailboxIds, subject: 5 }, ['subject']],
      ['one for all', { mailboxIds, 'header:X:all': ' x' }, ['header:X:all']],
      ['a line end', { mailboxIds, subject: 'a\r\nBcc: x@y' }, ['subject']],
      ['a keyword', { mailboxIds, keywords: { 'a b': true } }, ['keywords']],
      ['a date', { mailboxIds, receivedAt: '2020-01-01' }, ['receivedAt']],
      ['two bodies', list({ bodyStructure: { partId: 'a' }, textBody: [{ partId: 'a' }] }), ['textBody']],
      ['a field of root and Email', { ...part({ 'header:Subject': ' b' }), subject: 'a' }, ['bodyStructure']],
      ['two text bodies', list({ textBody: [{ partId: 'a' }, { partId: 'a' }] }), ['textBody']],
      ['no text body', list({ textBody: [] }), ['textBody']],
      ['HTML as text', list({ textBody: [{ partId: 'a', type: 'text/html' }] }), ['textBody']],
      ['text as HTML', list({ htmlBody: [{ partId: 'a', type: 'text/plain' }] }), ['htmlBody']],
      ['a multipart attached', list({ attachments: [{ subParts: [{ partId: 'a' }] }] }), ['attachments']],
      ['no list', list({ attachments: {} }), ['attachments']],
      ['both ids', part({ blobId }), ['bodyStructure']],
      ['neither id', { mailboxIds, bodyStructure: {} }, ['bodyStructure']],
      ['no part', { mailboxIds, bodyStructure: [] }, ['bodyStructure']],
      ['no such partId', { mailboxIds, bodyStructure: { partId: 'b' } }, ['bodyStructure']],
      ['a charset', part({ charset: 'utf-8' }), ['bodyStructure']],
      ['a size', part({ size: 1 }), ['bodyStructure']],
      ['headers of a part', part({ headers: [] }), ['bodyStructure']],
      ['its encoding', part({ 'header:Content-Transfer-Encoding': ' base64' }), ['bodyStructure']],
      ['a type twice', part({ type: 'text/plain', 'header:content-type': ' text/html' }), ['bodyStructure']],
      ['a cid twice', part({ cid: 'a', 'header:Content-Id': ' <b>' }), ['bodyStructure']],
      ['a type with parameters', part({ type: 'text/plain; charset=x' }), ['bodyStructure']],
      ['a line end in a type', part({ type: 'text/plain\r\nX: y' }), ['bodyStructure']],
      ['a line end in a name', part({ name: 'a\r\nX: y' }), ['bodyStructure']],
      ['a line end in a cid', part({ cid: 'a>\r\nX: y' }), ['bodyStructure']],
      ['a line end in a location', part({ location: 'a\r\nX: y' }), ['bodyStructure']],
      ['a line end in a language', part({ language: ['a\r\nX: y'] }), ['bodyStructure']],
      ['a line end in a disposition', part({ disposition: 'inline\r\nX: y' }), ['bodyStructure']],
      ['a header of a part', part({ 'header:X': ' a\r\nY: z' }), ['bodyStructure']],
      ['parts of no multipart', part({ partId: null, type: 'text/plain', subParts: [] }), ['bodyStructure']],
      [
        'no parts',
        { mailboxIds, bodyStructure: { type: 'multipart/mixed', subParts: [] } },
        ['bodyStructure'],
      ],
      ['a multipart without', part({ type: 'multipart/mixed' }), ['bodyStructure']],
      ['an unknown property', part({ foo: 1 }), ['bodyStructure']],
      ['truncated', { mailboxIds, bodyValues: { a: { value: '', isTruncated: true } } }, ['bodyValues']],
      [
        'a problem',
        { mailboxIds, bodyValues: { a: { value: '', isEncodingProblem: true } } },
        ['bodyValues'],
      ],
      [
        'too many parts',
        list({ attachments: Array.from({ length: 1_000 }, () => ({ partId: 'a' })) }),
        ['attachments'],
      ],
      ['no value', { mailboxIds, bodyValues: { a: {} } }, ['bodyValues']],
      ['many at once', { mailboxIds, foo: 1, subject: 5, keywords: 1 }, ['foo', 'keywords', 'subject']],
    ]
    for (const [what, draft, properties] of cases) {
      const before = await states(server)
      const result = await call('Email/set', { create: { bad: draft, good: { mailboxIds } } })
      const { type, properties: named } = result.notCreated.bad
      t.strictSame({ type, named }, { type: 'invalidProperties', named: properties }, what)
      t.match(result.created, { good: { id: String } }, what)
      const alone = await create(draft)
      t.match(alone, { created: null, oldState: result.newState, newState: result.newState }, what)
      t.not(result.newState, before.Email)
    }
  })

  await t.test('blobs that are not there, and too much', async (t) => {
    const none = `b${'0'.repeat(64)}`
    const attachments = [{ blobId: 'nonsense' }, { blobId: await upload('there') }, { blobId: none }]
    t.match((await create({ mailboxIds, attachments })).notCreated, {
      k: { type: 'blobNotFound', notFound: ['nonsense', none] },
    })
    const big = await upload(Buffer.alloc(500_000, 1))
    const twice = [{ blobId: big }, { blobId: big }]
    t.match((await create({ mailboxIds, attachments: twice })).notCreated, { k: { type: 'tooLarge' } })
    const long = { ...text('a '.repeat(600_000)), mailboxIds }
    t.match((await create(long)).notCreated, { k: { type: 'tooLarge' } }, 'the message itself')
    // However often a text is named, and however little a part's octets decode to.
    const named = { type: 'multipart/mixed', subParts: Array.from({ length: 900 }, () => ({ partId: 'a' })) }
    const often = { mailboxIds, bodyStructure: named, bodyValues: { a: { value: 'a '.repeat(1_000) } } }
    t.match((await create(often)).notCreated, { k: { type: 'tooLarge' } })
    const odd = Array.from({ length: 400 }, (_, n) => ({ blobId: `${big}-${n}-400000-b` }))
    t.match((await create({ mailboxIds, attachments: odd })).notCreated, { k: { type: 'rateLimit' } })
    const keywords = Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`k${n}`, true]))
    t.match((await create({ mailboxIds, keywords })).notCreated, { k: { type: 'tooManyKeywords' } })
  })

  await t.test('over quota', async (t) => {
    const poor = await server.mailstore.directory.createAccount('poor@example.com', 'a password', {
      quotaBytes: 100,
    })
    const own = formatId('account', poor.accountId)
    const [drafts] = await server.mailstore.account(poor.accountId).read((r) => r.mailbox.list())
    const create = { k: { mailboxIds: { [formatId('mailbox', drafts!.id)]: true } } }
    const response = await server.inject({
      method: 'POST',
      url: '/jmap/api',
      headers: { authorization: basic('poor@example.com', 'a password'), 'content-type': 'application/json' },
      payload: JSON.stringify({
        using: USING,
        methodCalls: [['Email/set', { accountId: own, create }, 'c']],
      }),
    })
    t.match(response.json().methodResponses[0][1], {
      created: null,
      notCreated: { k: { type: 'overQuota' } },
    })
  })

  await t.test('the state is compared before anything is composed, and sizes are limits', async (t) => {
    const { Email } = await states(server)
    const args = { ifInState: '1', create: { k: { mailboxIds } } }
    t.match(await server.fails('Email/set', args), { type: 'stateMismatch' })
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`k${n}`, { mailboxIds }]))
    t.match(await server.fails('Email/set', { create: many }), { type: 'requestTooLarge' })
    t.equal((await states(server)).Email, Email)
  })

  await t.test('RFC 8620 §5.3: creation ids, of mailboxes and of the new emails', async (t) => {
    const [, set, got] = await request([
      ['Mailbox/set', { create: { box: { name: 'Outgoing' } } }],
      [
        'Email/set',
        {
          create: { a: { mailboxIds: { '#box': true }, subject: 'a' }, b: { mailboxIds }, c: { mailboxIds } },
          update: { '#b': { 'keywords/$flagged': true, 'mailboxIds/#box': true } },
          destroy: ['#c'],
        },
      ],
      [
        'Email/get',
        {
          '#ids': { resultOf: 'c1', name: 'Email/set', path: '/created/a/id' },
          properties: ['subject'],
        },
      ],
    ])
    const { created, updated, destroyed, notUpdated, notDestroyed } = set![1]
    t.strictSame({ notUpdated, notDestroyed }, { notUpdated: null, notDestroyed: null })
    t.strictSame(Object.keys(updated), [created.b.id])
    t.strictSame(destroyed, [created.c.id])
    t.equal(got![0], 'error', 'a path to one id is no list of ids')
    const b = await get(created.b.id, ['keywords', 'mailboxIds'])
    t.strictSame(b.keywords, { $flagged: true })
    t.equal(Object.keys(b.mailboxIds).length, 2)
    t.strictSame((await call('Email/get', { ids: [created.c.id] })).notFound, [created.c.id])
  })
})

/** What other programs read. */
interface Seen {
  subject: string
  from: [name: string, address: string][]
  files: [name: string, sha: string][]
  text: string
}

const PYTHON = `
import sys, json, hashlib, email, email.policy
out = []
for path in sys.argv[1:]:
    m = email.message_from_binary_file(open(path, 'rb'), policy=email.policy.default)
    body = m.get_body(('plain',))
    out.append({
        'defects': [str(d) for p in m.walk() for d in p.defects],
        'subject': str(m['subject']),
        'from': [[a.display_name, a.addr_spec] for a in m['from'].addresses],
        'files': [[p.get_filename(), hashlib.sha256(p.get_payload(decode=True)).hexdigest()] for p in m.iter_attachments()],
        'text': body.get_content(),
    })
print(json.dumps(out))
`

t.test('any draft comes back as it was asked for, from this and from other parsers', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'drafts-'))
  t.teardown(() => rm(folder, { recursive: true }))
  // Room for three of the largest attachments.
  const server = await createServer(t, { maxSizeUpload: 4_000_000 })
  const { call, mailboxId } = server
  const { upload, get, download } = tools(server)
  const mailboxIds = { [await mailboxId('drafts')]: true }
  const blobs = await Promise.all(
    ['', 'text\r\n', Buffer.from([...Array(256).keys()]), Buffer.alloc(300_000, 'ab')].map((bytes) =>
      upload(bytes as Buffer),
    ),
  )

  const line = fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 })
    .map((words) =>
      words
        .join(' ')
        .replace(/\p{C}|\p{Zl}|\p{Zp}|\s/gu, ' ')
        .replace(/ +/g, ' ')
        .normalize('NFC')
        .trim(),
    )
    .filter((each) => each !== '' && !each.includes('=?'))
  const body = fc.array(fc.string({ unit: 'grapheme', maxLength: 120 }), { maxLength: 8 }).map(
    (lines) =>
      // Line ends of Unicode are none of mail; a NUL, and what no other parser keeps, is left out.
      `${lines.join('\n').replace(/[\0-\x08\x0b-\x1f\x85\u2028\u2029]/g, '')}\n`,
  )
  const draft = fc.record({
    subject: line,
    from: fc.array(fc.record({ name: line, email: fc.emailAddress() }, { noNullPrototype: true }), {
      minLength: 1,
      maxLength: 3,
    }),
    text: body,
    html: fc.option(body),
    files: fc.array(fc.record({ name: line, blob: fc.nat(blobs.length - 1) }), { maxLength: 3 }),
  })
  const wanted = fc.sample(draft, 40)
  const create = Object.fromEntries(
    wanted.map(({ subject, from, text, html, files }, index) => [
      `k${index}`,
      {
        mailboxIds,
        subject,
        from,
        textBody: [{ partId: 't' }],
        ...(html === null ? {} : { htmlBody: [{ partId: 'h' }] }),
        bodyValues: { t: { value: text }, ...(html === null ? {} : { h: { value: html } }) },
        attachments: files.map(({ name, blob }) => ({
          blobId: blobs[blob],
          type: 'application/x-any',
          name,
        })),
      },
    ]),
  )
  const { created, notCreated } = await call('Email/set', { create })
  t.equal(notCreated, null)
  const python = spawnSync('python3', ['--version']).status === 0
  const paths: string[] = []
  const seen: Seen[] = []
  for (const [index, { subject, from, text, html, files }] of wanted.entries()) {
    const email = await get(
      created[`k${index}`].id,
      ['blobId', 'subject', 'from', 'bodyValues', 'textBody', 'htmlBody', 'attachments'],
      { fetchAllBodyValues: true },
    )
    t.strictSame({ subject: email.subject, from: email.from }, { subject, from })
    t.equal(email.bodyValues[email.textBody[0].partId].value, text)
    if (html !== null) t.equal(email.bodyValues[email.htmlBody[0].partId].value, html)
    t.strictSame(
      email.attachments.map(({ name }: Json) => name),
      files.map(({ name }) => name),
    )
    const hashes: [string, string][] = []
    for (const { blobId, name } of email.attachments) {
      hashes.push([
        name,
        createHash('sha256')
          .update(await download(blobId))
          .digest('hex'),
      ])
    }
    for (const [at, { blob }] of files.entries()) {
      const bytes = await download(blobs[blob]!)
      t.equal(hashes[at]![1], createHash('sha256').update(bytes).digest('hex'))
    }
    const bytes = await download(email.blobId)
    const path = join(folder, `${index}.eml`)
    await writeFile(path, bytes)
    paths.push(path)
    seen.push({ subject, from: from.map(({ name, email: address }) => [name, address]), files: hashes, text })

    const parsed = await simpleParser(bytes, { skipTextToHtml: true })
    t.equal(parsed.subject, subject)
    t.strictSame(
      (parsed.from as AddressObject).value.map(({ name, address }) => [name, address]),
      seen[index]!.from,
    )
    t.strictSame(
      parsed.attachments.map(({ filename, content }) => [
        filename,
        createHash('sha256').update(content).digest('hex'),
      ]),
      hashes,
    )
    t.equal(parsed.text, text)
  }
  if (!python) return t.comment('python3 is not here')
  const read = JSON.parse(execFileSync('python3', ['-c', PYTHON, ...paths]).toString())
  // Python's reader of addresses keeps the white space between encoded words, which RFC 2047 §6.2 has it drop; and
  // CRLF in what was Base64.
  const comparable = ({ subject, from, files, text }: Seen) => ({
    subject,
    from: from.map(([name, address]) => [name.replaceAll(' ', ''), address]),
    files,
    text: text.replaceAll('\r\n', '\n'),
  })
  for (const [index, { defects, ...rest }] of read.entries()) {
    t.strictSame(defects, [])
    t.strictSame(comparable(rest), comparable(seen[index]!))
  }
})
