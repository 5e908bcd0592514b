import { X509Certificate } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connect } from 'node:tls'
import { createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { prepareTls } from '../../src/tls.js'
import { serve, splitAddress, tandem } from '../tandem.js'

const NONE = { TANDEM_TLS_CERT: null, TANDEM_TLS_KEY: null, TANDEM_HOSTNAME: 'mx.example.org' }

function fingerprintAt(address: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...splitAddress(address), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()!.fingerprint256)
      socket.end()
    }).on('error', reject)
  })
}

t.test('SIGHUP takes up new certificate files, and keeps the old ones where the new are wrong', async (t) => {
  const { url } = await createTestDatabase(t)
  const dir = t.testdir({})
  const [first, second] = [path.join(dir, '1'), path.join(dir, '2')]
  for (const folder of [first, second]) await prepareTls({ ...NONE, TANDEM_DATA: folder })
  const [cert, key] = [path.join(first, 'tls', 'cert.pem'), path.join(first, 'tls', 'key.pem')]
  const fingerprint = async (file: string) => new X509Certificate(await readFile(file)).fingerprint256
  const before = await fingerprint(cert)

  const server = await serve(t, ['--workers=2', '--tls-cert', cert, '--tls-key', key], {
    env: {
      DATABASE_URL: url,
      TANDEM_SERVICES: 'imap,submission',
      TANDEM_HTTP_PORT: 'off',
      TANDEM_IMAP_PORT: 'off',
      TANDEM_IMAPS_PORT: '0',
      TANDEM_SUBMISSION_PORT: 'off',
      TANDEM_SUBMISSIONS_PORT: '0',
    },
  })
  const { imaps, submissions } = server.addresses
  const shown = async () => {
    const seen = new Set<string>()
    // The workers take turns.
    for (const address of [imaps, imaps, submissions, submissions]) seen.add(await fingerprintAt(address))
    return [...seen]
  }
  t.strictSame(await shown(), [before])

  await writeFile(cert, 'damaged')
  server.kill('SIGHUP')
  await server.logged('the certificate cannot be read; the one from before stays', 2)
  t.strictSame(await shown(), [before])

  for (const name of ['cert.pem', 'key.pem']) {
    await copyFile(path.join(second, 'tls', name), path.join(first, 'tls', name))
  }
  server.kill('SIGHUP')
  await server.logged('certificate read again', 2)
  const after = await fingerprint(cert)
  t.not(after, before)
  t.strictSame(await shown(), [after])
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
})

t.test('a certificate that cannot be read stops the start, and the line names its setting', async (t) => {
  const { url } = await createTestDatabase(t)
  for (const workers of ['1', '2']) {
    const files = ['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem']
    const args = ['serve', ...files, '--workers', workers, '--log-level=warn']
    const { code, stderr } = await tandem(args, { env: { DATABASE_URL: url } })
    t.equal(code, 2)
    t.match(stderr, /^tandem: TANDEM_TLS_CERT: there is no such file or folder .*\n$/)
  }
})
