// What SELECT and EXAMINE say of the mailbox. Pure.
import { FLAG, type MailboxView } from '@tandem/mailstore'
import { keywordsOf, renderMailboxFlags, renderPermanentFlags } from '../../render/flags.js'
import { countRecent, type RecentUids } from '../../selected/recent.js'
import type { Told } from '../../selected/told.js'
import { highestModseqResponse } from '../../session/condstore.js'
import type { SelectedMailbox } from '../../session/selected-mailbox.js'

/** As untagged responses: RFC 3501 §6.3.1, RFC 9051 §6.3.2, RFC 7162 §3.1.2.1. */
export function describeSelection(mailbox: SelectedMailbox): string {
  const { told, readOnly, recent } = mailbox
  const keywords = keywordsOf(told.view)
  return [
    `FLAGS ${renderMailboxFlags(keywords)}`,
    `OK [PERMANENTFLAGS ${renderPermanentFlags(keywords, readOnly)}] Flags that can be changed`,
    `${told.uids.length} EXISTS`,
    ...(recent ? describeOldSelection(told, recent) : []),
    `OK [UIDVALIDITY ${told.view.uidValidity}] UIDs are valid`,
    `OK [UIDNEXT ${told.view.uidNext}] The next UID`,
    highestModseqResponse(told.synced),
  ]
    .map((line) => `* ${line}\r\n`)
    .join('')
}

/** What IMAP4rev2 no longer says (RFC 9051 appendix E, 11 and 12). */
function describeOldSelection(told: Told, recent: RecentUids): string[] {
  const unseen = firstUnseen(told.view)
  return [
    `${countRecent(told, recent)} RECENT`,
    ...(unseen > 0 ? [`OK [UNSEEN ${unseen}] The first unseen message`] : []),
  ]
}

function firstUnseen(view: MailboxView): number {
  for (let index = 0; index < view.count; index++) {
    if ((view.flags.at(index) & FLAG.seen) === 0) return index + 1
  }
  return 0
}
