import type { Tandem } from '../../support/tandem.js'
import type { Script } from '../script.js'

export type ProcessName = 'A' | 'B'

/** What every session is opened with. */
export interface Surroundings {
  /** Where a process listens now: one that came back has other ports. */
  processes(name: ProcessName): Pick<Tandem, 'address'>
  script: Script
  /** Whom it logs in as; the password is PASSWORD. */
  user: string
}

/** How long an answer may take on a slow machine before there is none, in milliseconds. */
const PATIENCE_MS = 20_000

/** Errors: what `missing` says, when it takes too long. */
export async function inTime<T>(answer: Promise<T>, missing: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${missing()}, for ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
