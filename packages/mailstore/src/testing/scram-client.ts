// The client's side of SCRAM-SHA-256, written from RFC 5802 §3 and not from the server's code: what tests log in with.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ScramClientOptions {
  name: string
  password: string
  nonce?: string
  authorizationId?: string
  /** gs2-cbind-flag (RFC 5802 §7). Default: n. */
  flag?: string
  /** What follows the GS2 header in `c=`. */
  binding?: Uint8Array
}

export interface ScramClient {
  first: string
  final(serverFirst: string): string
  /** The server-final-message that only somebody who knows the keys can give. */
  expected(): string
}

export function createScramClient(options: ScramClientOptions): ScramClient {
  const { name, password, nonce = 'fyko+d2lbbFgONRv9qkxdawL', flag = 'n' } = options
  const { authorizationId, binding = new Uint8Array() } = options
  const escaped = (text: string) => text.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const header = `${flag},${authorizationId === undefined ? '' : `a=${escaped(authorizationId)}`},`
  const bare = `n=${escaped(name)},r=${nonce}`
  const mac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()
  let serverSignature = ''
  return {
    first: header + bare,
    final(serverFirst) {
      const fields = new Map(serverFirst.split(',').map((field) => [field[0], field.slice(2)]))
      const salt = Buffer.from(fields.get('s') ?? '', 'base64')
      const salted = pbkdf2Sync(password, salt, Number(fields.get('i')), 32, 'sha256')
      const c = Buffer.concat([Buffer.from(header), binding]).toString('base64')
      const withoutProof = `c=${c},r=${fields.get('r')}`
      const authMessage = `${bare},${serverFirst},${withoutProof}`
      const clientKey = mac(salted, 'Client Key')
      const signature = mac(createHash('sha256').update(clientKey).digest(), authMessage)
      const proof = clientKey.map((octet, index) => octet ^ signature[index]!)
      serverSignature = mac(mac(salted, 'Server Key'), authMessage).toString('base64')
      return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
    },
    expected: () => `v=${serverSignature}`,
  }
}
