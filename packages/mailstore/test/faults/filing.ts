import type { Account, FiledEmail } from '../../src/index.js'
import { message } from '../support/store.js'

/** Stores and files one message that is told by its subject. */
export async function fileSubject(account: Account, mailboxId: number, subject: string): Promise<FiledEmail> {
  const ingested = await account.ingest(message({ subject, messageId: `${subject}@x` }), { nul: 'refuse' })
  const [filed] = await account.transact((tx) =>
    tx.email.create([{ message: ingested, mailboxIds: [mailboxId] }]),
  )
  return filed!
}

/** The ids of all emails by their subject. */
export async function emailsBySubject(account: Account): Promise<Map<string, number[]>> {
  return account.read(async (r) => {
    const found = new Map<string, number[]>()
    const query = { filter: null, sort: [], collapseThreads: false, limit: 1_000, calculateTotal: false }
    for (let position = 0; ; position += 1_000) {
      const { ids } = await r.email.query({ ...query, position })
      for (const { id, summary } of await r.email.get(ids)) {
        const subject = summary.subject ?? ''
        found.set(subject, [...(found.get(subject) ?? []), id])
      }
      if (ids.length < 1_000) return found
    }
  })
}
