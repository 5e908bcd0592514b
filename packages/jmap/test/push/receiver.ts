// A push service for tests: takes what comes over TLS, and answers as it is told to.
import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from '@tandem/mailstore/testing'
import { generate } from 'selfsigned'
import type { Json } from '../server.js'

export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body where it is not encrypted. */
  json(): Json
}

export interface Receiver {
  /** `https://localhost:…/push`. */
  url: string
  /** Its certificate, which signs itself. */
  ca: string
  /** All that came so far. */
  received: Received[]
  /** The next that comes, or that came and was not asked for yet. */
  next(): Promise<Received>
  /** How the next ones are answered, in turn; 201 where nothing is said. */
  answers: ((response: ServerResponse) => void)[]
}

export const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end()
  }

export async function openReceiver(t: Test): Promise<Receiver> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  const received: Received[] = []
  const answers: Receiver['answers'] = []
  const waiting: (() => void)[] = []
  const server: Server = createServer({ key: pems.private, cert: pems.cert }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const { method = '', url: path = '', headers } = request
    received.push({ method, path, headers, body, json: () => JSON.parse(body.toString()) })
    ;(answers.shift() ?? answering(201))(response)
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
    ca: pems.cert,
    received,
    answers,
    async next() {
      while (received.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve))
      return received[taken++]!
    },
  }
}
