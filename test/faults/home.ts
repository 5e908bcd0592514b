// An account under load: what comes to it from elsewhere, and what no UID of it may forget.

/** A message that somebody delivers or sends to this account. */
export interface Arrival {
  /** Whether its sender was told that it is there, or queued. */
  isAcknowledged: boolean
  /** How often it may be there: LMTP knows a repeat, each submission is one more message. */
  most: number
  /** Of its submission, which it may wait in. */
  queueId: string | null
}

/** By token. */
export type Arrivals = Map<string, Arrival>

export interface Home {
  address: string
  accountId: number
  /** Ids of the mailboxes that every account has, by path. */
  boxes: Map<string, string>
  arrivals: Arrivals
  /** Remembers whose UID it is. Errors: where it was another message's. */
  note(box: string, uid: number, token: string): void
}

export function createHome(address: string, accountId: number): Home {
  const owners = new Map<string, string>()
  return {
    address,
    accountId,
    boxes: new Map(),
    arrivals: new Map(),
    note(box, uid, token) {
      const owner = owners.get(`${box}:${uid}`)
      if (owner !== undefined && owner !== token)
        throw new Error(`UID ${uid} of ${box} was ${owner}, and is ${token}`)
      owners.set(`${box}:${uid}`, token)
    },
  }
}
