// A push service for tests: takes what comes over TLS, and answers as it is told to.
import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from '../testing.js'

export interface Push {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body where it is not encrypted. */
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the tests are to find out
  json(): any
}

export interface PushService {
  /** `https://localhost:…/push`. */
  url: string
  /** All that came so far. */
  received: Push[]
  /** The next that comes, or that came and was not asked for yet. */
  next(): Promise<Push>
  /** How the next ones are answered, in turn; 201 where nothing is said. */
  answers: ((response: ServerResponse) => void)[]
}

/** `tls`: PEM, for localhost. Closed when `t` ends. */
export async function openPushService(t: Test, tls: { key: string; cert: string }): Promise<PushService> {
  const received: Push[] = []
  const answers: PushService['answers'] = []
  const waiting: (() => void)[] = []
  const server = createServer(tls, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { method = '', url: path = '', headers } = request
    received.push({ method, path, headers, body, json: () => JSON.parse(body.toString()) })
    const answer = answers.shift()
    if (answer) answer(response)
    else response.writeHead(201).end()
    for (const wake of waiting.splice(0)) wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  let taken = 0
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/push`,
    received,
    answers,
    async next() {
      while (received.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve))
      return received[taken++]!
    },
  }
}
