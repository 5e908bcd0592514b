// The receiver's side of RFC 8291 and RFC 8188, after their text and by node:crypto alone.
import { createDecipheriv, createECDH, createHmac, randomBytes } from 'node:crypto'

/** What a client keeps to itself, and what it gives away. */
export interface ClientKeys {
  privateKey: Buffer
  publicKey: Buffer
  auth: Buffer
}

export function makeKeys(): ClientKeys & { json: { p256dh: string; auth: string } } {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys()
  const auth = randomBytes(16)
  const json = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
  return { privateKey: pair.getPrivateKey(), publicKey, auth, json }
}

const hmac = (key: Buffer, ...data: (Buffer | string)[]) => {
  const hash = createHmac('sha256', key)
  for (const part of data) hash.update(part)
  return hash.digest()
}

/** The text of a body of one record. Throws where it is none, or not for these keys. */
export function decrypt(body: Buffer, { privateKey, publicKey, auth }: ClientKeys): string {
  // RFC 8188 §2.1: salt, record size, length of the key id, key id, which is the sender's public key.
  const salt = body.subarray(0, 16)
  const recordSize = body.readUInt32BE(16)
  const senderKey = body.subarray(21, 21 + body[20]!)
  const record = body.subarray(21 + body[20]!)
  if (record.length > recordSize || record.length < 18) throw new Error('not one record')
  // RFC 8291 §3.4.
  const own = createECDH('prime256v1')
  own.setPrivateKey(privateKey)
  const secret = own.computeSecret(senderKey)
  const ikm = hmac(hmac(auth, secret), 'WebPush: info\0', publicKey, senderKey, '\x01')
  const prk = hmac(salt, ikm)
  const key = hmac(prk, 'Content-Encoding: aes128gcm\0\x01').subarray(0, 16)
  const nonce = hmac(prk, 'Content-Encoding: nonce\0\x01').subarray(0, 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  // RFC 8188 §2: padding is zeros after a 2, which marks the last record.
  const end = plain.lastIndexOf(2)
  if (end < 0 || plain.subarray(end + 1).some((octet) => octet !== 0)) throw new Error('no last record')
  return plain.subarray(0, end).toString()
}
