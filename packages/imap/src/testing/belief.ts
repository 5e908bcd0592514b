// What one client believes of its mailbox, from nothing but the responses it was sent. Each response is compared with
// what was said before: RFC 9051 §2.3.1, §7.4.1, §7.5.1, §7.5.2; RFC 7162 §3.1, §3.2, §6.

/** The server said two things that can't both be true, or one that it may not say now. */
export class Contradiction extends Error {
  override name = 'Contradiction'
}

/** What is known of one message. */
export interface Known {
  /** 0: not told yet. */
  uid: number
  /** In lower case, sorted, without \Recent; null: not told yet. */
  flags: string | null
  modseq: number
}

export interface Belief {
  /** Message n is messages[n - 1]. */
  readonly messages: readonly Known[]
  /**
   * What to resume from (RFC 7162 §6); 0 where no mod-sequences are told. It moves on when a command is over and every
   * UID is known: of a change before it nothing more may be told.
   */
  readonly highest: number
  readonly uidValidity: number
  /**
   * A SELECT is about to be answered. `resumed`: from `uidValidity` and `highest`, by QRESYNC; 'named' where the UIDs that
   * are known were given with it: of messages beyond them nothing is told.
   */
  open(resumed: boolean | 'named'): void
  /**
   * Takes in what came with one command. `text`: what followed the tag and status; null while the command runs, or where
   * the line ended in it. `allowsExpunge`: RFC 9051 §7.5.1. Errors: Contradiction.
   */
  hear(untagged: readonly string[], text: string | null, allowsExpunge: boolean): void
  /** The client changed flags itself and asked not to be told. */
  assume(uids: readonly number[], change: (flags: string[]) => string[]): void
  /** Nothing is known of the flags of these any more. */
  doubt(uids: readonly number[]): void
}

export const flagsOf = (flags: string): string[] => (flags === '' ? [] : flags.split(' '))
export const joinFlags = (flags: readonly string[]): string =>
  [...new Set(flags.map((flag) => flag.toLowerCase()))]
    .filter((flag) => flag !== '\\recent')
    .sort()
    .join(' ')

export function createBelief(): Belief {
  let messages: Known[] = []
  let highest = 0
  let uidValidity = 0
  let resumable = 0
  /** While a SELECT is answered, EXISTS begins a new list; what was known stands by until then. */
  let before: Map<number, Known> | null = null
  let isOpening = false
  let isNamed = false

  const at = (sequence: number): Known => {
    const message = messages[sequence - 1]
    if (!message) throw new Contradiction(`message ${sequence} of ${messages.length}`)
    return message
  }

  function exists(count: number): void {
    if (isOpening) messages = []
    isOpening = false
    if (count < messages.length) throw new Contradiction(`EXISTS fell from ${messages.length} to ${count}`)
    while (messages.length < count) messages.push({ uid: 0, flags: null, modseq: 0 })
  }

  function expunge(sequence: number): void {
    at(sequence)
    messages.splice(sequence - 1, 1)
  }

  function learnUid(sequence: number, uid: number): void {
    const message = at(sequence)
    if (message.uid !== 0 && message.uid !== uid) {
      throw new Contradiction(`message ${sequence} had UID ${message.uid}, now ${uid}`)
    }
    message.uid = uid
    const lower = messages.slice(0, sequence - 1).findLast((each) => each.uid !== 0)
    const higher = messages.slice(sequence).find((each) => each.uid !== 0)
    if ((lower && lower.uid >= uid) || (higher && higher.uid <= uid)) {
      throw new Contradiction(`UID ${uid} of message ${sequence} is out of order`)
    }
    const known = before?.get(uid)
    if (known && message.flags === null) Object.assign(message, { flags: known.flags, modseq: known.modseq })
  }

  function fetched(sequence: number, items: string): void {
    const uid = /\bUID (\d+)/.exec(items)?.[1]
    if (uid) learnUid(sequence, Number(uid))
    const message = at(sequence)
    const flags = /\bFLAGS \(([^)]*)\)/.exec(items)?.[1]
    const modseq = Number(/\bMODSEQ \((\d+)\)/.exec(items)?.[1] ?? 0)
    if (modseq > 0 && modseq < message.modseq) {
      throw new Contradiction(`the MODSEQ of UID ${message.uid} fell from ${message.modseq} to ${modseq}`)
    }
    if (flags !== undefined) {
      const told = joinFlags(flags.split(' ').filter(Boolean))
      if (message.flags !== null && message.flags !== told && modseq > 0 && modseq <= highest) {
        throw new Contradiction(
          `UID ${message.uid} was (${message.flags}) and is (${told}) since ${modseq}, and ${highest} was told`,
        )
      }
      message.flags = told
    }
    message.modseq = Math.max(message.modseq, modseq)
  }

  /** RFC 7162 §3.2.10: UIDs that the client may never have heard of are among them only with EARLIER. */
  function vanished(uids: ReadonlySet<number>, earlier: boolean): void {
    if (earlier) for (const uid of before?.keys() ?? []) if (uids.has(uid)) before!.delete(uid)
    const left = messages.filter(({ uid }) => uid === 0 || !uids.has(uid))
    const gone = messages.length - left.length
    if (earlier && gone > 0) throw new Contradiction('VANISHED (EARLIER) takes a message that EXISTS counted')
    if (!earlier && gone !== uids.size) {
      // A message that was counted and whose UID was never told may be one of them.
      const unknown = left.filter(({ uid }) => uid === 0).length
      if (uids.size - gone > unknown)
        throw new Contradiction(`VANISHED of ${uids.size}, of which ${gone} were there`)
      for (let missing = uids.size - gone; missing > 0; missing--) {
        left.splice(
          left.findIndex(({ uid }) => uid === 0),
          1,
        )
      }
    }
    messages = left
  }

  /**
   * RFC 7162 §3.2.5: who resumes knows every UID from then on, what was known less what vanished and with what was told.
   * Who named what he knew, knows every UID among those.
   */
  function resume(): void {
    const uids = new Set([...before!.keys(), ...messages.map(({ uid }) => uid).filter((uid) => uid > 0)])
    const isWhole = isNamed ? uids.size <= messages.length : uids.size === messages.length
    if (!isWhole)
      throw new Contradiction(
        `resumed, ${uids.size} UIDs are left and told, and EXISTS is ${messages.length}`,
      )
    for (const [index, uid] of [...uids].sort((a, b) => a - b).entries()) learnUid(index + 1, uid)
  }

  function hearOne(response: string, allowsExpunge: boolean): void {
    const numbered = /^(\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?$/s.exec(response)
    if (numbered) {
      const n = Number(numbered[1])
      if (numbered[2] === 'EXISTS') exists(n)
      else if (numbered[2] === 'FETCH') fetched(n, numbered[3]!)
      else if (allowsExpunge) expunge(n)
      else throw new Contradiction('EXPUNGE where none may be')
      return
    }
    const gone = /^VANISHED (\(EARLIER\) )?([\d:,]+)$/.exec(response)
    if (gone) {
      if (!gone[1] && !allowsExpunge) throw new Contradiction('VANISHED where none may be')
      vanished(expand(gone[2]!), Boolean(gone[1]))
    }
  }

  return {
    get messages() {
      return messages
    },
    get highest() {
      return resumable
    },
    get uidValidity() {
      return uidValidity
    },
    open(resumed) {
      before = resumed ? new Map(messages.filter(({ uid }) => uid > 0).map((each) => [each.uid, each])) : null
      highest = resumable = resumed ? resumable : 0
      isOpening = true
      isNamed = resumed === 'named'
    },
    hear(untagged, text, allowsExpunge) {
      const wasOpening = isOpening
      const validity = untagged.map((each) => /^OK \[UIDVALIDITY (\d+)\]/.exec(each)?.[1]).findLast(Boolean)
      if (validity && Number(validity) !== uidValidity) {
        if (!wasOpening) throw new Contradiction(`UIDVALIDITY went from ${uidValidity} to ${validity}`)
        // RFC 7162 §3.2.5.1: another mailbox, of which nothing is known.
        uidValidity = Number(validity)
        before = null
        highest = 0
      }
      let said = 0
      let seen = 0
      for (const response of untagged) {
        hearOne(response, allowsExpunge)
        const code = /^OK \[HIGHESTMODSEQ (\d+)\]/.exec(response)?.[1]
        if (code) said = Number(code)
        seen = Math.max(seen, Number(/^\d+ FETCH \(.*\bMODSEQ \((\d+)\)/.exec(response)?.[1] ?? 0))
      }
      const code = /^\[HIGHESTMODSEQ (\d+)\]/.exec(text ?? '')?.[1]
      if (code) said = Number(code)
      if (said === 0 && !wasOpening && highest > 0) said = Math.max(highest, seen)
      if (wasOpening && said > 0 && said < highest) {
        throw new Contradiction(`HIGHESTMODSEQ fell from ${highest} to ${said}`)
      }
      if (said > 0) highest = said
      if (wasOpening && !isOpening && before) resume()
      if (!isOpening) before = null
      const isWhole = text !== null && messages.every(({ uid }) => uid !== 0)
      resumable = isWhole ? highest : Math.min(resumable, highest)
    },
    assume(uids, change) {
      for (const message of messages) {
        if (message.flags !== null && uids.includes(message.uid)) {
          message.flags = joinFlags(change(flagsOf(message.flags)))
        }
      }
    },
    doubt(uids) {
      for (const message of messages) if (uids.includes(message.uid)) message.flags = null
    },
  }
}

export function expand(set: string): Set<number> {
  const uids = new Set<number>()
  for (const member of set.split(',')) {
    const [from, to = from] = member.split(':').map(Number) as [number, number?]
    for (let uid = from; uid <= to!; uid++) uids.add(uid)
  }
  return uids
}
