import type { Account, FiledEmail } from '../../src/index.js'
import { message } from './store.js'

/** The instant of message 0; each later one came a minute after the one before. */
const FIRST = Date.UTC(2026, 0, 1)

export interface FillOptions {
  /** The number of the first message: makes its Message-ID, subject and date. Default 0. */
  from?: number
}

/**
 * Files `count` messages by the store's own bulk create, 1,000 a transaction. They share one blob and differ in their
 * summaries; of every four, three are one thread.
 */
export async function fill(
  account: Account,
  mailboxId: number,
  count: number,
  { from = 0 }: FillOptions = {},
): Promise<FiledEmail[]> {
  const ingested = await account.ingest(message(), { nul: 'refuse' })
  const filed: FiledEmail[] = []
  for (let done = 0; done < count; done += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, count - done) }, (_, i) => from + done + i)
    const emails = numbers.map((n) => {
      const first = n - (n % 4)
      const inReplyTo = n % 4 === 0 || n % 4 === 3 ? null : [`${first}@example.net`]
      const summary = {
        ...ingested.summary,
        messageId: [`${n}@example.net`],
        inReplyTo,
        subject: `Topic ${first}`,
      }
      return {
        message: { ...ingested, summary },
        mailboxIds: [mailboxId],
        receivedAt: new Date(FIRST + n * 60_000),
      }
    })
    const part = await account.transact((tx) => tx.email.create(emails))
    filed.push(...part.map((email) => email!))
  }
  return filed
}
