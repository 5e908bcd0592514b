// The certificate of the listeners: the files of TANDEM_TLS_CERT and TANDEM_TLS_KEY, or a self-signed one that is
// made once and kept in TANDEM_DATA/tls. Read again on SIGHUP; connections that exist keep what they began with.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { generate } from 'selfsigned'
import type { Settings } from './settings/table.js'
import { EXIT, reason, Stop } from './stop.js'

const DAY_MS = 86_400_000
/** Days: how long a generated certificate lasts, and how long before its end it is replaced. */
const LIFETIME = 365
const RENEW_BEFORE = 30

type Place = Pick<Settings, 'TANDEM_DATA' | 'TANDEM_HOSTNAME' | 'TANDEM_TLS_CERT' | 'TANDEM_TLS_KEY'>

export interface Certificate {
  /** PEM. */
  cert: string
  key: string
  context: SecureContext
  expires: Date
}

/** What the listeners ask for at each handshake, so that a new certificate needs no restart. */
export interface TlsSource {
  current(): Certificate
  /** Reads the files again; where they are wrong, throws and keeps what it had. */
  reload(): Promise<Certificate>
}

function files(settings: Place): { certFile: string; keyFile: string; generated: boolean } {
  const { TANDEM_TLS_CERT: cert, TANDEM_TLS_KEY: key } = settings
  if (cert !== null && key !== null) return { certFile: cert, keyFile: key, generated: false }
  const folder = path.join(settings.TANDEM_DATA, 'tls')
  return { certFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem'), generated: true }
}

/**
 * Makes the self-signed certificate where one is called for and none is there that lasts. Only one process of a
 * server does this, before the others read. Gives whether it made one.
 */
export async function prepareTls(settings: Place, now: Date = new Date()): Promise<boolean> {
  const { certFile, keyFile, generated } = files(settings)
  if (!generated || (await lasts(certFile, keyFile, now))) return false
  const end = new Date(now.getTime() + LIFETIME * DAY_MS)
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: end,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...new Set(['localhost', settings.TANDEM_HOSTNAME])].map(dns).concat(ADDRESSES),
      },
    ],
  })
  try {
    await mkdir(path.dirname(keyFile), { recursive: true, mode: 0o700 })
    await replaceFile(keyFile, pems.private, 0o600)
    await replaceFile(certFile, pems.cert, 0o644)
  } catch (error) {
    throw new Stop(`TANDEM_DATA ${settings.TANDEM_DATA}: ${reason(error)}`, EXIT.failed, { cause: error })
  }
  return true
}

type AltName = { type: 2; value: string } | { type: 7; ip: string }
const dns = (value: string): AltName => ({ type: 2, value })
const ADDRESSES: AltName[] = [
  { type: 7, ip: '127.0.0.1' },
  { type: 7, ip: '::1' },
]

async function lasts(certFile: string, keyFile: string, now: Date): Promise<boolean> {
  try {
    const cert = new X509Certificate(await readFile(certFile))
    const key = createPrivateKey(await readFile(keyFile))
    const left = Date.parse(cert.validTo) - now.getTime()
    return cert.checkPrivateKey(key) && left > RENEW_BEFORE * DAY_MS
  } catch {
    return false
  }
}

async function replaceFile(name: string, text: string, mode: number): Promise<void> {
  const aside = `${name}.${process.pid}.new`
  await writeFile(aside, text, { mode })
  await rename(aside, name)
}

/** Reads the certificate that prepareTls made sure of, or the given one. Errors: Stop that names the setting. */
export async function openTls(settings: Place): Promise<TlsSource> {
  let certificate = await readCertificate(settings)
  return {
    current: () => certificate,
    async reload() {
      certificate = await readCertificate(settings)
      return certificate
    },
  }
}

async function readCertificate(settings: Place): Promise<Certificate> {
  const { certFile, keyFile } = files(settings)
  const cert = await readPem(certFile, 'TANDEM_TLS_CERT')
  const key = await readPem(keyFile, 'TANDEM_TLS_KEY')
  let expires: Date
  try {
    expires = new Date(new X509Certificate(cert).validTo)
  } catch (error) {
    throw new Stop(`TANDEM_TLS_CERT: ${certFile} is not a PEM certificate`, EXIT.usage, { cause: error })
  }
  try {
    return { cert, key, context: createSecureContext({ cert, key }), expires }
  } catch (error) {
    const told = `TANDEM_TLS_KEY: ${keyFile} is not the private key of ${certFile} (${reason(error)})`
    throw new Stop(told, EXIT.usage, { cause: error })
  }
}

async function readPem(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Stop(`${name}: ${reason(error)}`, EXIT.usage, { cause: error })
  }
}
