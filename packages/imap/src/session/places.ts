// How many connections one user, or one address, has at a time. Pure.

export interface Places<Who> {
  /** False where they are all taken. */
  take(who: Who): boolean
  /** Gives one back that was taken. */
  leave(who: Who): void
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
  }
}

/** What counts as one address: of IPv6 the first 64 bits, because the others are a client's to choose. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length
  return [...groups, ...new Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':')
}
