import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { MailstoreError } from '@tandem/mailstore'
import t from 'tap'
import { AUTHORIZATION, createServer, USING } from '../server.js'

const JMAP_ERROR = 'urn:ietf:params:jmap:error:'
const json = { 'content-type': 'application/json' }

t.test('the API endpoint', async (t) => {
  const server = await createServer(t, {
    limits: { maxSizeRequest: 5_000, maxCallsInRequest: 3, maxConcurrentRequests: 2 },
  })
  const { inject, request, fastify } = server
  const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
    inject({ method: 'POST', url: '/jmap/api', headers, payload })

  await t.test('RFC 8620 §3.6.1: requests that are refused as a whole', async (t) => {
    const body = (using: unknown, methodCalls: unknown) => JSON.stringify({ using, methodCalls })
    const call = ['Core/echo', {}, 'c']
    const cases: [
      what: string,
      payload: string | Buffer,
      headers: Record<string, string>,
      status: number,
      error: object,
    ][] = [
      [
        'another type',
        body(USING, []),
        { 'content-type': 'text/plain' },
        415,
        { type: `${JMAP_ERROR}notJSON` },
      ],
      ['a type that is none', body(USING, []), { 'content-type': 'nonsense' }, 415, {}],
      ['no JSON', '{"using"', json, 400, { type: `${JMAP_ERROR}notJSON` }],
      ['no UTF-8', Buffer.from([0xff]), json, 400, { type: `${JMAP_ERROR}notJSON` }],
      ['nothing', '', json, 400, { type: `${JMAP_ERROR}notJSON` }],
      ['no Request', '[]', json, 400, { type: `${JMAP_ERROR}notRequest` }],
      ['an unknown capability', body(['urn:x'], []), json, 400, { type: `${JMAP_ERROR}unknownCapability` }],
      [
        'too many calls',
        body(USING, [call, call, call, call]),
        json,
        400,
        { type: `${JMAP_ERROR}limit`, limit: 'maxCallsInRequest' },
      ],
      [
        'too large',
        body(USING, [['Core/echo', { x: 'x'.repeat(5_000) }, 'c']]),
        json,
        400,
        { type: `${JMAP_ERROR}limit`, limit: 'maxSizeRequest' },
      ],
    ]
    for (const [what, payload, headers, status, error] of cases) {
      const response = await post(payload, headers)
      t.equal(response.statusCode, status, what)
      t.match(response.headers['content-type'], /^application\/problem\+json/, what)
      t.match(response.json(), { ...error, status, detail: String }, what)
    }
  })

  await t.test('calls run in order, and an error ends its own call only', async (t) => {
    const responses = await request([
      ['Core/echo', { hello: true, high: 5, big: 9007199254740991, deep: { list: [1, null] } }, 'a'],
      ['Nothing/get', {}, 'b'],
      ['Core/echo', { '#list': { resultOf: 'a', name: 'Core/echo', path: '/deep/list' } }, 'b'],
    ])
    t.strictSame(responses, [
      ['Core/echo', { hello: true, high: 5, big: 9007199254740991, deep: { list: [1, null] } }, 'a'],
      ['error', { type: 'unknownMethod', description: 'there is no method "Nothing/get"' }, 'b'],
      ['Core/echo', { list: [1, null] }, 'b'],
    ])
    const broken = await request([
      ['Core/echo', { '#x': { resultOf: 'z', name: 'Core/echo', path: '/a' } }],
      ['Core/echo', { x: 1, '#x': { resultOf: 'c0', name: 'error', path: '/type' } }],
      ['Core/echo', { '#x': { resultOf: 'c0', name: 'error', path: '/type' } }],
    ])
    t.match(broken, [
      ['error', { type: 'invalidResultReference' }, 'c0'],
      ['error', { type: 'invalidArguments' }, 'c1'],
      ['Core/echo', { x: 'invalidResultReference' }, 'c2'],
    ])
  })

  await t.test('RFC 8620 §1.8: only what "using" names is there', async (t) => {
    const using = async (capabilities: string[]) => {
      const calls: [string, object][] = [
        ['Core/echo', { x: 1 }],
        ['Mailbox/get', { ids: [] }],
      ]
      const responses = await request(calls as [string, Record<string, unknown>][], { using: capabilities })
      return responses.map(([name]) => name)
    }
    t.strictSame(await using([]), ['error', 'error'])
    t.strictSame(await using([USING[0]!]), ['Core/echo', 'error'])
    t.strictSame(await using([USING[1]!]), ['error', 'Mailbox/get'])
  })

  await t.test('RFC 8620 §3.3: createdIds come back where they were given, with the new ones', async (t) => {
    const { accountId } = server
    const payload = (createdIds: unknown) =>
      JSON.stringify({
        using: USING,
        methodCalls: [['Mailbox/set', { accountId, create: { k: { name: `n${Math.random()}` } } }, 'c']],
        ...(createdIds ? { createdIds } : {}),
      })
    t.notOk('createdIds' in (await post(payload(null))).json())
    const { createdIds, methodResponses } = (await post(payload({ old: 'm9' }))).json()
    t.strictSame(createdIds, { old: 'm9', k: methodResponses[0][1].created.k.id })
    const used = {
      using: USING,
      createdIds,
      methodCalls: [['Mailbox/set', { accountId, destroy: ['#k'] }, 'c']],
    }
    t.match((await post(JSON.stringify(used))).json().methodResponses[0][1], { destroyed: [createdIds.k] })
  })

  await t.test('RFC 8620 §3.6.1: too many requests at a time', async (t) => {
    const { accountId } = server
    const get = ['Mailbox/get', { accountId }, 'c']
    const payload = JSON.stringify({ using: USING, methodCalls: [get, get, get] })
    const responses = await Promise.all(Array.from({ length: 20 }, () => post(payload)))
    const refused = responses.filter(({ statusCode }) => statusCode === 429)
    t.ok(refused.length > 0 && refused.length <= 18, `${refused.length} of 20`)
    t.match(refused[0]!.json(), { type: `${JMAP_ERROR}limit`, limit: 'maxConcurrentRequests' })
    t.equal((await post(payload)).statusCode, 200, 'and then there is room again')
  })

  await t.test('a body without end is refused on a connection that goes on', async (t) => {
    await fastify.listen({ host: '127.0.0.1', port: 0 })
    const { port } = fastify.server.address() as AddressInfo
    const headers = { ...json, authorization: AUTHORIZATION }
    const status = await new Promise<number>((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port, method: 'POST', path: '/jmap/api', headers },
        (response) => {
          response.resume()
          sent.end()
          resolve(response.statusCode!)
        },
      )
      sent.on('error', reject)
      sent.write('['.repeat(6_000))
    })
    t.equal(status, 400)
  })

  await t.test(
    'RFC 9112 §9.6: who sends all of it, and no more after it, hears why it is refused',
    async (t) => {
      const { port } = fastify.server.address() as AddressInfo
      const socket = connect({ host: '127.0.0.1', port })
      // More than the sockets between the two take in.
      const size = 32 * 1024 * 1024
      const lines = [
        'POST /jmap/api HTTP/1.1',
        'Host: localhost',
        'Connection: close',
        'Content-Type: application/json',
        `Content-Length: ${size}`,
        `Authorization: ${AUTHORIZATION}`,
      ]
      // Like a program that reads nothing before it has sent everything.
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject).pause()
        socket.write(`${lines.join('\r\n')}\r\n\r\n`)
        socket.write(Buffer.alloc(size, '['), (error) => (error ? reject(error) : resolve()))
      })
      const answer = Buffer.concat(await socket.toArray()).toString()
      t.match(answer, /^HTTP\/1\.1 400 /)
      t.match(answer, /connection: close\r\n/i)
      t.match(answer, /"limit":"maxSizeRequest"\}$/, 'all of the answer, and then the end')
    },
  )
})

t.test('an unexpected error is a serverFail that tells nothing of the inside, and is logged', async (t) => {
  const { request, account, mailstore, errors } = await createServer(t)
  const read = () => Promise.reject(new Error('secret'))
  Object.assign(mailstore, { account: () => ({ ...account, read }) })
  const [failed, echo] = await request([
    ['Mailbox/get', {}],
    ['Core/echo', { x: 1 }],
  ])
  t.match(failed, ['error', { type: 'serverFail', description: String }, 'c0'])
  t.notMatch(JSON.stringify(failed), /secret/)
  t.strictSame(echo, ['Core/echo', { x: 1 }, 'c1'])
  t.match(errors.splice(0), [{ err: { message: 'secret' }, method: 'Mailbox/get' }])
})

t.test("the store's own errors are JMAP's", async (t) => {
  const { fails, inject, account, mailstore, errors } = await createServer(t)
  const broken = (error: Error) => {
    Object.assign(mailstore, { account: () => ({ ...account, read: () => Promise.reject(error) }) })
  }
  broken(new MailstoreError('unavailable', 'away'))
  t.match(await fails('Mailbox/get'), { type: 'serverUnavailable' })
  const eventSource = await inject({ method: 'GET', url: '/jmap/eventsource?types=*&closeafter=no&ping=0' })
  t.equal(eventSource.statusCode, 503)
  t.equal(errors.splice(0).length, 1)
  broken(new MailstoreError('unavailable', 'away', { outcome: 'unknown' }))
  const inDoubt = await fails('Mailbox/get')
  t.match(inDoubt, { type: 'serverPartialFail' }, 'it may be done: the client has to look (RFC 8620 §3.6.2)')
  broken(new MailstoreError('accountNotFound', 'deleted meanwhile'))
  t.match(await fails('Mailbox/get'), { type: 'accountNotFound' })
})

t.test('RFC 9110 §15.5.6: another method is refused, and what there is is told', async (t) => {
  const { fastify, accountId } = await createServer(t)
  const GET = ['GET', 'HEAD']
  const resources: [url: string, methods: string[]][] = [
    ['/.well-known/jmap', GET],
    ['/jmap/session', GET],
    ['/jmap/api', ['POST']],
    [`/jmap/upload/${accountId}/`, ['POST']],
    [`/jmap/download/${accountId}/b1/name.txt`, GET],
    ['/jmap/eventsource', ['GET']],
    ['/jmap/eventsource/ticket', ['POST']],
  ]
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const
  for (const [url, allowed] of resources) {
    for (const method of methods) {
      const payload =
        method === 'PUT' ? { payload: 'x'.repeat(100_000), headers: { 'content-type': 'text/x' } } : {}
      const response = await fastify.inject({ method: method as 'GET', url, ...payload })
      const what = `${method} ${url}`
      // Without a login.
      if (allowed.includes(method)) {
        t.equal(response.statusCode, 401, what)
        continue
      }
      t.equal(response.statusCode, 405, what)
      t.equal(response.headers.allow, [...allowed, 'OPTIONS'].join(', '), what)
      t.match(response.headers['content-type'], /^application\/problem\+json/, what)
      if (method !== 'HEAD')
        t.match(response.json(), { type: 'about:blank', status: 405, detail: String }, what)
    }
  }
  t.equal((await fastify.inject({ method: 'GET', url: '/jmap/nothing' })).statusCode, 404)
})
