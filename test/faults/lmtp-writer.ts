// An MTA: what has no reply, or one that says later, is sent again as it is.
import type { Random } from '@tandem/mailstore/testing'
import { letter } from '../support/mail.js'
import { Lost } from './answers.js'
import type { Home } from './home.js'
import { openSmtp, type Smtp } from './smtp.js'
import type { Stage } from './stage.js'

export interface Sender {
  run(): Promise<void>
  close(): void
}

export function createLmtpWriter(name: string, homes: readonly Home[], stage: Stage, random: Random): Sender {
  let lmtp: Smtp | null = null
  let count = 0
  let waiting: { token: string; to: Home[] } | null = null

  async function deliver(): Promise<void> {
    lmtp ??= await openSmtp(await stage.server(), 'lmtp')
    if (!waiting) {
      waiting = { token: `${name}-m${++count}`, to: homes.filter(() => random.chance(0.6)) }
      if (waiting.to.length === 0) waiting.to.push(random.pick(homes))
      for (const { arrivals } of waiting.to)
        arrivals.set(waiting.token, { isAcknowledged: false, most: 1, queueId: null })
    }
    const { token, to } = waiting
    const endings = await lmtp.send(
      'sender@example.net',
      to.map(({ address }) => address),
      letter(token),
    )
    for (const [i, home] of to.entries()) {
      if (endings[i] === null) continue
      home.arrivals.get(token)!.isAcknowledged = true
      // The first time had come as far as the disk, and its answer no further than that.
      if (endings[i]!.includes('delivered before')) stage.figures.happened++
      stage.acknowledged()
    }
    const left = to.filter((_, i) => endings[i] === null)
    waiting = left.length > 0 ? { token, to: left } : null
    stage.figures.unanswered += left.length
    if (left.length > 0) throw new Lost('a delivery has no reply')
  }

  const close = () => {
    lmtp?.close()
    lmtp = null
  }
  return { run: () => stage.loop(deliver, close), close }
}
