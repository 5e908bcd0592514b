// The selected mailbox of one session: what its client was told, and the way to tell it more.
import { type Account, type MailboxView, MailstoreError } from '@tandem/mailstore'
import { Farewell } from '../refusal.js'
import { keywordsOf, renderMailboxFlags, renderPermanentFlags, renderUpdates } from '../render/flags.js'
import { type RecentUids, withClaim } from '../selected/recent.js'
import { advance, firstTold, type Told, type Update } from '../selected/told.js'

export interface SelectedMailbox {
  readonly id: number
  readonly readOnly: boolean
  /** What is \Recent in this session; null in IMAP4rev2. */
  readonly recent: RecentUids | null
  readonly told: Told
  /** UIDs, ascending: what `$` stands for (RFC 5182 §2.1); those that are gone meanwhile may be among them. */
  saved: readonly number[]
  /**
   * Goes over to the mailbox as it is now; the client must be told the updates next. Errors: Farewell where the
   * mailbox is gone (RFC 2180 §3.3).
   */
  refresh(options: { expunge: boolean }): Promise<Update[]>
  /** Notes that a MODSEQ was sent otherwise than by `render`. */
  noteModseq(): void
  /**
   * What the client is to take for HIGHESTMODSEQ after this command, where the modseqs it saw don't tell (RFC 7162 §3.2,
   * §6): a lower one while expunges are held back, the new one once some were told. Asked once, it is null again.
   */
  takeHighestModseq(): number | null
  /** The updates as responses; FLAGS first where a keyword is new. */
  render(updates: readonly Update[], options: { withUid: boolean }): string
  /** That no keyword can be made any more: RFC 9051 §7.1, PERMANENTFLAGS. */
  renderKeywordLimit(): string
}

export interface Selection {
  account: Account
  view: MailboxView
  readOnly: boolean
  recent: RecentUids
  /** What ENABLE turned on in this session, now or later. */
  enabled: ReadonlySet<string>
}

/**
 * Versions whose newest messages a session of this process was told of: it claimed them for itself, and no other need
 * ask. Versions are shared by all sessions.
 */
const claimed = new WeakSet<MailboxView>()

export function createSelectedMailbox({
  account,
  view,
  readOnly,
  recent,
  enabled,
}: Selection): SelectedMailbox {
  const id = view.mailboxId
  let told = firstTold(view)
  let keywords = keywordsOf(view)
  /** The version whose keywords were looked at. */
  let checked = view
  let wasModseqSent = false
  let wasExpungeTold = false
  // IMAP4rev2 can be enabled while the mailbox is selected (RFC 9051 §6.3.1).
  const isRev2 = () => enabled.has('IMAP4rev2')
  const shownRecent = () => (isRev2() ? null : recent)
  /** Messages from this UID on are not looked at yet. */
  let lookedBefore = view.uidNext

  async function newest(): Promise<MailboxView> {
    try {
      return await account.view(id)
    } catch (error) {
      if (error instanceof MailstoreError && error.code === 'mailboxNotFound') {
        throw new Farewell('The selected mailbox was deleted')
      }
      throw error
    }
  }

  /** RFC 3501 §2.3.2: what is new is \Recent for the first read-write session that is told of it, and for no other. */
  async function claimNew(next: MailboxView): Promise<void> {
    if (readOnly || next.uidNext <= lookedBefore || claimed.has(next)) return
    claimed.add(next)
    try {
      const claim = await account.claimRecent(id)
      if (claim) recent = withClaim(recent, claim)
      lookedBefore = claim?.before ?? next.uidNext
    } catch (error) {
      claimed.delete(next)
      throw error
    }
  }

  return {
    id,
    readOnly,
    get recent() {
      return shownRecent()
    },
    get told() {
      return told
    },
    saved: [],
    async refresh(options) {
      const next = await newest()
      await claimNew(next)
      const advanced = advance(told, next, { ...options, modseq: enabled.has('CONDSTORE') })
      told = advanced.told
      return advanced.updates
    },
    noteModseq() {
      wasModseqSent = true
    },
    takeHighestModseq() {
      const isHeldBack = told.ghosts.size > 0
      const isDue = enabled.has('CONDSTORE') && (isHeldBack ? wasModseqSent : wasExpungeTold)
      wasModseqSent = false
      wasExpungeTold = false
      return isDue ? told.synced : null
    },
    render(updates, { withUid }) {
      let text = ''
      // Not only where an update is due: a keyword that the client itself stored silently is new as well.
      const inUse = told.view === checked ? keywords : keywordsOf(told.view)
      checked = told.view
      if ([...inUse].some((keyword) => !keywords.has(keyword))) {
        keywords = new Set([...keywords, ...inUse])
        text += `* FLAGS ${renderMailboxFlags(keywords)}\r\n`
        text += `* OK [PERMANENTFLAGS ${renderPermanentFlags(keywords, readOnly)}] Flags that can be changed\r\n`
      }
      const withModseq = enabled.has('CONDSTORE')
      wasModseqSent ||= withModseq && updates.some(({ type }) => type === 'flags' || type === 'modseq')
      wasExpungeTold ||= updates.some(({ type }) => type === 'expunge')
      const withVanished = enabled.has('QRESYNC')
      // RFC 9051 §7.5.2: each FETCH that wasn't asked for has the UID.
      const manner = { recent: shownRecent(), withUid: withUid || isRev2(), withModseq, withVanished }
      return text + renderUpdates(updates, told, manner)
    },
    renderKeywordLimit: () =>
      `* OK [PERMANENTFLAGS ${renderPermanentFlags(keywords, readOnly, { canMake: false })}] No more keywords\r\n`,
  }
}
