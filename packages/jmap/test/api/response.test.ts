import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BlobStore, Mailstore, OpenBlob } from '@tandem/mailstore'
import { countingWire, type Wire } from '@tandem/mailstore/testing'
import fc from 'fast-check'
import t from 'tap'
import { DeferredList } from '../../src/api/deferred.js'
import { writeResponse } from '../../src/api/response.js'
import { createFakeClock } from '../fake-clock.js'
import { AUTHORIZATION, createServer, type Json, message, type TestServer, USING } from '../server.js'

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

t.test('pieces are the JSON of the whole, deferred lists included', async (t) => {
  const value = fc.jsonValue()
  const holds = fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string(), fc.dictionary(fc.string(), value), fc.array(value), fc.string())),
      async (calls) => {
        const plain = calls.map(([name, args, list, id]) => [name, { ...args, list, none: undefined }, id])
        const deferred = calls.map(([name, args, list, id]) => {
          const pieces = async function* () {
            for (const item of list) yield [item]
          }
          return [name, { ...args, list: new DeferredList(1, pieces), none: undefined }, id] as const
        })
        const written = await textOf(
          writeResponse(
            deferred.map(([...each]) => each),
            { sessionState: 's' },
          ),
        )
        return written === JSON.stringify({ methodResponses: plain, sessionState: 's' })
      },
    ),
  )
  await t.resolves(holds)
})

const BODY = 200_000
const EMAILS = 150

/** Emails of the same bytes. */
async function fill({ account }: TestServer, emails: number): Promise<void> {
  const inbox = (await account.read((r) => r.mailbox.byRole('inbox')))!
  const text = message({ Subject: 'long' }, `${'x'.repeat(72)}\n`.repeat(BODY / 74))
  const ingested = await account.ingest(Buffer.from(text), { nul: 'refuse' })
  await account.transact((tx) =>
    tx.email.create(Array.from({ length: emails }, () => ({ message: ingested, mailboxIds: [inbox.id] }))),
  )
}

/** Sends calls over a real connection. */
function send({ fastify, accountId }: TestServer, calls: [string, object][]): ClientRequest {
  const { port } = fastify.server.address() as AddressInfo
  const sent = request({
    port,
    path: '/jmap/api',
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    agent: false,
  })
  const methodCalls = calls.map(([name, args], index) => [name, { accountId, ...args }, `c${index}`])
  return sent.end(JSON.stringify({ using: USING, methodCalls }))
}

async function post(server: TestServer, calls: [string, object][]): Promise<IncomingMessage> {
  const [response] = await once(send(server, calls), 'response')
  return response
}

/** A request's place is free again once the server has seen its end. */
async function untilLetIn(server: TestServer): Promise<void> {
  for (;;) {
    const { statusCode } = (await post(server, [['Mailbox/get', { ids: [] }]])).resume()
    if (statusCode === 200) return
    if (statusCode !== 429) throw new Error(`${statusCode}`)
  }
}

const BODIES = { ids: null, fetchTextBodyValues: true }
const THREADS = { '#ids': { resultOf: 'c0', name: 'Email/get', path: '/list/*/threadId' } }

t.test(`${EMAILS} emails with bodies of ${BODY} octets are read as the client takes them`, async (t) => {
  let wire: Wire | undefined
  const through = async (url: string) => {
    wire = await countingWire(t, url)
    return wire.url
  }
  const server = await createServer(t, { limits: { maxConcurrentRequests: 1 } }, { through })
  await fill(server, EMAILS)
  await server.fastify.listen({ port: 0 })

  wire!.take()
  const response = await post(server, [['Email/get', BODIES]])
  const pieces: Buffer[] = []
  let taken = 0
  let read = 0
  let ahead = 0
  for await (const piece of response) {
    pieces.push(piece)
    taken += piece.length
    read += wire!.take().received
    // The database sends octets as two hexadecimal digits.
    ahead = Math.max(ahead, read / 2 - taken)
  }
  t.ok(taken > EMAILS * BODY)
  t.comment(`${Math.round(ahead / 1024)} KiB read ahead of the client`)
  t.ok(ahead < 16 * 1024 * 1024, 'no more than a few groups are read ahead')
  const [[, { list }]] = JSON.parse(Buffer.concat(pieces).toString()).methodResponses
  t.equal(list.length, EMAILS)
  t.ok(list.every(({ bodyValues }: Json) => bodyValues['1'].value.length > BODY * 0.95))

  const cut = await post(server, [['Email/get', BODIES]])
  cut.destroy()
  await untilLetIn(server)
  const [, refused, aside] = await server.request([
    ['Email/get', BODIES],
    ['Thread/get', THREADS],
    ['Thread/get', { '#ids': { resultOf: 'c0', name: 'Email/get', path: '/notFound' } }],
  ])
  t.match(refused, ['error', { type: 'requestTooLarge' }], 'so much is not held to be referred to')
  t.match(aside, ['Thread/get', { list: [] }], 'what stands beside it is there')
})

t.test('a call can refer to a list that would be made while it is sent', async (t) => {
  const server = await createServer(t)
  await fill(server, 20)
  const responses = await server.request([
    ['Email/get', BODIES],
    ['Thread/get', THREADS],
  ])
  const [emails, threads] = responses.map(([, args]) => args) as [Json, Json]
  t.equal(emails.list.length, 20)
  t.equal(emails.list[19].bodyValues['1'].isTruncated, false)
  t.same(
    threads.list.map(({ id }: Json) => id).sort(),
    emails.list.map(({ threadId }: Json) => threadId).sort(),
  )
})

/** The store, but for how it reads slices of blobs. */
function readingBy(readSlices: (read: () => Promise<(OpenBlob | null)[]>) => Promise<(OpenBlob | null)[]>) {
  return (mailstore: Mailstore): Mailstore => ({
    ...mailstore,
    account(id) {
      const account = mailstore.account(id)
      const openSlices: BlobStore['openSlices'] = (slices) =>
        readSlices(() => account.blobs.openSlices(slices))
      return { ...account, blobs: { ...account.blobs, openSlices } }
    },
  })
}

t.test('an answer that cannot be finished breaks off, and that is logged', async (t) => {
  let reads = 0
  const instead = readingBy(async (read) => {
    if (++reads === 2) throw new Error('lost')
    return read()
  })
  const server = await createServer(t, {}, { instead })
  await fill(server, 50)
  await server.fastify.listen({ port: 0 })
  const response = await post(server, [['Email/get', BODIES]])
  t.equal(response.statusCode, 200)
  await t.rejects(response.toArray(), { code: 'ECONNRESET' })
  t.match(server.errors.splice(0), [{ err: { message: 'lost' } }])
})

t.test('that a client leaves before its answer is no fault', async (t) => {
  let sent: ClientRequest | undefined
  let closed: Promise<unknown> | undefined
  const instead = readingBy(async (read) => {
    sent?.destroy()
    sent = undefined
    await closed
    return read()
  })
  const server = await createServer(t, { limits: { maxConcurrentRequests: 1 } }, { instead })
  await fill(server, 50)
  await server.fastify.listen({ port: 0 })
  server.fastify.server.once('request', (_request, response: ServerResponse) => {
    closed = once(response, 'close')
  })
  sent = send(server, [['Email/get', BODIES]])
  await t.rejects(once(sent, 'response'), { code: 'ECONNRESET' })
  await untilLetIn(server)
  t.same(server.errors, [])
})

t.test('a client that takes nothing for a minute is left, and its place is free again', async (t) => {
  const clock = createFakeClock()
  const server = await createServer(t, { clock, limits: { maxConcurrentRequests: 1 } })
  await fill(server, EMAILS)
  await server.fastify.listen({ port: 0 })
  let isClosed = false
  server.fastify.server.once('request', (_request, response: ServerResponse) => {
    response.once('close', () => {
      isClosed = true
    })
  })
  const response = await post(server, [['Email/get', BODIES]])
  await clock.advance(59_000)
  t.equal(isClosed, false)
  while (!isClosed) await clock.advance(61_000)
  await t.rejects(response.toArray(), { code: 'ECONNRESET' })
  await untilLetIn(server)
})
