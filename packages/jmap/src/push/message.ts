// One push as a request: RFC 8620 §7.2, RFC 8030 §5, RFC 8291, RFC 8292.
import { formatId, type PushClaim } from '@tandem/mailstore'
import webPush from 'web-push'
import { movedTypes, type PushType, pushMarks, stateChange } from './types.js'

export interface PushMessage {
  headers: Record<string, string | number>
  body: Buffer
}

/** Seconds that a push service keeps what it cannot deliver: a device that is away for longer looks for itself. */
const TTL = 7 * 86_400
/** A client waits for its code. */
const VERIFICATION_TTL = 3_600

/**
 * What is to be told: the code to one that is not verified, else what changed; null where nothing did. `subject`: whom
 * a push service can complain to, a `mailto:` or `https:` URL (RFC 8292 §2.1).
 */
export function pushMessage(claim: PushClaim, subject: string): PushMessage | null {
  if (!claim.isVerified) return request(claim, subject, verification(claim), VERIFICATION_TTL, 'high')
  const types = movedTypes(claim.types, claim.told, claim.marks)
  if (types.length === 0) return null
  const change = stateChange(formatId('account', claim.accountId), types, pushMarks(claim.marks))
  return request(claim, subject, change, TTL, urgency(types))
}

/** RFC 8620 §7.2.2. */
function verification({ id, verificationCode }: PushClaim): object {
  return {
    '@type': 'PushVerification',
    pushSubscriptionId: formatId('pushSubscription', id),
    verificationCode,
  }
}

/** RFC 8030 §5.3: new mail is worth waking a device for; what was read elsewhere can wait until it is awake. */
function urgency(types: readonly PushType[]): string {
  return types.includes('EmailDelivery') ? 'normal' : 'low'
}

/**
 * No Topic (RFC 8030 §5.4): it would let a push replace an older one that tells of other types. The type is
 * application/json (RFC 8620 §7.2) where the body is encrypted, too: Content-Encoding says that it is.
 */
function request(
  { url, keys, serverKey }: PushClaim,
  subject: string,
  object: object,
  ttl: number,
  urgency: string,
): PushMessage {
  const text = JSON.stringify(object)
  const body = keys
    ? webPush.encrypt(base64url(keys.p256dh), base64url(keys.auth), text, 'aes128gcm').cipherText
    : Buffer.from(text)
  const { origin } = new URL(url)
  const [publicKey, privateKey] = [base64url(serverKey.publicKey), base64url(serverKey.privateKey)]
  const { Authorization } = webPush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm')
  return {
    headers: {
      'content-type': 'application/json',
      ...(keys ? { 'content-encoding': 'aes128gcm' } : {}),
      'content-length': body.length,
      ttl,
      urgency,
      authorization: Authorization,
    },
    body,
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
