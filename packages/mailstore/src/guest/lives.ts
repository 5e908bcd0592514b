/**
 * What a guest saw of an email at an earlier state. email_state tells when JMAP saw the email anywhere; where it was
 * then, its memberships and their tombstones tell: from when to when each was there, and since when it is, or was to
 * its end, \Deleted or not. What that leaves open is null, and never guessed (rule 10).
 */
import { MailstoreError } from '../errors.js'

/** A membership, or its tombstone. Numbers are modseqs. */
export interface Stay {
  isReadable: boolean
  created: number
  /** Null while it lasts. */
  gone: number | null
  /** \Deleted, now or at its end, and since when; null: since it came. */
  deleted: boolean
  flipped: number | null
}

/** The row of email_state, with all its stays since the earliest state that is asked for. */
export interface Life {
  id: number
  modseq: number
  created: number
  born: number
  hidden: number | null
  previousCreated: number | null
  /** JMAP sees it, in any mailbox; it does in one that the guest may read. */
  isVisible: boolean
  isSeen: boolean
  stays: readonly Stay[]
}

/** The guest saw it at that state; null where that is not known. */
export function wasSeen(life: Life, at: number): boolean | null {
  const then = life.stays.map((stay) => ({ isReadable: stay.isReadable, isLive: wasLive(stay, at) }))
  const seen = anyOf(then.filter(({ isReadable }) => isReadable).map(({ isLive }) => isLive))
  if (seen !== null) return seen
  // One at least was live where JMAP saw the email at all.
  const isHere = then.every(({ isReadable, isLive }) => isReadable || isLive === false)
  const visible = wasVisible(life, at)
  return visible === false ? false : visible && isHere ? true : null
}

function wasLive({ created, gone, deleted, flipped }: Stay, at: number): boolean | null {
  if (at < created || (gone !== null && at >= gone)) return false
  return at >= (flipped ?? created) ? !deleted : null
}

/** Whether JMAP saw it anywhere: this life and the one before are known, and that there was none earlier. */
function wasVisible({ isVisible, created, born, hidden, previousCreated }: Life, at: number): boolean | null {
  if (at < born) return false
  if (isVisible && at >= created) return true
  if (hidden === null) return false
  if (at >= hidden) return false
  const began = isVisible ? previousCreated : created
  return began !== null && at >= began ? true : null
}

/** True where one is, false where all are known not to be. */
function anyOf(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(true)) return true
  return values.includes(null) ? null : false
}

/** Where the guest's client stands, as in ChangeCursor. */
interface Position {
  floor: number
  position: number
}

type Verdict = 'created' | 'updated' | 'destroyed' | null

/** What the client is to be told of an email that changed in a mailbox of his. Errors: cannotCalculateChanges. */
export function judgeEmail(life: Life, since: Position): Verdict {
  return judge([life], since)
}

/** The same of a thread, by its emails; null where he sees the emails in it that he saw. */
export function judgeThread(lives: readonly Life[], since: Position): Verdict {
  const verdict = judge(lives, since)
  if (verdict !== 'updated') return verdict
  const isSame = lives.every(
    (life) => wasSeen(life, since.floor) === life.isSeen && wasSeen(life, since.position) === life.isSeen,
  )
  return isSame ? null : verdict
}

/**
 * A client in the midst of paging knows what it was told of as at `position`, the rest as at `floor` (rule 4). To be
 * told of a destroy that it needs not know of does no harm.
 */
function judge(lives: readonly Life[], { floor, position }: Position): Verdict {
  const atFloor = anyOf(lives.map((life) => wasSeen(life, floor)))
  const atPosition = floor === position ? atFloor : anyOf(lives.map((life) => wasSeen(life, position)))
  if (!lives.some(({ isSeen }) => isSeen)) {
    return atFloor === false && atPosition === false ? null : 'destroyed'
  }
  if (atFloor === false) return 'created'
  // Gone at one state and there at the other: the client may have been told of that, or not.
  if (!atFloor || !atPosition) {
    throw new MailstoreError('cannotCalculateChanges', 'what the guest saw at that state is not known')
  }
  return 'updated'
}
