import { readFileSync, readlinkSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'

/** Of one tick in /proc: Linux counts them by the hundredth of a second, whatever the kernel's own clock. */
const TICK_MS = 10

/** The thread's number in its system; null where there is no /proc. To be asked in the thread. */
export function ownThread(): string | null {
  try {
    return readlinkSync('/proc/thread-self').split('/').pop() ?? null
  } catch {
    return null
  }
}

/**
 * Milliseconds that a thread has computed so far. Without /proc it is the time in which its loop was busy, which a busy
 * machine makes longer.
 */
export function computedMs(worker: Worker, thread: string | null): number {
  try {
    if (thread !== null) {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
      // The second field is a name in brackets; utime and stime are the 14th and 15th.
      const [utime = '0', stime = '0'] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
      return (Number(utime) + Number(stime)) * TICK_MS
    }
  } catch {
    // It has just ended.
  }
  return worker.performance.eventLoopUtilization().active
}
