// JMAP over a real store, for the tests.
import {
  type Account,
  formatId,
  type Logger,
  type Mailstore,
  openMailstore,
  type Principal,
} from '@tandem/mailstore'
import { createTestDatabase, type Test } from '@tandem/mailstore/testing'
import fastify, {
  type FastifyInstance,
  type LightMyRequestResponse as Injected,
  type InjectOptions,
} from 'fastify'
import { type JmapOptions, jmapPlugin } from '../src/index.js'

export const NAME = 'ann@example.com'
export const PASSWORD = 'correct horse'
export const AUTHORIZATION = basic(NAME, PASSWORD)
export const USING = ['core', 'mail', 'submission', 'vacationresponse'].map(
  (name) => `urn:ietf:params:jmap:${name}`,
)

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the tests are to find out
export type Json = any
export type Response = [name: string, args: Record<string, Json>, callId: string]

export interface TestServer {
  fastify: FastifyInstance
  mailstore: Mailstore
  principal: Principal
  account: Account
  accountId: string
  /** What was logged as an error; what is left of it at its end fails the test. */
  errors: unknown[]
  inject(options: InjectOptions): Promise<Injected>
  /** One API request; `accountId` is filled in. */
  request(calls: [string, Record<string, unknown>, string?][], more?: object): Promise<Response[]>
  /** The arguments of the one response of one call; throws where it is an error. */
  call(name: string, args?: Record<string, unknown>): Promise<Record<string, Json>>
  /** The error of one call. */
  fails(name: string, args?: Record<string, unknown>): Promise<Record<string, Json>>
  /** Delivers a message into mailboxes by role or name; gives its id on the wire. */
  deliver(message: string | Buffer, options?: DeliverOptions): Promise<string>
  /** The id of a mailbox by role or name, on the wire. */
  mailboxId(roleOrName: string): Promise<string>
}

export interface DeliverOptions {
  into?: string[]
  keywords?: string[]
  receivedAt?: Date
}

export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** A message with CRLF line ends. */
export function message(headers: Record<string, string>, body = 'Hello.\n'): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
  return `${fields.join('')}\n${body}`.replace(/\r?\n/g, '\r\n')
}

export interface ServerOptions {
  trustProxy?: string | false
  /** What stands between the store and its database; gives the URL there. */
  through?(url: string): Promise<string>
  /** What the plugin is given in the store's place. */
  instead?(mailstore: Mailstore): Mailstore
}

export async function createServer(
  t: Test,
  options: Partial<JmapOptions> = {},
  {
    trustProxy = false,
    through = async (url) => url,
    instead = (mailstore) => mailstore,
  }: ServerOptions = {},
): Promise<TestServer> {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ url: await through(url) })
  t.teardown(() => mailstore.close())
  const errors: unknown[] = []
  const log: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => errors.push(fields) }
  const server = fastify({ trustProxy })
  await server.register(
    jmapPlugin({ mailstore: instead(mailstore), log, maxSizeUpload: 1_000_000, ...options }),
  )
  t.teardown(() => server.close())
  t.teardown(() => {
    if (errors.length > 0) throw new Error('an error was logged', { cause: errors[0] })
  })
  const principal = await mailstore.directory.createAccount(NAME, PASSWORD)
  const account = mailstore.account(principal.accountId)
  const accountId = formatId('account', principal.accountId)

  const inject = (request: InjectOptions) =>
    server.inject({ ...request, headers: { authorization: AUTHORIZATION, ...request.headers } })

  async function request(
    calls: [string, Record<string, unknown>, string?][],
    more: object = {},
  ): Promise<Response[]> {
    const methodCalls = calls.map(([name, args, id], index) => {
      const isCore = /^(?:Core|PushSubscription)\//.test(name)
      return [name, isCore ? args : { accountId, ...args }, id ?? `c${index}`]
    })
    const response = await inject({
      method: 'POST',
      url: '/jmap/api',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ using: USING, methodCalls, ...more }),
    })
    if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${response.body}`)
    return response.json().methodResponses
  }

  async function single(name: string, args: Record<string, unknown> = {}): Promise<Response> {
    const responses = await request([[name, args]])
    if (responses.length !== 1) throw new Error(JSON.stringify(responses))
    return responses[0]!
  }

  async function findMailbox(roleOrName: string): Promise<number> {
    const mailboxes = await account.read((r) => r.mailbox.list())
    const found = mailboxes.find(({ role, name }) => role === roleOrName || name === roleOrName)
    if (!found) throw new Error(`there is no mailbox ${roleOrName}`)
    return found.id
  }

  return {
    fastify: server,
    mailstore,
    principal,
    account,
    accountId,
    errors,
    inject,
    request,
    async call(name, args) {
      const [answer, result] = await single(name, args)
      if (answer !== name) throw new Error(`${name}: ${JSON.stringify(result)}`)
      return result
    },
    async fails(name, args) {
      const [answer, result] = await single(name, args)
      if (answer !== 'error') throw new Error(`${name} did not fail: ${JSON.stringify(result)}`)
      return result
    },
    async deliver(text, { into = ['inbox'], keywords = [], receivedAt } = {}) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      const ingested = await account.ingest(bytes, { nul: 'replace' })
      const mailboxIds = await Promise.all(into.map(findMailbox))
      const email = { message: ingested, mailboxIds, keywords, ...(receivedAt ? { receivedAt } : {}) }
      const [filed] = await account.transact((tx) => tx.email.create([email]))
      return formatId('email', filed!.id)
    },
    mailboxId: async (roleOrName) => formatId('mailbox', await findMailbox(roleOrName)),
  }
}

/** The states of all types, as a /get would give them. */
export async function states({ call }: TestServer): Promise<Record<'Mailbox' | 'Thread' | 'Email', string>> {
  const state = async (type: string) => (await call(`${type}/get`, { ids: [] })).state as string
  return { Mailbox: await state('Mailbox'), Thread: await state('Thread'), Email: await state('Email') }
}
