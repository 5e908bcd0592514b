import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { AUTHORIZATION, createServer, type Json, message, NAME, states } from '../server.js'

const ALL = 'types=*&closeafter=no&ping=0'

interface Event {
  event: string | undefined
  id: string | undefined
  data: Json
}

/** One stream: its events in turn, null at its end. */
interface Listener {
  response: IncomingMessage
  next(): Promise<Event | null>
  close(): void
}

async function listen(port: number, query: string, headers: Record<string, string> = {}): Promise<Listener> {
  const path = `/jmap/eventsource?${query}`
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    headers: { authorization: AUTHORIZATION, ...headers },
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const events = readEvents(response)
  return {
    response,
    async next() {
      const { value, done } = await events.next()
      return done ? null : value
    },
    close: () => sent.destroy(),
  }
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<Event, void> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
      )
      text = text.slice(end + 2)
      const data = fields.get('data')
      yield { event: fields.get('event'), id: fields.get('id'), data: data && JSON.parse(data) }
    }
  }
}

t.test('the event source', async (t) => {
  const server = await createServer(t)
  const { deliver, call, accountId, fastify, inject } = server
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  const { port } = fastify.server.address() as AddressInfo

  await t.test('RFC 8620 §7.3: a change is told as the states that a /get would give', async (t) => {
    const listener = await listen(port, ALL)
    t.match(listener.response, {
      statusCode: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': /no-store/,
        'access-control-allow-origin': '*',
      },
    })
    t.match(await listener.next(), { event: undefined, data: undefined, id: String })
    const id = await deliver(message({ Subject: 'new' }))
    const { Mailbox, Thread, Email } = await states(server)
    const told = await listener.next()
    t.match(told, {
      event: 'state',
      id: String,
      data: {
        '@type': 'StateChange',
        changed: { [accountId]: { Mailbox, Thread, Email, EmailDelivery: String } },
      },
    })

    await call('Email/set', { update: { [id]: { 'keywords/x': true } } })
    const flagged = await listener.next()
    t.strictSame(Object.keys(flagged!.data.changed[accountId]).includes('EmailDelivery'), false)
    t.match(flagged!.data.changed[accountId], { Email: (await states(server)).Email })
    listener.close()
  })

  await t.test('RFC 8621 §1.5: EmailDelivery moves with new mail only', async (t) => {
    const listener = await listen(port, 'types=EmailDelivery&closeafter=state&ping=0')
    await listener.next()
    const { list } = await call('Email/get', { ids: null, properties: ['id'] })
    await call('Email/set', { update: { [list[0].id]: { 'keywords/y': true } } })
    await deliver(message({ Subject: 'newer' }))
    const told = await listener.next()
    t.strictSame(Object.keys(told!.data.changed[accountId]), ['EmailDelivery'])
    t.equal(await listener.next(), null, 'closeafter=state')
  })

  await t.test('RFC 8621 §1.5: identities, submissions and the vacation response are told of', async (t) => {
    const listener = await listen(
      port,
      'types=Identity,EmailSubmission,VacationResponse&closeafter=no&ping=0',
    )
    await listener.next()
    const { list } = await call('Identity/get', { ids: null })
    const emailId = await deliver(message({ From: NAME }), { into: ['drafts'] })
    const envelope = { mailFrom: { email: NAME }, rcptTo: [{ email: 'x@elsewhere.org' }] }
    const calls: [type: string, args: Record<string, unknown>][] = [
      ['Identity', { update: { [list[0].id]: { name: 'Ann' } } }],
      ['EmailSubmission', { create: { k: { identityId: list[0].id, emailId, envelope } } }],
      ['VacationResponse', { update: { singleton: { isEnabled: true } } }],
    ]
    for (const [type, args] of calls) {
      const { newState } = await call(`${type}/set`, args)
      t.strictSame((await listener.next())!.data.changed, { [accountId]: { [type]: newState } })
    }
    await call('VacationResponse/set', { update: { singleton: { isEnabled: false } } })
    listener.close()
  })

  await t.test('RFC 8620 §7.3: Last-Event-ID catches up with what was missed', async (t) => {
    const first = await listen(port, ALL)
    const { id } = (await first.next())!
    first.close()
    const same = await listen(port, ALL, { 'last-event-id': id! })
    await same.next()
    same.close()
    await call('Mailbox/set', { create: { k: { name: 'Missed' } } })
    const { Mailbox } = await states(server)
    const again = await listen(port, ALL, { 'last-event-id': id! })
    t.match(await again.next(), { id })
    t.strictSame((await again.next())!.data.changed, { [accountId]: { Mailbox } })
    again.close()
    const strange = await listen(port, 'types=Mailbox&closeafter=state&ping=0', { 'last-event-id': 'x' })
    await strange.next()
    t.strictSame((await strange.next())!.data.changed, { [accountId]: { Mailbox } })
  })

  await t.test('a ticket opens an event source without a header, and nothing else', async (t) => {
    const issued = await inject({ method: 'POST', url: '/jmap/eventsource/ticket' })
    t.equal(issued.statusCode, 201)
    t.equal(issued.headers['cache-control'], 'no-store')
    const { ticket, expires } = issued.json()
    const left = Date.parse(expires) - Date.now()
    t.ok(left > 200_000 && left <= 300_000, expires)
    const listener = await listen(port, `${ALL}&ticket=${ticket}`, { authorization: '' })
    t.equal(listener.response.statusCode, 200)
    await listener.next()
    await deliver(message({ Subject: 'told' }))
    t.match(await listener.next(), { event: 'state', data: { changed: { [accountId]: { Email: String } } } })
    listener.close()
    const bare = { authorization: '' }
    for (const url of [
      `/jmap/eventsource?${ALL}&ticket=${ticket}x`,
      `/jmap/eventsource?${ALL}&ticket=`,
      `/jmap/session?ticket=${ticket}`,
    ]) {
      t.equal((await inject({ method: 'GET', url, headers: bare })).statusCode, 401, url)
    }
    const none = await inject({ method: 'POST', url: '/jmap/eventsource/ticket', headers: bare })
    t.equal(none.statusCode, 401)
  })

  await t.test('what is asked wrongly is a problem', async (t) => {
    for (const query of [
      '',
      'types=*&closeafter=no',
      'types=&closeafter=no&ping=0',
      'types=*&closeafter=x&ping=0',
    ]) {
      const response = await inject({ method: 'GET', url: `/jmap/eventsource?${query}` })
      t.equal(response.statusCode, 400, query)
      t.match(response.json(), { status: 400, detail: String })
    }
  })

  await t.test('streams end when the server closes', async (t) => {
    const listener = await listen(port, ALL)
    await listener.next()
    const closed = fastify.close()
    t.equal(await listener.next(), null)
    await closed
  })
})

t.test('only so many streams at a time, and a place is free again when one has ended', async (t) => {
  const { fastify, mailstore } = await createServer(t)
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  const { port } = fastify.server.address() as AddressInfo
  const listeners = await Promise.all(Array.from({ length: 32 }, () => listen(port, ALL)))
  const refused = await listen(port, ALL)
  t.equal(refused.response.statusCode, 429)
  refused.close()
  await Promise.all(listeners.map((listener) => listener.next()))
  await mailstore.directory.setPassword(NAME, 'another one')
  const ends = await Promise.all(listeners.map((listener) => listener.next()))
  t.ok(
    ends.every((end) => end === null),
    'all end with the password, without waiting for a change',
  )
  await mailstore.directory.setPassword(NAME, 'correct horse')
  const next = await listen(port, ALL)
  t.equal(next.response.statusCode, 200)
  await next.next()
  next.close()
})
