import { accountRow } from '../account/marks.js'
import type { Account, SharedAccount, SharedReader } from '../account/types.js'
import type { DataType } from '../changes/types.js'
import type { Queryable, Sql, TransactionSql } from '../db/connect.js'
import { reaching } from '../db/errors.js'
import { emailReader } from '../email/reader.js'
import { MailstoreError } from '../errors.js'
import { mailboxReader } from '../mailbox/reader.js'
import { rightsReader } from '../rights/reader.js'
import type { RightsReader } from '../rights/types.js'
import { threadReader } from '../thread/reader.js'
import { guestChanges, guestMarks } from './changes.js'
import { type Guest, readGuest } from './guest.js'

interface GuestDeps {
  sql: Sql
  account: Pick<Account, 'id' | 'view' | 'subscribe' | 'reading'>
  principalId: number
  snapshot<T>(work: (sql: TransactionSql) => Promise<T>): Promise<T>
}

/** An account as somebody else than its owner is shown it; rights are looked up each time. */
export function guestAccount({ sql, account, principalId, snapshot }: GuestDeps): SharedAccount {
  return {
    id: account.id,
    read: (work) => snapshot(async (tx) => work(await guestReader(tx, account, principalId))),

    async view(mailboxId) {
      const { readable } = await reaching(() => readGuest(sql, account.id, principalId), 'reads')
      if (!readable.includes(mailboxId))
        throw new MailstoreError('mailboxNotFound', 'there is no such mailbox')
      return account.view(mailboxId)
    },

    subscribe: (types, onChange) =>
      account.subscribe(new Set([...types].flatMap(movedBy)), (marks) => onChange(guestMarks(marks))),
  }
}

/** The account's types whose marks move a guest's (guestMarks). */
function movedBy(type: DataType): DataType[] {
  if (type === 'thread') return ['email']
  return type === 'mailbox' ? ['mailbox', 'membership'] : [type]
}

async function guestReader(
  sql: Queryable,
  { id: accountId, reading }: GuestDeps['account'],
  principalId: number,
): Promise<SharedReader> {
  const [guest, { marks }] = await Promise.all([
    readGuest(sql, accountId, principalId),
    accountRow(sql, accountId, false),
  ])
  return {
    marks: guestMarks(marks),
    epoch: guest.epoch,
    mailbox: mailboxReader(sql, accountId, guest),
    email: emailReader(sql, accountId, reading, guest),
    thread: threadReader(sql, accountId, guest),
    changes: guestChanges(sql, accountId, guest),
    rights: guestRights(sql, accountId, guest),
  }
}

/** His own; whose others are is for him to know where he has `a` (RFC 4314 §4, GETACL). */
function guestRights(sql: Queryable, accountId: number, guest: Guest): RightsReader {
  const owner = rightsReader(sql, accountId)
  return {
    of: async (principalId) =>
      principalId === guest.principalId
        ? { isOwner: false, epoch: guest.epoch, byMailbox: guest.rights }
        : { isOwner: false, epoch: 0, byMailbox: new Map() },
    on: async (mailboxId) => (guest.rights.get(mailboxId)?.includes('a') ? owner.on(mailboxId) : []),
  }
}
