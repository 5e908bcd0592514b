// One connection to the event source: RFC 8620 §7.3.
//
// A stream is idle, checking (the login is asked whether it still stands), blocked (the client does not read) or
// closed. Marks that move meanwhile are only remembered, and one event tells them all when it is idle again: a
// slow reader costs one set of marks, and never a queue.
import type { Clock } from '../clock.js'
import { formatEventId, PUSH_TYPES, type PushMarks, type PushType, stateChange } from './types.js'

/** A client that reads nothing for so long is gone. */
const STALL_MS = 60_000

/** What is written to: a response whose head is out. */
export interface EventSink {
  /** False where no more should be written before `onDrain` calls back. */
  write(text: string): boolean
  onDrain(callback: () => void): void
  end(): void
  destroy(): void
}

export interface EventStreamOptions {
  sink: EventSink
  clock: Clock
  accountId: string
  types: ReadonlySet<PushType>
  /** End after the first state event. */
  closeAfterState: boolean
  /** Seconds between pings, 0 for none. */
  ping: number
  /** Whether who opened it may still hear. */
  isValid(): Promise<boolean>
  /** Called with each state event: of what, since when. */
  onTold?(types: readonly PushType[], before: PushMarks, now: PushMarks): void
  /** Called once. */
  onClose(): void
}

export interface EventStream {
  /**
   * Begins, with the marks as they are. `told`: what the client knew last, null where that can't be read,
   * undefined where it is new.
   */
  start(now: PushMarks, told: PushMarks | null | undefined): void
  /** The marks have moved. */
  changed(marks: PushMarks): void
  close(): void
}

const NOTHING = Object.fromEntries(PUSH_TYPES.map((type) => [type, -1])) as PushMarks

export function createEventStream(options: EventStreamOptions): EventStream {
  const { sink, clock, accountId, types, ping } = options
  let state: 'idle' | 'checking' | 'blocked' | 'closed' = 'idle'
  let told: PushMarks | undefined
  let current = NOTHING
  let cancelPing = () => {}
  let cancelStall = () => {}

  function close(): void {
    if (state === 'closed') return
    state = 'closed'
    cancelPing()
    cancelStall()
    sink.end()
    options.onClose()
  }

  function write(event: string): void {
    const canGoOn = sink.write(event)
    schedulePing()
    if (canGoOn || state === 'closed') return
    state = 'blocked'
    cancelStall = clock.after(STALL_MS, () => {
      sink.destroy()
      close()
    })
    sink.onDrain(() => {
      cancelStall()
      if (state !== 'blocked') return
      state = 'idle'
      void tell()
    })
  }

  /** The time runs from the last event of any kind. */
  function schedulePing(): void {
    cancelPing()
    if (ping > 0 && state !== 'closed') cancelPing = clock.after(ping * 1000, () => void sendPing())
  }

  async function sendPing(): Promise<void> {
    if (state !== 'idle') return schedulePing()
    // RFC 8620 §7.3: a ping sets no event id.
    if (await mayHear()) write(`event: ping\ndata: ${JSON.stringify({ interval: ping })}\n\n`)
    void tell()
  }

  async function tell(): Promise<void> {
    if (state !== 'idle' || news().length === 0 || !(await mayHear())) return
    const changed = news()
    options.onTold?.(changed, told ?? NOTHING, current)
    told = current
    const data = JSON.stringify(stateChange(accountId, changed, current))
    write(`event: state\nid: ${formatEventId(current)}\ndata: ${data}\n\n`)
    if (options.closeAfterState) close()
    else void tell()
  }

  /** The types that moved since the client was told; it may have been told more than these types. */
  function news(): PushType[] {
    const before = told
    return before ? PUSH_TYPES.filter((type) => types.has(type) && current[type] !== before[type]) : []
  }

  async function mayHear(): Promise<boolean> {
    state = 'checking'
    const isValid = await options.isValid().catch(() => false)
    // It may have been closed meanwhile.
    if ((state as string) === 'closed') return false
    state = 'idle'
    if (!isValid) close()
    return isValid
  }

  return {
    start(now, known) {
      current = latest(current, now)
      told = known === undefined ? current : (known ?? NOTHING)
      // An id without data is remembered by the client and is no event to it: a reconnect catches up from here.
      write(`id: ${formatEventId(known ?? current)}\n\n`)
      void tell()
    },
    changed(marks) {
      current = latest(current, marks)
      void tell()
    },
    close,
  }
}

/** Marks only grow; notices may come out of order. */
function latest(a: PushMarks, b: PushMarks): PushMarks {
  return Object.fromEntries(PUSH_TYPES.map((type) => [type, Math.max(a[type], b[type])])) as PushMarks
}
