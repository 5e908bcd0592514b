// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802 §5, RFC 7677. Pure: messages in, messages out.
//
// readClientFirst   client-first-message → whom it names, and how it binds the channel
// serverFirst       → server-first-message, with the salt and iterations of the credential
// verifyClientFinal client-final-message → server-final-message, where the proof is right
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ScramKeys } from './password.js'
import { saslprep } from './saslprep.js'

/** server-error-value of RFC 5802 §7, as far as it is used. */
export type ScramError =
  | 'invalid-encoding'
  | 'extensions-not-supported'
  | 'invalid-proof'
  | 'channel-bindings-dont-match'
  | 'server-does-support-channel-binding'
  | 'channel-binding-not-supported'
  | 'unsupported-channel-binding-type'
  | 'invalid-username-encoding'
  | 'other-error'

/** What the connection offers to bind a login to, by the binding's name (RFC 5056 §7): null for a type it hasn't got. */
export type ChannelBindings = (type: string) => Uint8Array | null

export interface ScramChannel {
  /** Whether the client chose the -PLUS mechanism. */
  plus: boolean
  /** Null without TLS: -PLUS is not offered there. */
  bindings: ChannelBindings | null
}

export interface ClientFirst {
  /** Prepared with SASLprep. */
  username: string
  /** '' where the client gave none. */
  authorizationId: string
  nonce: string
  /** The message without its GS2 header, as received. */
  bare: string
  /** What the client's `c=` has to be. */
  channelBinding: string
}

/** value-safe-char, "=2C", "=3D" (RFC 5802 §7). */
const SASLNAME = '(?:[^\\0,=]|=2C|=3D)+'
const GS2_HEADER = new RegExp(`^(?:p=([A-Za-z0-9.-]+)|([ny])),(?:a=(${SASLNAME}))?,`)
const EXTENSIONS = '(?:,[A-Za-z]=[^\\0,]+)*'
const CLIENT_FIRST_BARE = new RegExp(`^n=(${SASLNAME}),r=([\\x21-\\x2b\\x2d-\\x7e]+)(${EXTENSIONS})$`)
const CLIENT_FINAL = new RegExp(
  `^(c=([A-Za-z0-9+/=]+),r=([\\x21-\\x2b\\x2d-\\x7e]+)(${EXTENSIONS})),p=([A-Za-z0-9+/]{43}=)$`,
)

export function readClientFirst(message: string, { plus, bindings }: ScramChannel): ClientFirst | ScramError {
  const header = GS2_HEADER.exec(message)
  if (!header) return 'other-error'
  const [gs2Header, type, flag, authorizationId] = header
  // RFC 5801 §5: "p" with the -PLUS name, and with no other.
  if (plus !== (type !== undefined)) return plus ? 'other-error' : 'channel-binding-not-supported'
  // RFC 5802 §6: the client thinks there is no -PLUS, so somebody took it out of the list that was shown to it.
  if (flag === 'y' && bindings) return 'server-does-support-channel-binding'
  const binding = type === undefined ? new Uint8Array() : bindings?.(type)
  if (!binding) return 'unsupported-channel-binding-type'

  const bare = message.slice(gs2Header.length)
  if (/^m=/.test(bare)) return 'extensions-not-supported'
  const fields = CLIENT_FIRST_BARE.exec(bare)
  if (!fields) return 'other-error'
  if (hasMandatoryExtension(fields[3]!)) return 'extensions-not-supported'
  const username = saslprep(unescapeName(fields[1]!))
  const prepared = authorizationId === undefined ? '' : saslprep(unescapeName(authorizationId))
  if (username === null || prepared === null) return 'invalid-username-encoding'
  return {
    username,
    authorizationId: prepared,
    nonce: fields[2]!,
    bare,
    channelBinding: Buffer.concat([Buffer.from(gs2Header), binding]).toString('base64'),
  }
}

/** `serverNonce`: printable US-ASCII without a comma, never used before. */
export function serverFirst(
  first: ClientFirst,
  { salt, iterations }: Pick<ScramKeys, 'salt' | 'iterations'>,
  serverNonce: string,
): string {
  return `r=${first.nonce}${serverNonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`
}

/** The server-final-message. `challenge`: the server-first-message that was sent. */
export function verifyClientFinal(
  message: string,
  first: ClientFirst,
  challenge: string,
  keys: ScramKeys,
): { serverFinal: string } | ScramError {
  const fields = CLIENT_FINAL.exec(message)
  if (!fields) return 'other-error'
  const [, withoutProof, channelBinding, nonce, extensions, proof] = fields
  if (hasMandatoryExtension(extensions!)) return 'extensions-not-supported'
  if (!challenge.startsWith(`r=${nonce},`)) return 'other-error'
  if (channelBinding !== first.channelBinding) return 'channel-bindings-dont-match'

  // RFC 5802 §3
  const authMessage = `${first.bare},${challenge},${withoutProof}`
  const clientSignature = hmac(keys.storedKey, authMessage)
  const clientKey = Buffer.from(proof!, 'base64').map((octet, index) => octet ^ clientSignature[index]!)
  const storedKey = createHash('sha256').update(clientKey).digest()
  if (!timingSafeEqual(storedKey, keys.storedKey)) return 'invalid-proof'
  return { serverFinal: `v=${hmac(keys.serverKey, authMessage).toString('base64')}` }
}

/** RFC 5802 §5.1: unknown extensions are passed over, but "m" makes the exchange fail. */
function hasMandatoryExtension(extensions: string): boolean {
  return /,m=/.test(extensions)
}

function unescapeName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
