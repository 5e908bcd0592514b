export interface Thread {
  id: number
  /** Its visible emails, oldest received first (RFC 8621 §3). */
  emailIds: number[]
}

export interface ThreadReader {
  /** Those of the ids that have a visible email. */
  get(ids: readonly number[]): Promise<Thread[]>
}
