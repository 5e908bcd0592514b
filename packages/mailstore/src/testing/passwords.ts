import { randomBytes, scryptSync } from 'node:crypto'
import { connect } from '../db/connect.js'

/**
 * Gives every principal this password under a hash that takes no time: where each round begins with a dozen logins,
 * they would be most of what is measured. Not for SCRAM, whose keys stay.
 */
export async function weakenPasswords(url: string, password: string): Promise<void> {
  const salt = randomBytes(16)
  const [ln, r, p] = [1, 8, 1]
  const key = scryptSync(password, salt, 32, { N: 2 ** ln, r, p })
  const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  const hash = `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`
  const sql = connect(url, { max: 1, applicationName: 'tandem tests' })
  await sql`update credential set password_hash = ${hash}`.finally(() => sql.end())
}
