import type { ServerResponse } from 'node:http'
import { openPushService, type PushService, type Test } from '@tandem/mailstore/testing'
import { generate } from 'selfsigned'

export interface Receiver extends PushService {
  /** Its certificate, which signs itself. */
  ca: string
}

export const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end()
  }

export async function openReceiver(t: Test): Promise<Receiver> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
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
  return { ...(await openPushService(t, { key, cert })), ca: cert }
}
