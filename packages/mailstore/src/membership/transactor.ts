import type { Ledger } from '../account/ledger.js'
import { requireMailbox } from '../mailbox/lookup.js'
import { changeFlags } from './flags.js'
import { appendMemberships, removeMemberships, requireOpen, selectMemberships } from './rows.js'
import type { MembershipTransactor } from './types.js'

export function membershipTransactor(ledger: Ledger): MembershipTransactor {
  return {
    async store(mailboxId, uids, change, isUnchanged = () => true) {
      const there = await selectMemberships(ledger, { mailboxId, uids })
      const rows = there.filter((row) => isUnchanged(row.uid, row.modseq))
      const passed = new Set(rows)
      const left = there.filter((row) => !passed.has(row)).map((row) => row.uid)
      if (rows.length === 0) return { left, raised: [] }
      const emailIds = [...new Set(rows.map((row) => row.emailId))]
      const names = change.mode === 'replace' || change.deleted
      const deleted = change.mode === 'remove' ? false : change.deleted
      // To JMAP, \Deleted taken back is an email that comes in: a mailbox that was empty to it may be closing.
      if (names && !deleted && rows.some((row) => row.deleted)) await requireOpen(ledger, mailboxId)
      const deletedChange = names ? { mailboxId, uids: rows.map((row) => row.uid), deleted } : null
      const changed = await changeFlags(ledger, emailIds, change, deletedChange)
      const raised = changed
        .filter((row) => row.mailbox_id === mailboxId)
        .map((row) => ({ uid: row.uid, from: row.was, to: row.modseq }))
      return { left, raised }
    },

    async copy(mailboxId, uids, target) {
      const { uidValidity } = await requireMailbox(ledger, target)
      const rows = await selectMemberships(ledger, { mailboxId, uids })
      const to = await appendMemberships(ledger, target, rows)
      return { uidValidity, from: rows.map((row) => row.uid), to }
    },

    async move(mailboxId, uids, target) {
      const { uidValidity } = await requireMailbox(ledger, target)
      const rows = await selectMemberships(ledger, { mailboxId, uids })
      const emailIds = [...new Set(rows.map((row) => row.emailId))]
      const held = await selectMemberships(ledger, { emailIds })
      const to = await appendMemberships(ledger, target, rows)
      // Rule 6: what the target held live of these emails before goes too, so that a move leaves one of each.
      const moved = new Set(rows.map((row) => `${row.mailboxId} ${row.uid}`))
      const doubles = held.filter(
        (row) => row.mailboxId === target && !row.deleted && !moved.has(`${row.mailboxId} ${row.uid}`),
      )
      await removeMemberships(ledger, [...rows, ...doubles])
      return { uidValidity, from: rows.map((row) => row.uid), to }
    },

    async expunge(mailboxId, uids, { onlyDeleted }) {
      const rows = await selectMemberships(ledger, { mailboxId, uids })
      const gone = onlyDeleted ? rows.filter((row) => row.deleted) : rows
      await removeMemberships(ledger, gone)
      return gone.map((row) => row.uid)
    },
  }
}
