import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Account, formatBlobId } from '@tandem/mailstore'
import t from 'tap'
import { AUTHORIZATION, basic, createServer } from '../server.js'

t.test('uploads and downloads', async (t) => {
  const server = await createServer(t, { maxSizeUpload: 300_000, limits: { maxConcurrentUpload: 1 } })
  const { inject, fastify, accountId, deliver, call, mailstore, account } = server
  const upload = (payload: Buffer | string, headers: Record<string, string> = {}, id = accountId) =>
    inject({ method: 'POST', url: `/jmap/upload/${id}/`, headers, payload })
  const get = (
    blobId: string,
    options: { headers?: Record<string, string>; name?: string; query?: string } = {},
  ) =>
    inject({
      method: 'GET',
      url: `/jmap/download/${accountId}/${blobId}/${options.name ?? 'x.bin'}${options.query ?? ''}`,
      headers: options.headers ?? {},
    })
  const bytes = randomBytes(290_000)
  const blobId = `b${createHash('sha256').update(bytes).digest('hex')}`

  await t.test('RFC 8620 §6.1: what is uploaded can be downloaded', async (t) => {
    const cases: [type: string | undefined, said: string][] = [
      ['image/png', 'image/png'],
      ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
      [undefined, 'application/octet-stream'],
      ['application/json', 'application/json'],
    ]
    for (const [type, said] of cases) {
      const response = await upload(bytes, type ? { 'content-type': type } : {})
      t.equal(response.statusCode, 201)
      t.strictSame(response.json(), { accountId, blobId, type: said, size: bytes.length })
    }
    const empty = await upload('', { 'content-type': 'text/plain' })
    t.match(empty.json(), { size: 0, blobId: /^b[0-9a-f]{64}$/ })
    t.equal((await get(empty.json().blobId)).rawPayload.length, 0)

    const response = await get(blobId, { query: '?type=image/png' })
    t.equal(response.statusCode, 200)
    t.ok(response.rawPayload.equals(bytes))
    t.match(response.headers, {
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'content-disposition': 'attachment; filename="x.bin"',
      'cache-control': 'private, immutable, max-age=31536000',
      etag: `"${blobId}"`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': /sandbox/,
      'access-control-allow-origin': '*',
    })
  })

  await t.test('RFC 8620 §6.2: type and name are as asked for', async (t) => {
    const name = `${'é'.repeat(150)} a/b.txt`
    const response = await get(blobId, {
      name: encodeURIComponent(name),
      query: '?type=text%2Fplain%3B%20charset%3Dutf-8',
    })
    t.equal(response.headers['content-type'], 'text/plain; charset=utf-8')
    t.match(response.headers['content-disposition'], encodeURIComponent(name))
    t.equal((await get(blobId)).headers['content-type'], 'application/octet-stream')
    t.equal((await get(blobId, { name: '' })).headers['content-disposition'], 'attachment')
    for (const type of ['nonsense', 'a%0D%0Ab/c', 'text/html%0d%0aX: y', 'é/x']) {
      const refused = await get(blobId, { query: `?type=${encodeURI(decodeURI(type))}` })
      t.equal(refused.statusCode, 400, type)
    }
  })

  await t.test('RFC 9110 §14: ranges, and what is not modified', async (t) => {
    const cases: [headers: Record<string, string>, status: number, start: number, end: number][] = [
      [{ range: 'bytes=0-9' }, 206, 0, 10],
      [{ range: 'bytes=262140-262150' }, 206, 262_140, 262_151],
      [{ range: 'bytes=-5' }, 206, 289_995, 290_000],
      [{ range: 'bytes=289999-' }, 206, 289_999, 290_000],
      [{ range: 'bytes=0-9', 'if-range': `"${blobId}"` }, 206, 0, 10],
      [{ range: 'bytes=0-9', 'if-range': '"other"' }, 200, 0, 290_000],
      [{ range: 'bytes=0-1,5-6' }, 200, 0, 290_000],
    ]
    for (const [headers, status, start, end] of cases) {
      const response = await get(blobId, { headers })
      t.equal(response.statusCode, status, JSON.stringify(headers))
      t.ok(response.rawPayload.equals(bytes.subarray(start, end)))
      const range = status === 206 ? `bytes ${start}-${end - 1}/290000` : undefined
      t.equal(response.headers['content-range'], range)
    }
    const beyond = await get(blobId, { headers: { range: 'bytes=290000-' } })
    t.match([beyond.statusCode, beyond.headers['content-range']], [416, 'bytes */290000'])
    for (const tags of [`"${blobId}"`, `W/"x", W/"${blobId}"`, '*']) {
      const response = await get(blobId, { headers: { 'if-none-match': tags } })
      t.match([response.statusCode, response.rawPayload.length], [304, 0])
    }
    t.equal((await get(blobId, { headers: { 'if-none-match': '"other"' } })).statusCode, 200)
    const head = await inject({ method: 'HEAD', url: `/jmap/download/${accountId}/${blobId}/x` })
    t.match([head.statusCode, head.headers['content-length'], head.rawPayload.length], [200, '290000', 0])
  })

  await t.test('a part of a message comes decoded', async (t) => {
    const id = await deliver(
      [
        ...[
          'Subject: parts',
          'Content-Type: multipart/mixed; boundary=b',
          '',
          '--b',
          'Content-Type: text/plain',
        ],
        ...['Content-Transfer-Encoding: quoted-printable', '', 'caf=C3=A9', '--b', 'Content-Type: image/png'],
        ...[
          'Content-Transfer-Encoding: base64',
          '',
          'AAEC',
          'AwQF',
          '--b',
          'Content-Type: text/html',
          '',
          '<p>',
          '--b--',
          '',
        ],
      ].join('\r\n'),
    )
    const { list } = await call('Email/get', { ids: [id], properties: ['bodyStructure', 'blobId'] })
    const [text, image, html] = list[0].bodyStructure.subParts
    const cases: [part: { blobId: string; size: number }, content: Buffer][] = [
      [text, Buffer.from('café')],
      [image, Buffer.from([0, 1, 2, 3, 4, 5])],
      [html, Buffer.from('<p>')],
    ]
    for (const [part, content] of cases) {
      const response = await get(part.blobId)
      t.ok(response.rawPayload.equals(content), part.blobId)
      t.equal(part.size, content.length)
      const range = await get(part.blobId, { headers: { range: 'bytes=1-2' } })
      t.ok(range.rawPayload.equals(content.subarray(1, 3)))
    }
    const whole = await get(list[0].blobId)
    t.match(whole.payload, /^Subject: parts/)
    const beyond = text.blobId.replace(/-\d+-\d+-/, '-0-9999999-')
    t.equal((await get(beyond)).statusCode, 404)
  })

  await t.test(
    'RFC 8620 §6.1: an upload is seen by its uploader alone, mail by its account alone',
    async (t) => {
      const bob = await mailstore.directory.createAccount('bob@example.com', 'bob builds boats')
      const his = mailstore.account(bob.accountId)
      const { digest } = await his.blobs.put(Buffer.from('his'))
      t.equal((await get(formatBlobId({ digest }))).statusCode, 404)
      // Bytes in this account that nobody uploaded and no email holds.
      const stray = await account.blobs.put(Buffer.from('stray'))
      t.equal((await get(formatBlobId(stray))).statusCode, 404)
      const asBob = await fastify.inject({
        method: 'GET',
        url: `/jmap/download/${accountId}/${blobId}/x`,
        headers: { authorization: basic('bob@example.com', 'bob builds boats') },
      })
      t.equal(asBob.statusCode, 404)
      t.equal((await upload('x', {}, 'a9')).statusCode, 404)
      for (const strange of ['x', 'b00', `${blobId}-1-2-z`, `${blobId}-1-2`, `${blobId}0`]) {
        const response = await get(strange)
        t.equal(response.statusCode, 404, strange)
        t.match(response.json(), { status: 404, detail: String })
      }
    },
  )

  await t.test('limits: the size, whether declared or found out, and the number at a time', async (t) => {
    const limit = { type: 'urn:ietf:params:jmap:error:limit', limit: 'maxSizeUpload', status: 413 }
    const declared = await upload(Buffer.alloc(300_001))
    t.equal(declared.statusCode, 413)
    t.match(declared.json(), limit)
    t.equal((await upload(Buffer.alloc(300_000))).statusCode, 201)

    const many = await Promise.all(Array.from({ length: 10 }, () => upload(bytes)))
    const refused = many.filter(({ statusCode }) => statusCode === 429)
    t.ok(refused.length > 0 && refused.length < 10, `${refused.length} of 10`)
    t.match(refused[0]!.json(), { limit: 'maxConcurrentUpload' })
    t.equal((await upload(bytes)).statusCode, 201)
  })

  await t.test('over a connection: too much without a length, and an upload that breaks off', async (t) => {
    await fastify.listen({ host: '127.0.0.1', port: 0 })
    const { port } = fastify.server.address() as AddressInfo
    const path = `/jmap/upload/${accountId}/`
    const options = {
      host: '127.0.0.1',
      port,
      method: 'POST',
      path,
      headers: { authorization: AUTHORIZATION },
    }
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(options, (response) => {
        response.resume()
        sent.end()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      // More than the store takes in at a time.
      sent.write(Buffer.alloc(600_000))
    })
    t.equal(status, 413)

    // The one place for an upload is free again once the server has seen the end of this one.
    const put = spyOnPut(account, mailstore)
    const broken = httpRequest({ ...options, headers: { ...options.headers, 'content-length': 1_000 } })
    broken.on('error', () => {})
    broken.write(Buffer.alloc(500))
    await put.begun
    broken.destroy()
    t.match(await put.failed, Error)
    t.equal((await upload(bytes)).statusCode, 201, 'and the server goes on')
  })
})

/** The next upload's way into the store. */
function spyOnPut(account: Account, mailstore: { account(id: number): Account }) {
  const begun = deferred<void>()
  const failed = deferred<unknown>()
  const put: Account['blobs']['put'] = async (source, options) => {
    begun.resolve()
    try {
      return await account.blobs.put(source, options)
    } catch (error) {
      failed.resolve(error)
      throw error
    }
  }
  Object.assign(mailstore, { account: () => ({ ...account, blobs: { ...account.blobs, put } }) })
  return { begun: begun.promise, failed: failed.promise }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

t.test('RFC 8620 §6: uploads that nothing refers to have a quota of their own', async (t) => {
  const uploadQuota = { octets: 1_000, uploads: 3 }
  const { inject, accountId } = await createServer(t, { uploadQuota })
  const upload = (size: number, fill: number) =>
    inject({ method: 'POST', url: `/jmap/upload/${accountId}/`, payload: Buffer.alloc(size, fill) })
  for (let n = 0; n < 4; n++) t.equal((await upload(500, n)).statusCode, 201, `${n}: within the double of it`)
  const refused = await upload(500, 9)
  t.equal(refused.statusCode, 429)
  t.match(refused.json(), { type: 'about:blank', detail: /uploaded/ })
})

t.test('a part that has to be decoded waits for its turn, and the line has an end', async (t) => {
  const { inject, accountId, deliver, call } = await createServer(t, { limits: { maxConcurrentRequests: 1 } })
  const bytes = randomBytes(3_000)
  const id = await deliver(
    [
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      bytes.toString('base64'),
      '',
    ].join('\r\n'),
  )
  const [email] = (await call('Email/get', { ids: [id], properties: ['attachments', 'textBody', 'blobId'] }))
    .list
  const get = (blobId: string) =>
    inject({ method: 'GET', url: `/jmap/download/${accountId}/${blobId}/x?type=application/octet-stream` })
  const { blobId } = [...email.attachments, ...email.textBody][0]
  const answers = await Promise.all(Array.from({ length: 12 }, () => get(blobId)))
  const refused = answers.filter(({ statusCode }) => statusCode === 429)
  t.ok(refused.length > 0 && refused.length <= 7, `${refused.length} of 12`)
  t.match(refused[0]!.json(), {
    type: 'urn:ietf:params:jmap:error:limit',
    limit: 'maxConcurrentRequests',
  })
  for (const { statusCode, rawPayload } of answers) if (statusCode === 200) t.ok(rawPayload.equals(bytes))
  t.equal((await get(blobId)).statusCode, 200, 'and then there is room again')
  const whole = await Promise.all(Array.from({ length: 12 }, () => get(email.blobId)))
  t.ok(
    whole.every(({ statusCode }) => statusCode === 200),
    'what is sent as it is needs none',
  )
})
