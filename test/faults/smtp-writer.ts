// A mail client that submits by SMTP, and sends again what had no answer: for all that it knows, it was not taken.
import type { Random } from '@tandem/mailstore/testing'
import { letter } from '../support/mail.js'
import { Lost } from './answers.js'
import type { Arrival } from './home.js'
import type { Destination } from './jmap-writer.js'
import type { Sender } from './lmtp-writer.js'
import { openSmtp, type Smtp } from './smtp.js'
import type { Stage } from './stage.js'

export function createSmtpWriter(
  name: string,
  address: string,
  destinations: readonly Destination[],
  stage: Stage,
  random: Random,
): Sender {
  let smtp: Smtp | null = null
  let count = 0
  let waiting: { token: string; to: Destination[]; arrival: Arrival } | null = null

  async function submit(): Promise<void> {
    smtp ??= await openSmtp(await stage.server(), 'submission', address)
    if (!waiting) {
      const to = destinations.filter(() => random.chance(0.6))
      if (to.length === 0) to.push(random.pick(destinations))
      waiting = {
        token: `${name}-m${++count}`,
        to,
        arrival: { isAcknowledged: false, most: 1, queueId: null },
      }
      for (const { arrivals } of to) arrivals.set(waiting.token, waiting.arrival)
    }
    const { token, to, arrival } = waiting
    const message = letter(token)
      .toString()
      .replace(/^From: .*/, `From: ${address}`)
    const [ending] = await smtp.send(
      address,
      to.map((each) => each.address),
      Buffer.from(message),
    )
    if (!ending) {
      arrival.most++
      stage.figures.unanswered++
      throw new Lost('a submission has no reply')
    }
    arrival.isAcknowledged = true
    arrival.queueId = /queued as (\S+)/.exec(ending)![1]!
    waiting = null
    stage.acknowledged()
  }

  const close = () => {
    smtp?.close()
    smtp = null
  }
  return { run: () => stage.loop(submit, close), close }
}
