// Keeps what is made of hostile headers small.
import { cutText } from './bytes.js'

/** UTF-16 units of one string in a summary. As JSON each takes six bytes at most. */
const maxText = 2_000

/** Counts bytes of JSON down. */
export interface Purse {
  /** Takes what the value costs as JSON; or takes nothing, and answers false. */
  pays(value: unknown): boolean
}

export function createPurse(bytes: number): Purse {
  let left = bytes
  return {
    pays(value) {
      const cost = Buffer.byteLength(JSON.stringify(value)) + 1
      if (cost > left) return false
      left -= cost
      return true
    },
  }
}

/** The first items the purse pays for. */
export function firstPaid<T>(items: T[], purse: Purse): T[] {
  const end = items.findIndex((item) => !purse.pays(item))
  return end < 0 ? items : items.slice(0, end)
}

/** At most 2,000 characters. */
export function short<T extends string | null>(text: T): T {
  return (text === null ? null : cutText(text, maxText)) as T
}

export function isShort(text: string): boolean {
  return text.length <= maxText
}
