import { X509Certificate } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t, { type Test } from 'tap'
import { openTls, prepareTls } from '../src/tls.js'

const DAY_MS = 86_400_000

function place(t: Test) {
  const TANDEM_DATA = path.join(t.testdir({}), 'data')
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(TANDEM_DATA, 'tls', name))
  return {
    cert: cert!,
    key: key!,
    settings: { TANDEM_DATA, TANDEM_HOSTNAME: 'mx.example.org', TANDEM_TLS_CERT: null, TANDEM_TLS_KEY: null },
  }
}

t.test(
  'the generated certificate is for this machine, for a year, and only its owner reads the key',
  async (t) => {
    const { settings, cert, key } = place(t)
    t.equal(await prepareTls(settings), true)
    const certificate = new X509Certificate(await readFile(cert))
    for (const name of ['localhost', 'mx.example.org']) t.ok(certificate.checkHost(name), name)
    for (const address of ['127.0.0.1', '::1']) t.ok(certificate.checkIP(address), address)
    const days = (Date.parse(certificate.validTo) - Date.now()) / DAY_MS
    t.ok(days > 364 && days < 366)
    t.equal((await stat(key)).mode & 0o777, 0o600)
    t.equal((await openTls(settings)).current().cert, await readFile(cert, 'utf8'))
  },
)

t.test('it is made once, and again when its end is near or it is damaged', async (t) => {
  const { settings, cert, key } = place(t)
  await prepareTls(settings)
  const first = await readFile(cert, 'utf8')
  t.equal(await prepareTls(settings), false)
  t.equal(await readFile(cert, 'utf8'), first)
  t.equal(await prepareTls(settings, new Date(Date.now() + 340 * DAY_MS)), true, '25 days before its end')
  const second = await readFile(cert, 'utf8')
  t.not(second, first)
  await writeFile(cert, first)
  t.equal(await prepareTls(settings), true, 'the key is of another certificate')
  await writeFile(key, 'x')
  t.equal(await prepareTls(settings), true, 'the key is damaged')
})

t.test('reload takes up new files, and keeps the old certificate where the new ones are wrong', async (t) => {
  const { settings, cert } = place(t)
  await prepareTls(settings)
  const tls = await openTls(settings)
  const before = tls.current()
  await writeFile(cert, 'x')
  await t.rejects(tls.reload(), { name: 'Stop' })
  t.equal(tls.current(), before)
  await prepareTls(settings)
  await tls.reload()
  t.not(tls.current().context, before.context)
})

t.test('wrong files are refused with the setting that names them', async (t) => {
  const { settings, cert, key } = place(t)
  const other = place(t)
  await prepareTls(settings)
  await prepareTls({ ...other.settings, TANDEM_DATA: `${other.settings.TANDEM_DATA}2` })
  const otherKey = path.join(`${other.settings.TANDEM_DATA}2`, 'tls', 'key.pem')
  const cases: [cert: string, key: string, message: RegExp][] = [
    ['/nowhere/cert.pem', key, /^TANDEM_TLS_CERT: there is no such file or folder \(\/nowhere\/cert\.pem\)$/],
    [cert, '/nowhere/key.pem', /^TANDEM_TLS_KEY: there is no such file or folder \(\/nowhere\/key\.pem\)$/],
    [key, key, /^TANDEM_TLS_CERT: .*key\.pem is not a PEM certificate$/],
    [cert, otherKey, /^TANDEM_TLS_KEY: .*key\.pem is not the private key of .*cert\.pem/],
  ]
  for (const [certFile, keyFile, message] of cases) {
    const given = { ...settings, TANDEM_TLS_CERT: certFile, TANDEM_TLS_KEY: keyFile }
    t.equal(await prepareTls(given), false, 'given files are not replaced')
    await t.rejects(openTls(given), { name: 'Stop', exitCode: 2, message })
  }
})
