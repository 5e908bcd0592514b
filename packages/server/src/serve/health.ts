/** What the primary process sees of what every worker needs, in words for an administrator; null: nothing is wrong. */
export interface Health {
  /** The embedded Postgres is down. */
  database: string | null
  /** The disk of the embedded Postgres is full. */
  disk: string | null
}

export const HEALTHY: Health = { database: null, disk: null }
