import { createECDH } from 'node:crypto'
import type { Sql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import type { ServerKey } from './types.js'

const CURVE = 'prime256v1'
const PRIVATE_OCTETS = 32
/** How long a process goes by what it read: a key that was replaced is another one everywhere after that. */
const FRESH_MS = 60_000

/** The key pair that all processes sign pushes with (RFC 8292 §2): a row that the first who asks makes. */
export function createServerKey(sql: Sql): () => Promise<ServerKey> {
  let known: { readAt: number; key: Promise<ServerKey> } | null = null
  return async () => {
    if (!known || Date.now() - known.readAt > FRESH_MS) {
      const reading = { readAt: Date.now(), key: reaching(() => read(sql), 'manySteps') }
      known = reading
      reading.key.catch(() => {
        if (known === reading) known = null
      })
    }
    return known.key
  }
}

async function read(sql: Sql): Promise<ServerKey> {
  const find = () => sql<{ secret: Buffer }[]>`select secret from server_secret where name = 'push'`
  let [row] = await find()
  if (!row) {
    const made = createECDH(CURVE)
    made.generateKeys()
    const secret = padded(made.getPrivateKey())
    await sql`insert into server_secret (name, secret) values ('push', ${secret}) on conflict do nothing`
    row = (await find())[0]!
  }
  const pair = createECDH(CURVE)
  pair.setPrivateKey(row.secret)
  return { publicKey: pair.getPublicKey(), privateKey: padded(row.secret) }
}

/** One private key in 256 begins with a zero, which the library leaves out. */
function padded(key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(PRIVATE_OCTETS - key.length), key])
}
