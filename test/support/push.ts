import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPushService, type PushService, type Test } from '@tandem/mailstore/testing'
import { generate } from 'selfsigned'

/** A push service for localhost; `certificate`: the file of what it signs itself, for NODE_EXTRA_CA_CERTS. */
export async function startPushService(t: Test): Promise<PushService & { certificate: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
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
  await writeFile(certificate, cert)
  return { ...(await openPushService(t, { key, cert })), certificate }
}
