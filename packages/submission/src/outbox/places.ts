// How many messages of this process are on their way to each domain. One that is slow, or answers nothing, leaves room
// for the others: RFC 5321 §4.5.3.2 has us wait for minutes at each step, and §4.5.4.1 asks for a limit.

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
  /** Gives up the places with other domains than these. Those of them that it has a place with, or finds one. */
  keep(domains: readonly string[]): Set<string>
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
        if (held.has(domain) || countOf(domain) >= most) return
        held.add(domain)
        taken.set(domain, countOf(domain) + 1)
      }
      const leave = (domain: string) => {
        if (!held.delete(domain)) return
        if (countOf(domain) > 1) taken.set(domain, countOf(domain) - 1)
        else taken.delete(domain)
        onLeave()
      }
      domains.forEach(take)
      return {
        keep(wanted) {
          for (const domain of held) if (!wanted.includes(domain)) leave(domain)
          wanted.forEach(take)
          return new Set(held)
        },
        leave,
        end: () => held.forEach(leave),
      }
    },
  }
}
