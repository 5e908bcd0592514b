// The relay, and what has to come to it.
import type { Test } from '@tandem/mailstore/testing'
import { startRelay } from '../support/relay.js'
import type { Arrivals } from './home.js'
import type { Stage } from './stage.js'

export interface Outside {
  url: string
  address: string
  arrivals: Arrivals
  /** What is wrong, in words: taken and lost, or doubled where nobody was killed. */
  judge(queued: ReadonlySet<string>): string[]
  /** What was taken for it and has not come. */
  missing(): string[]
  /** Messages that came; those that a kill had sent again; those that their sender had, for want of an answer. */
  figures(): { received: number; byKill: number; bySender: number }
  /** Called whenever a message comes. */
  onReceived: () => void
}

export async function startOutside(t: Test, stage: () => Stage): Promise<Outside> {
  const arrivals: Arrivals = new Map()
  /** By token, when each came: which kill was the last. */
  const received = new Map<string, number[]>()
  const relay = await startRelay(t, ({ text }) => {
    const token = /^Subject: (\S+)/m.exec(text)![1]!
    received.set(token, [...(received.get(token) ?? []), stage().epoch])
    outside.onReceived()
  })
  const outside: Outside = {
    url: relay.url,
    address: 'somebody@example.net',
    arrivals,
    onReceived: () => {},
    judge(queued) {
      const wrong: string[] = []
      for (const [token, { isAcknowledged, most, queueId }] of arrivals) {
        const times = received.get(token) ?? []
        const waits = queueId !== null && queued.has(queueId)
        if (isAcknowledged && times.length === 0 && !waits) wrong.push(`${token} never came to the relay`)
        // Calm epochs are even: two in one had no kill between them.
        const calm = times.filter((epoch, i) => epoch % 2 === 0 && times.indexOf(epoch) !== i)
        if (times.length > most && calm.length >= most)
          wrong.push(`${token} came to the relay ${times.length} times, at ${times}`)
      }
      for (const token of received.keys())
        if (!arrivals.has(token)) wrong.push(`${token} came to the relay, and nobody sent it`)
      return wrong
    },
    missing: () =>
      [...arrivals].flatMap(([token, { isAcknowledged }]) =>
        isAcknowledged && !received.has(token) ? [token] : [],
      ),
    figures() {
      let [all, byKill, bySender] = [0, 0, 0]
      for (const [token, times] of received) {
        const most = arrivals.get(token)?.most ?? 1
        all += times.length
        byKill += Math.max(0, times.length - most)
        bySender += Math.min(times.length, most) - 1
      }
      return { received: all, byKill, bySender }
    },
  }
  return outside
}
