// How many connections one user, or one address, has at a time. Pure.

export interface Places<Who> {
  /** False where they are all taken. */
  take(who: Who): boolean
  /** Gives one back that was taken. */
  leave(who: Who): void
  taken(who: Who): number
}

/** `max` places for each. */
export function createPlaces<Who>(max: number): Places<Who> {
  const taken = new Map<Who, number>()
  return {
    take(who) {
      const count = taken.get(who) ?? 0
      if (count >= max) return false
      taken.set(who, count + 1)
      return true
    },
    leave(who) {
      const count = taken.get(who) ?? 0
      if (count > 1) taken.set(who, count - 1)
      else taken.delete(who)
    },
    taken: (who) => taken.get(who) ?? 0,
  }
}
