import type { Ledger } from '../account/ledger.js'

/** What leaves a row of `tombstone` behind. */
export type BuriedKind = 'identity' | 'submission'

/** Tells clients that objects are gone: rows of what was deleted or hidden in this transaction. */
export async function bury(
  { sql, accountId, nextModseq, touch }: Pick<Ledger, 'sql' | 'accountId' | 'nextModseq' | 'touch'>,
  kind: BuriedKind,
  gone: readonly { id: number; created_modseq: number }[],
): Promise<void> {
  if (gone.length === 0) return
  const first = nextModseq(gone.length)
  touch(kind, first + gone.length - 1)
  await sql`
    insert into tombstone (account_id, kind, id, created_modseq, modseq)
    select ${accountId}, ${kind}, id, created_modseq, ${first - 1} + nth
    from unnest(${gone.map((row) => row.id)}::bigint[], ${gone.map((row) => row.created_modseq)}::bigint[])
      with ordinality as g (id, created_modseq, nth)`
}
