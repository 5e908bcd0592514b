// How many messages of this process are on their way to each domain. One that is slow, or answers nothing, leaves room
// for the others: RFC 5321 §4.5.3.2 has us wait for minutes at each step, and §4.5.4.1 asks for a limit.

/** Domains of one message that are talked to at a time. */
export const AT_ONCE = 10

export interface Places {
  /** Domains that take no more for now. */
  full(): string[]
  /** So many messages find a place each, wherever they go but to the domains that are full. */
  room(): number
  /** Takes a place with each of these domains that has one. */
  enter(domains: readonly string[]): Stay
}

/** What one message holds. */
export interface Stay {
  /**
   * Gives up the places with other domains than the first AT_ONCE of these that have one. Whether there are any. The
   * others are taken in their turn.
   */
  keep(domains: readonly string[]): boolean
  /** Takes a place with the domain; false where that is full. */
  take(domain: string): boolean
  leave(domain: string): void
  end(): void
}

/** `most`: messages for one domain at a time. `onLeave` is called after a place became free. */
export function createPlaces(most: number, onLeave = () => {}): Places {
  const taken = new Map<string, number>()
  const countOf = (domain: string) => taken.get(domain) ?? 0

  return {
    full: () => [...taken.keys()].filter((domain) => countOf(domain) >= most),
    room() {
      const left = [...taken.values()].map((count) => most - count).filter((each) => each > 0)
      return Math.min(most, ...left)
    },
    enter(domains) {
      const held = new Set<string>()
      const take = (domain: string) => {
        if (held.has(domain)) return true
        if (countOf(domain) >= most) return false
        held.add(domain)
        taken.set(domain, countOf(domain) + 1)
        return true
      }
      const leave = (domain: string) => {
        if (!held.delete(domain)) return
        if (countOf(domain) > 1) taken.set(domain, countOf(domain) - 1)
        else taken.delete(domain)
        onLeave()
      }
      for (const domain of domains) take(domain)
      return {
        keep(domains) {
          const kept = new Set<string>()
          for (const domain of domains) if (kept.size < AT_ONCE && take(domain)) kept.add(domain)
          for (const domain of held) if (!kept.has(domain)) leave(domain)
          return kept.size > 0
        },
        take,
        leave,
        end: () => {
          for (const domain of held) leave(domain)
        },
      }
    },
  }
}
