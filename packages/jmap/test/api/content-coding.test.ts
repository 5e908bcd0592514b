import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { preferredCoding } from '../../src/api/content-coding.js'
import { createServer, message, USING } from '../server.js'

t.test('RFC 9110 §12.5.3: which coding an answer gets', async (t) => {
  const cases: [header: string | undefined, coding: ReturnType<typeof preferredCoding>][] = [
    [undefined, null],
    ['', null],
    ['identity', null],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['gzip; q=0.5 , br ; q = 0.8', 'br'],
    ['gzip;q=0, br;q=0', null],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity, gzip;q=0.5', null],
    ['identity;q=0.1, gzip;q=0.5', 'gzip'],
    ['zstd, deflate', null],
    ['gzip;q=nonsense', null],
  ]
  for (const [header, coding] of cases) t.equal(preferredCoding(header), coding, String(header))
})

const CODINGS = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

t.test('requests with a content coding', async (t) => {
  const server = await createServer(t, { maxSizeUpload: 10_000, limits: { maxSizeRequest: 50_000 } })
  const { inject, accountId } = server
  const post = (payload: Buffer, coding: string, url = '/jmap/api') =>
    inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'content-encoding': coding },
      payload,
    })
  const echo = (x: string) =>
    Buffer.from(JSON.stringify({ using: USING, methodCalls: [['Core/echo', { x }, 'c']] }))
  for (const [coding, encode] of CODINGS) {
    const response = await post(encode(echo('hello')), coding)
    t.equal(response.statusCode, 200, coding)
    t.strictSame(response.json().methodResponses, [['Core/echo', { x: 'hello' }, 'c']], coding)
    const bomb = await post(encode(echo('x'.repeat(20_000_000))), coding)
    t.match(bomb.json(), { status: 400, limit: 'maxSizeRequest' }, `${coding}: counted after inflating`)
    const names = encode(Buffer.from(`{${Array.from({ length: 15_000 }, (_, i) => `"${i}":1`)}}`))
    t.match((await post(names, coding)).json(), { status: 400 }, `${coding}: and metered`)
    const uploaded = await post(encode(Buffer.from('x'.repeat(5_000))), coding, `/jmap/upload/${accountId}`)
    t.match(uploaded.json(), { size: 5_000 }, `${coding}: an upload`)
    const large = await post(encode(Buffer.alloc(5_000_000)), coding, `/jmap/upload/${accountId}/`)
    t.match([large.statusCode, large.json().limit], [413, 'maxSizeUpload'], `${coding}: too large an upload`)
    const problem = /^application\/problem\+json/
    for (const bad of [Buffer.from('no such coding'), encode(echo('cut short')).subarray(0, 20)]) {
      const refused = await post(bad, coding)
      t.equal(refused.statusCode, 400, coding)
      t.match(refused.headers['content-type'], problem)
    }
  }
  t.equal((await post(echo('x'), 'identity')).statusCode, 200)
  for (const coding of ['zstd', 'compress', 'gzip, gzip', '__proto__']) {
    const response = await post(echo('x'), coding)
    t.equal(response.statusCode, 415, coding)
    t.match(response.headers['accept-encoding'], /gzip/, coding)
    t.match(response.json(), { status: 415, detail: String }, coding)
  }
})

t.test('answers in the coding that the client likes', async (t) => {
  const { inject, accountId, deliver, call } = await createServer(t)
  const x = 'hello '.repeat(100_000)
  const payload = JSON.stringify({ using: USING, methodCalls: [['Core/echo', { x, list: [x, x] }, 'c']] })
  const api = (coding?: string, body = payload) =>
    inject({
      method: 'POST',
      url: '/jmap/api',
      headers: { 'content-type': 'application/json', ...(coding ? { 'accept-encoding': coding } : {}) },
      payload: body,
    })
  const plain = await api()
  t.equal(plain.headers['content-encoding'], undefined)
  t.match(plain.headers.vary, /accept-encoding/i)
  for (const [coding, decode] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const) {
    const response = await api(coding)
    t.equal(response.headers['content-encoding'], coding)
    t.match(response.headers.vary, /accept-encoding/i)
    t.equal(response.headers['content-length'], undefined)
    t.ok(response.rawPayload.length < 100_000)
    t.equal(decode(response.rawPayload).toString(), plain.body, coding)
  }
  const small = await api('gzip', JSON.stringify({ using: USING, methodCalls: [] }))
  t.equal(small.headers['content-encoding'], undefined, 'a small one is not worth it')

  const id = await deliver(message({ Subject: 'long' }, 'word '.repeat(1_000)))
  const { blobId } = (await call('Email/get', { ids: [id], properties: ['blobId'] })).list[0]
  const get = (type: string, headers: Record<string, string> = {}) =>
    inject({
      method: 'GET',
      url: `/jmap/download/${accountId}/${blobId}/x?type=${type}`,
      headers: { 'accept-encoding': 'gzip', ...headers },
    })
  const text = await get('text/plain')
  t.equal(text.headers['content-encoding'], 'gzip')
  t.equal(text.headers.etag, `W/"${blobId}"`, 'RFC 9110 §8.8.1: other octets, so a weak tag')
  t.equal((await get('text/plain', { 'if-none-match': text.headers.etag as string })).statusCode, 304)
  for (const type of ['image/jpeg', 'application/zip', 'application/octet-stream']) {
    t.equal((await get(type)).headers['content-encoding'], undefined, type)
  }
  const part = await get('text/plain', { range: 'bytes=0-4999' })
  t.strictSame(
    [part.statusCode, part.headers['content-encoding'], part.rawPayload.length],
    [206, undefined, 5_000],
  )
})

t.test('every error is a problem, whatever is wrong', async (t) => {
  const { inject, fastify, accountId } = await createServer(t)
  const json = { 'content-type': 'application/json' }
  const cases: [status: number, options: Parameters<typeof inject>[0]][] = [
    [404, { method: 'GET', url: '/jmap/nothing' }],
    [404, { method: 'POST', url: '/jmap' }],
    [404, { method: 'GET', url: `/jmap/download/${accountId}/bnone/x` }],
    [404, { method: 'POST', url: '/jmap/upload/anobody', payload: 'x' }],
    [405, { method: 'GET', url: '/jmap/api' }],
    [405, { method: 'PUT', url: `/jmap/upload/${accountId}` }],
    [413, { method: 'POST', url: `/jmap/upload/${accountId}`, payload: 'x'.repeat(1_100_000) }],
    [415, { method: 'POST', url: '/jmap/api', payload: 'x', headers: { 'content-type': 'text/plain' } }],
    [400, { method: 'POST', url: '/jmap/api', payload: '{', headers: json }],
    [401, { method: 'GET', url: '/jmap/session', headers: { authorization: 'Basic bm86bm8=' } }],
  ]
  for (const [status, options] of cases) {
    const response = await inject(options)
    const what = `${options.method} ${options.url}`
    t.equal(response.statusCode, status, what)
    t.match(response.headers['content-type'], /^application\/problem\+json/, what)
    t.match(response.json(), { type: String, status, detail: String }, what)
  }
  t.equal((await fastify.inject({ method: 'GET', url: '/jmap/nothing' })).statusCode, 404, 'without a login')
})
