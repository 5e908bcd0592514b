import type { Ledger } from '../account/ledger.js'
import { MailstoreError } from '../errors.js'
import { requireMailbox } from '../mailbox/lookup.js'
import { rightsReader } from './reader.js'
import { ALL_RIGHTS, type Grantee, type RightsTransactor } from './types.js'

export function rightsTransactor(ledger: Ledger): RightsTransactor {
  const { sql, accountId } = ledger
  const reader = rightsReader(sql, accountId)
  return {
    ...reader,

    async set(mailboxId, principal, rights) {
      const wanted = canonical(rights)
      await requireMailbox(ledger, mailboxId)
      await requireGrantee(ledger, principal)
      const before = (await reader.of(principal.id)).byMailbox.get(mailboxId) ?? ''
      if (wanted === before) return
      await sql`
        insert into share (principal_id, account_id, principal_account_id, epoch)
        values (${principal.id}, ${accountId}, ${principal.accountId}, ${ledger.nextModseq()})
        on conflict (principal_id, account_id) do update set epoch = excluded.epoch`
      if (wanted !== '') {
        await sql`
          insert into mailbox_right (account_id, mailbox_id, principal_id, rights)
          values (${accountId}, ${mailboxId}, ${principal.id}, ${wanted})
          on conflict (account_id, mailbox_id, principal_id) do update set rights = excluded.rights`
        return
      }
      await sql`
        delete from mailbox_right
        where account_id = ${accountId} and mailbox_id = ${mailboxId} and principal_id = ${principal.id}`
      await dropEmptyShares(ledger)
    },
  }
}

/** Before its mailbox goes: whoever had rights in it has others now, or none at all. */
export async function revokeAll(ledger: Ledger, mailboxId: number): Promise<void> {
  const { sql, accountId } = ledger
  const gone = await sql<{ principal_id: number }[]>`
    delete from mailbox_right where account_id = ${accountId} and mailbox_id = ${mailboxId} returning principal_id`
  if (gone.length === 0) return
  await sql`
    update share s set epoch = d.epoch
    from unnest(
      ${gone.map((row) => row.principal_id)}::bigint[], ${gone.map(() => ledger.nextModseq())}::bigint[]
    ) as d (principal_id, epoch)
    where s.principal_id = d.principal_id and s.account_id = ${accountId}`
  await dropEmptyShares(ledger)
}

/** A share is there while it gives something; a new one has a higher epoch, so that none is ever seen twice. */
async function dropEmptyShares({ sql, accountId }: Ledger): Promise<void> {
  await sql`
    delete from share s where account_id = ${accountId} and not exists (
      select from mailbox_right r where r.account_id = ${accountId} and r.principal_id = s.principal_id)`
}

/** In the order of ALL_RIGHTS, each once. Errors: invalidRights. */
function canonical(rights: string): string {
  const stranger = [...rights].find((right) => !ALL_RIGHTS.includes(right))
  if (stranger !== undefined) throw new MailstoreError('invalidRights', `there is no right ${stranger}`)
  return [...ALL_RIGHTS].filter((right) => rights.includes(right)).join('')
}

/** Errors: invalidRights for the owner, principalNotFound. */
async function requireGrantee({ sql, accountId }: Ledger, principal: Grantee): Promise<void> {
  if (principal.accountId === accountId) {
    throw new MailstoreError('invalidRights', 'the owner has all rights')
  }
  // Kept from going until this transaction ends, as a foreign key would.
  const [there] = await sql`
    select from principal where account_id = ${principal.accountId} and principal_id = ${principal.id}
    for key share`
  if (!there) throw new MailstoreError('principalNotFound', 'there is no such principal')
}
