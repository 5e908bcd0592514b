import t from 'tap'
import { AUTHORIZATION, basic, createServer, NAME, USING } from './server.js'

const CORE = 'urn:ietf:params:jmap:core'
const MAIL = 'urn:ietf:params:jmap:mail'
const SUBMISSION = 'urn:ietf:params:jmap:submission'
const VACATION = 'urn:ietf:params:jmap:vacationresponse'
const VAPID = 'urn:ietf:params:jmap:webpush-vapid'

t.test('the session', async (t) => {
  const server = await createServer(t, { limits: { maxObjectsInGet: 77 } })
  const { inject, accountId, fastify } = server

  await t.test('RFC 8620 §2: what there is, and where', async (t) => {
    for (const url of ['/.well-known/jmap', '/jmap/session']) {
      const response = await inject({ method: 'GET', url, headers: { host: 'mail.example.com:8080' } })
      t.equal(response.statusCode, 200)
      t.match(response.headers, {
        'content-type': /^application\/json/,
        'cache-control': 'no-cache, no-store, must-revalidate',
        'access-control-allow-origin': '*',
      })
      const session = response.json()
      t.strictSame(
        Object.keys(session.capabilities),
        [CORE, MAIL, SUBMISSION, VACATION, VAPID],
        'and no more',
      )
      t.strictSame(session.capabilities[CORE], {
        maxSizeUpload: 1_000_000,
        maxConcurrentUpload: 4,
        maxSizeRequest: 10_000_000,
        maxConcurrentRequests: 8,
        maxCallsInRequest: 64,
        maxObjectsInGet: 77,
        maxObjectsInSet: 500,
        collationAlgorithms: ['i;ascii-casemap', 'i;ascii-numeric', 'i;octet', 'i;unicode-casemap'],
      })
      t.strictSame(session.capabilities[MAIL], {})
      t.strictSame([session.capabilities[SUBMISSION], session.capabilities[VACATION]], [{}, {}])
      t.strictSame(Object.keys(session.accounts), [accountId])
      t.match(session.accounts[accountId], {
        name: NAME,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: {
          [MAIL]: {
            maxMailboxesPerEmail: null,
            maxMailboxDepth: Number,
            maxSizeMailboxName: Number,
            maxSizeAttachmentsPerEmail: 700_000,
            emailQuerySortOptions: ['receivedAt', 'sentAt', 'size', 'from', 'to', 'subject', 'hasKeyword'],
            mayCreateTopLevelMailbox: true,
          },
          // RFC 8621 §1.3.2
          [SUBMISSION]: {
            maxDelayedSend: 31_536_000,
            submissionExtensions: { SIZE: ['1000000'], DSN: [], FUTURERELEASE: ['31536000'], SMTPUTF8: [] },
          },
          [VACATION]: {},
        },
      })
      t.strictSame(session.primaryAccounts, {
        [MAIL]: accountId,
        [SUBMISSION]: accountId,
        [VACATION]: accountId,
      })
      const base = 'http://mail.example.com:8080/jmap'
      t.match(session, {
        username: NAME,
        apiUrl: `${base}/api`,
        uploadUrl: `${base}/upload/{accountId}/`,
        downloadUrl: `${base}/download/{accountId}/{blobId}/{name}?type={type}`,
        eventSourceUrl: `${base}/eventsource?types={types}&closeafter={closeafter}&ping={ping}`,
        state: /^[0-9a-f]{16}$/,
      })
    }
  })

  await t.test('RFC 8620 §3.4: the sessionState of an API response is its state', async (t) => {
    const session = (await inject({ method: 'GET', url: '/jmap/session' })).json()
    const payload = JSON.stringify({ using: USING, methodCalls: [] })
    const headers = { 'content-type': 'application/json' }
    const api = await inject({ method: 'POST', url: '/jmap/api', headers, payload })
    t.equal(api.json().sessionState, session.state)
    const elsewhere = (
      await inject({ method: 'GET', url: '/jmap/session', headers: { host: 'other' } })
    ).json()
    t.not(elsewhere.state, session.state, 'another session has another state')
  })

  await t.test('X-Forwarded-* counts only where the server trusts the proxy', async (t) => {
    const headers = { host: 'inner', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'outer.example.com' }
    const { apiUrl } = (await inject({ method: 'GET', url: '/jmap/session', headers })).json()
    t.equal(apiUrl, 'http://inner/jmap/api')
  })

  await t.test('authentication: who may not, hears why, and how', async (t) => {
    const cases: [what: string, headers: Record<string, string>, remoteAddress: string, status: number][] = [
      ['nobody', {}, '127.0.0.1', 401],
      ['another scheme', { authorization: 'Bearer x' }, '127.0.0.1', 401],
      ['a wrong password', { authorization: basic(NAME, 'wrong') }, '127.0.0.2', 401],
      ['a wrong name', { authorization: basic('bob@example.com', 'wrong') }, '127.0.0.3', 401],
      ['without TLS from elsewhere', { authorization: AUTHORIZATION }, '192.0.2.1', 403],
      [
        'the same with a word of the proxy that nobody trusts',
        { authorization: AUTHORIZATION, 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' },
        '192.0.2.1',
        403,
      ],
      [
        'the name in capitals',
        { authorization: basic(NAME.toUpperCase(), 'correct horse') },
        '127.0.0.1',
        200,
      ],
    ]
    let guesses = 0
    const urls = [
      ...['/.well-known/jmap', '/jmap/session', `/jmap/download/${accountId}/b/x`],
      '/jmap/eventsource?types=*&closeafter=state&ping=0',
    ]
    for (const [what, headers, remoteAddress, status] of cases) {
      for (const url of status === 200 ? urls.slice(0, 2) : urls) {
        // An address that failed waits: each guess has its own.
        const isGuess = status === 401 && 'authorization' in headers
        const from = isGuess ? `127.1.1.${++guesses}` : remoteAddress
        const response = await fastify.inject({ method: 'GET', url, headers, remoteAddress: from })
        t.equal(response.statusCode, status, `${what}: ${url}`)
        t.equal(response.headers['access-control-allow-origin'], '*')
        if (status === 200) continue
        t.match(response.headers['content-type'], /^application\/problem\+json/)
        t.match(response.json(), { type: 'about:blank', status, detail: String })
        const challenge = status === 401 ? 'Basic realm="Tandem", charset="UTF-8"' : undefined
        t.equal(response.headers['www-authenticate'], challenge, what)
      }
    }
  })

  await t.test('CORS: a preflight needs no login, and no origin is asked for credentials', async (t) => {
    const urls = [
      '/.well-known/jmap',
      '/jmap/api',
      `/jmap/upload/${accountId}/`,
      `/jmap/download/${accountId}/b/x`,
    ]
    for (const url of urls) {
      const response = await fastify.inject({
        method: 'OPTIONS',
        url,
        headers: { origin: 'https://client.example', 'access-control-request-method': 'POST' },
        remoteAddress: '192.0.2.1',
      })
      t.equal(response.statusCode, 204, url)
      t.match(response.headers, {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': /POST/,
        'access-control-allow-headers': /Authorization, Content-Type/,
      })
      t.notOk('access-control-allow-credentials' in response.headers)
    }
  })
})

t.test('a public URL goes before all', async (t) => {
  const { inject } = await createServer(t, { publicUrl: 'https://mail.example.com/in/' })
  const session = (await inject({ method: 'GET', url: '/jmap/session' })).json()
  t.equal(session.apiUrl, 'https://mail.example.com/in/jmap/api')
})

t.test('a trusted proxy says where a request came from, and over what', async (t) => {
  const { inject } = await createServer(t, {}, { trustProxy: '127.0.0.1' })
  const forwarded = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-host': 'mail.example.com' }
  const get = (proto: string) =>
    inject({ method: 'GET', url: '/jmap/session', headers: { ...forwarded, 'x-forwarded-proto': proto } })
  const secure = await get('https')
  t.equal(secure.json().apiUrl, 'https://mail.example.com/jmap/api')
  t.equal((await get('http')).statusCode, 403)
})

t.test('isSecure decides instead', async (t) => {
  const isSecure = (request: { headers: Record<string, unknown> }) => request.headers['x-tunnel'] === 'yes'
  const { inject } = await createServer(t, { isSecure })
  const get = async (tunnel: string, remoteAddress: string) => {
    const headers = { 'x-tunnel': tunnel }
    return (await inject({ method: 'GET', url: '/jmap/session', headers, remoteAddress })).statusCode
  }
  t.strictSame([await get('yes', '192.0.2.1'), await get('no', '127.0.0.1')], [200, 403])
})

t.test('a password that was changed is refused at the next request', async (t) => {
  const { inject, mailstore } = await createServer(t)
  const get = async () => (await inject({ method: 'GET', url: '/jmap/session' })).statusCode
  t.equal(await get(), 200)
  t.equal(await get(), 200)
  await mailstore.directory.setPassword(NAME, 'another one')
  t.equal(await get(), 401)
})
