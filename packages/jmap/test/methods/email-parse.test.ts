import t from 'tap'
import { createServer, type Json, message } from '../server.js'

const INNER = message(
  {
    Subject: 'Inner =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    From: 'a@b',
    'Content-Type': 'multipart/mixed; boundary=i',
  },
  '--i\n\ninner text\n--i\nContent-Type: text/csv; name=x.csv\nContent-Transfer-Encoding: base64\n\neCx5\n--i--\n',
)

t.test('Email/parse: RFC 8621 §4.9', async (t) => {
  const { call, fails, inject, accountId, deliver, account } = await createServer(t)
  const upload = async (bytes: string | Buffer): Promise<string> => {
    const url = `/jmap/upload/${accountId}/`
    const headers = { 'content-type': 'message/rfc822' }
    return (await inject({ method: 'POST', url, headers, payload: bytes })).json().blobId
  }
  const download = async (blobId: string) =>
    (await inject({ method: 'GET', url: `/jmap/download/${accountId}/${blobId}/x` })).body
  const parse = async (blobId: string, more: object = {}): Promise<Json> =>
    (await call('Email/parse', { blobIds: [blobId], ...more })).parsed[blobId]
  const outer = (encoding: string, body: string) =>
    `Subject: Outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n--o--\r\n`
  const attachedTo = async (id: string) =>
    (await call('Email/get', { ids: [id], properties: ['attachments'] })).list[0].attachments[0].blobId

  await t.test('an upload, a message attached to another, and one attached in Base64', async (t) => {
    const whole = await upload(INNER)
    const plain = await attachedTo(await deliver(outer('7bit', INNER)))
    const encoded = await attachedTo(await deliver(outer('base64', Buffer.from(INNER).toString('base64'))))
    const before = await account.read(async (r) => r.marks)
    for (const blobId of [whole, plain, encoded]) {
      const email = await parse(blobId, { fetchTextBodyValues: true })
      t.strictSame(Object.keys(email).sort(), [
        ...['attachments', 'bcc', 'bodyValues', 'cc', 'from', 'hasAttachment', 'htmlBody', 'inReplyTo'],
        ...['messageId', 'preview', 'references', 'replyTo', 'sender', 'sentAt', 'subject', 'textBody', 'to'],
      ])
      t.match(email, { subject: 'Inner Grüße', from: [{ name: null, email: 'a@b' }], hasAttachment: true })
      t.match(email.bodyValues, { [email.textBody[0].partId]: { value: 'inner text' } })
      t.match(email.attachments, [{ name: 'x.csv', type: 'text/csv', size: 3 }])
      t.equal(await download(email.attachments[0].blobId), 'x,y', 'its parts are blobs too')
      t.equal(await download(email.textBody[0].blobId), 'inner text')
    }
    t.strictSame(await account.read(async (r) => r.marks), before, 'nothing was changed')
  })

  await t.test('a message in Base64 is still shown as one: RFC 8621 §4.1.4 `type`', async (t) => {
    const id = await deliver(outer('base64', Buffer.from(INNER).toString('base64')))
    const properties = ['attachments', 'bodyStructure']
    const [email] = (await call('Email/get', { ids: [id], properties })).list
    t.match(email.attachments, [{ type: 'message/rfc822', size: Buffer.byteLength(INNER) }])
    t.match(email.bodyStructure.subParts, [{ type: 'message/rfc822' }])
  })

  await t.test('uuencoded parts are decoded like others', async (t) => {
    const uu = 'begin 644 cat.txt\r\n#0V%T\r\n`\r\nend'
    for (const encoding of ['x-uuencode', 'uuencode', 'X-UUE']) {
      const type = 'text/plain\r\nContent-Disposition: attachment; filename=cat.txt'
      const id = await deliver(outer(encoding, uu).replace('message/rfc822', type))
      const properties = ['attachments', 'bodyValues']
      const [email] = (await call('Email/get', { ids: [id], properties })).list
      t.match(email.attachments, [{ name: 'cat.txt', size: 3 }], encoding)
      t.equal(await download(email.attachments[0].blobId), 'Cat', encoding)
      const parsed = (
        await call('Email/get', {
          ids: [id],
          properties: ['bodyValues', 'preview', 'hasAttachment'],
          fetchAllBodyValues: true,
        })
      ).list[0]
      t.same(Object.values(parsed.bodyValues), [
        { value: 'Cat', isEncodingProblem: false, isTruncated: false },
      ])
    }
  })

  await t.test('what only an Email has is null, and properties are exactly those asked for', async (t) => {
    const blobId = await upload(INNER)
    const properties = [
      ...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'receivedAt', 'size'],
      ...['header:subject', 'header:From:asAddresses', 'bodyStructure'],
    ]
    t.strictSame(await parse(blobId, { properties, bodyProperties: ['type'] }), {
      ...{ id: null, threadId: null, mailboxIds: null, keywords: null, receivedAt: null },
      blobId,
      size: Buffer.byteLength(INNER),
      'header:subject': ' Inner =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
      'header:From:asAddresses': [{ name: null, email: 'a@b' }],
      bodyStructure: { type: 'multipart/mixed', subParts: [{ type: 'text/plain' }, { type: 'text/csv' }] },
    })
    const odd = await upload('Subject: odd\nX: bare\n\nbody\n')
    t.match(await parse(odd, { properties: ['subject'] }), { subject: 'odd' })
  })

  await t.test('what is no message, and what is not there', async (t) => {
    const png = await upload(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0]))
    const empty = await upload('')
    const good = await upload(INNER)
    const none = `b${'0'.repeat(64)}`
    const blobIds = [png, 'x', good, empty, none, good]
    t.match(await call('Email/parse', { blobIds, properties: ['subject'] }), {
      parsed: { [good]: { subject: 'Inner Grüße' } },
      notParsable: [png, empty],
      notFound: ['x', none],
    })
    t.match(await call('Email/parse', { blobIds: [] }), { parsed: null, notParsable: null, notFound: null })
    const cases: [args: object, type: string][] = [
      [{}, 'invalidArguments'],
      [{ blobIds: null }, 'invalidArguments'],
      [{ blobIds: [], properties: ['header:From:asDate'] }, 'invalidArguments'],
      [{ blobIds: [], properties: ['foo'] }, 'invalidArguments'],
      [{ blobIds: Array.from({ length: 501 }, (_, n) => `b${n}`) }, 'requestTooLarge'],
    ]
    for (const [args, type] of cases) t.match(await fails('Email/parse', { ...args }), { type })
  })
})
