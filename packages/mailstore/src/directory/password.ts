import { createHash, createHmac, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { MailstoreError } from '../errors.js'
import { saslprep } from './saslprep.js'
import { createSemaphore } from './semaphore.js'

const deriveKey = promisify(pbkdf2)

/** N = 2^15, r = 8: 32 MiB and about 100 ms a hash. */
const COST = { ln: 15, r: 8, p: 1 } as const
/**
 * High for SCRAM (RFC 7677 §4 asks for 4,096 at least): whoever steals the table may attack StoredKey instead of
 * the scrypt hash beside it, so this is what the password really rests on. Clients derive the key once and keep it.
 * Cyrus SASL, which mbsync has, refuses more than 65,536.
 */
export const SCRAM_ITERATIONS = 65_536
const SALT_BYTES = 16
const KEY_BYTES = 32
/** Octets after SASLprep; more helps nobody but somebody who wants the server busy. */
const MAX_PASSWORD = 1024

/** What is hashed at once of new passwords; those of logins wait in the guard's queue. */
const inTurn = createSemaphore(1)

/** What is stored for one password. */
export interface PasswordKeys {
  /** `$scrypt$ln=15,r=8,p=1$salt$hash`, base64 without padding (the PHC string format). */
  hash: string
  scram: ScramKeys
}

/** SCRAM-SHA-256: RFC 5802 §3, RFC 7677. */
export interface ScramKeys {
  salt: Uint8Array
  iterations: number
  storedKey: Uint8Array
  serverKey: Uint8Array
}

/** Errors: invalidPassword where it is empty, beyond 1,024 octets or has control characters. */
export async function derivePassword(password: string): Promise<PasswordKeys> {
  const prepared = prepare(password)
  if (prepared === null) {
    const rule = `a password has 1 to ${MAX_PASSWORD} octets and no control characters`
    throw new MailstoreError('invalidPassword', rule)
  }
  const salt = randomBytes(SALT_BYTES)
  const [hash, scram] = await Promise.all([
    inTurn(() => scryptHash(prepared, salt, COST)),
    deriveScram(prepared, randomBytes(SALT_BYTES), SCRAM_ITERATIONS),
  ])
  return { hash: formatHash(COST, salt, hash), scram }
}

/** RFC 5802 §3; the password is prepared already. */
export async function deriveScram(
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramKeys> {
  const salted = await inTurn(() => deriveKey(password, salt, iterations, KEY_BYTES, 'sha256'))
  const key = (label: string) => createHmac('sha256', salted).update(label).digest()
  const storedKey = createHash('sha256').update(key('Client Key')).digest()
  return { salt, iterations, storedKey, serverKey: key('Server Key') }
}

/** Whether the password gives this hash. Takes the same time for any password that could have been set. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const stored = parseHash(hash)
  const prepared = prepare(password)
  // What could never be set is hashed all the same: the time must not tell whether the name exists.
  const given = await scryptHash(prepared ?? '', stored.salt, stored.cost)
  return timingSafeEqual(given, stored.hash) && prepared !== null
}

/** A hash that no password gives: what a name that doesn't exist is checked against. */
export const NOBODYS_HASH = formatHash(COST, randomBytes(SALT_BYTES), randomBytes(KEY_BYTES))

interface Cost {
  ln: number
  r: number
  p: number
}

function prepare(password: string): string | null {
  // Checked before preparing too: NFKC can make one character eighteen.
  if (password.length > MAX_PASSWORD) return null
  const prepared = saslprep(password)
  return prepared === null || Buffer.byteLength(prepared) > MAX_PASSWORD ? null : prepared
}

function scryptHash(password: string, salt: Uint8Array, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln
  // Node refuses above 32 MiB unless told; scrypt needs a little more than 128·N·r.
  const options = { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function formatHash({ ln, r, p }: Cost, salt: Uint8Array, hash: Uint8Array): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`
}

function parseHash(text: string): { cost: Cost; salt: Uint8Array; hash: Uint8Array } {
  const match =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]{43})$/.exec(text)
  if (!match) throw new Error('the stored password hash is not in a known form')
  return {
    cost: { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) },
    salt: Buffer.from(match[4]!, 'base64'),
    hash: Buffer.from(match[5]!, 'base64'),
  }
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
