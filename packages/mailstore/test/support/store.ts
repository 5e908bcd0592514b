import {
  type Account,
  type Mailstore,
  type MailstoreOptions,
  openMailstore,
  type Principal,
} from '../../src/index.js'
import { createTestDatabase, type Test } from '../../src/testing.js'

export interface TestStore {
  mailstore: Mailstore
  account: Account
  principal: Principal
  url: string
  /** Mailbox ids by path. */
  mailboxes: Record<string, number>
}

/** A store on a database of its own with the account alice@example.org. */
export async function openTestStore(
  t: Test,
  options: Omit<MailstoreOptions, 'url'> = {},
): Promise<TestStore> {
  const { url } = await createTestDatabase(t)
  const mailstore = await openMailstore({ ...options, url })
  t.teardown(() => mailstore.close())
  const principal = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
  const account = mailstore.account(principal.accountId)
  return { mailstore, account, principal, url, mailboxes: await mailboxIds(account) }
}

export async function mailboxIds(account: Account): Promise<Record<string, number>> {
  const list = await account.read((r) => r.mailbox.list())
  return Object.fromEntries(list.map((mailbox) => [mailbox.path, mailbox.id]))
}

export interface Draft {
  subject?: string
  messageId?: string
  inReplyTo?: string
  from?: string
  text?: string
}

/** A small message with CRLF line ends. */
export function message(draft: Draft = {}): Uint8Array {
  const fields = [
    `From: ${draft.from ?? 'Bob <bob@example.net>'}`,
    'To: alice@example.org',
    `Subject: ${draft.subject ?? 'Hello'}`,
    'Date: Fri, 20 Nov 2026 08:00:00 +0000',
    ...(draft.messageId ? [`Message-ID: <${draft.messageId}>`] : []),
    ...(draft.inReplyTo ? [`In-Reply-To: <${draft.inReplyTo}>`] : []),
  ]
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${draft.text ?? 'Hi there.'}\r\n`)
}

/** Files one message; its email id and UID in the first mailbox. */
export async function file(
  account: Account,
  mailboxIds: number | number[],
  draft: Draft & { keywords?: string[]; deleted?: boolean } = {},
): Promise<{ id: number; uid: number; threadId: number }> {
  const ids = typeof mailboxIds === 'number' ? [mailboxIds] : mailboxIds
  const ingested = await account.ingest(message(draft), { nul: 'refuse' })
  const [filed] = await account.transact((tx) =>
    tx.email.create([
      {
        message: ingested,
        mailboxIds: ids,
        keywords: draft.keywords ?? [],
        deleted: draft.deleted ?? false,
        receivedAt: new Date('2026-11-20T08:00:00Z'),
      },
    ]),
  )
  return { id: filed!.id, uid: filed!.uids.get(ids[0]!)!, threadId: filed!.threadId }
}
