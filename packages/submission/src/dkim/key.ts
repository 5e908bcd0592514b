import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlgorithm } from '@tandem/mailstore'

const generate = promisify(generateKeyPair)

/** A new private key: PKCS #8, DER. RSA has 2048 bits: RFC 8301 §3.2, and longer ones don't fit every DNS. */
export async function generateSigningKey(algorithm: SigningAlgorithm): Promise<Uint8Array> {
  const { privateKey } =
    algorithm === 'rsa' ? await generate('rsa', { modulusLength: 2048 }) : await generate('ed25519')
  return privateKey.export({ format: 'der', type: 'pkcs8' })
}

/** What the TXT record of `SELECTOR._domainkey.DOMAIN` says: RFC 6376 §3.6.1, RFC 8463 §4.2. */
export function keyRecord({
  algorithm,
  privateKey,
}: {
  algorithm: SigningAlgorithm
  privateKey: Uint8Array
}): string {
  const secret = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
  const der = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  // Of Ed25519 the 32 octets alone, which end the DER.
  const published = algorithm === 'rsa' ? der : der.subarray(-32)
  return `v=DKIM1; k=${algorithm}; p=${published.toString('base64')}`
}

/** The strings of a TXT record, each of 255 octets at most (RFC 1035 §3.3, RFC 6376 §3.6.2.2), in quotes. */
export function txtStrings(text: string): string {
  const parts = text.match(/.{1,255}/g) ?? ['']
  return parts.map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ')
}
