import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from '@tandem/mailstore/testing'
import { generate } from 'selfsigned'

/** A push service that takes everything. */
export interface PushService {
  url: string
  /** The file of its certificate, which signs itself. */
  certificate: string
  /** How many came. */
  count(): number
  /** The next body, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the tests are to find out
  next(): Promise<any>
}

export async function openPushService(t: Test): Promise<PushService> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  const folder = await mkdtemp(path.join(tmpdir(), 'tandem-push-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const certificate = path.join(folder, 'cert.pem')
  await writeFile(certificate, pems.cert)

  const bodies: string[] = []
  const waiting: (() => void)[] = []
  const server = createServer({ key: pems.private, cert: pems.cert }, async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    bodies.push(body)
    response.writeHead(201).end()
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
    url: `https://localhost:${(server.address() as AddressInfo).port}/`,
    certificate,
    count: () => bodies.length,
    async next() {
      while (bodies.length <= taken) await new Promise<void>((resolve) => waiting.push(resolve))
      return JSON.parse(bodies[taken++]!)
    },
  }
}
