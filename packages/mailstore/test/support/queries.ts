import type { Account, EmailQuery, EmailQueryResult } from '../../src/index.js'

/** Asks for the beginning of a list: all emails, newest first, where the query says nothing else. */
export function ask(account: Account, query: Partial<EmailQuery> = {}): Promise<EmailQueryResult> {
  return account.read((r) =>
    r.email.query({
      filter: null,
      sort: [],
      collapseThreads: false,
      position: 0,
      limit: 1_000,
      calculateTotal: true,
      ...query,
    }),
  )
}

/** Files bytes as they are; lines may end in LF. Received at that minute of a day. */
export async function fileBytes(
  account: Account,
  mailboxIds: number | number[],
  bytes: string | Uint8Array,
  {
    minute = 0,
    keywords = [],
    deleted = false,
  }: { minute?: number; keywords?: string[]; deleted?: boolean } = {},
): Promise<number> {
  const message = await account.ingest(Buffer.from(bytes), { nul: 'refuse' })
  const receivedAt = new Date(Date.UTC(2026, 0, 1, 0, minute))
  const [filed] = await account.transact((tx) =>
    tx.email.create([{ message, mailboxIds: [mailboxIds].flat(), keywords, deleted, receivedAt }]),
  )
  return filed!.id
}
