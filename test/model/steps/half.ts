// Rule 3: bytes come before the lock. While a literal is half there others write; and while somebody holds the lock of
// the account the rest of it is taken in, and a whole one, from its first octet to its last, and a third is asked for.
import fc from 'fast-check'
import { PASSWORD } from '../../support/tandem.js'
import { openLine } from '../line.js'
import { bytesOf, keysOf, type MessageChoice, message } from '../messages.js'
import { same } from '../model.js'
import { inTime } from '../sessions/surroundings.js'
import { codeOf, expand, mustAnswer, plan, type Step, type StepKind, who } from '../step.js'
import { deliver } from './deliver.js'

interface Half extends Step {
  kind: 'half'
  messages: [MessageChoice, MessageChoice, MessageChoice]
  delivered: MessageChoice
}

export const half: StepKind<Half> = {
  weight: 1,
  step: fc.record({
    kind: fc.constant('half'),
    who,
    messages: fc.tuple(message, message, message),
    delivered: message,
  }),
  plan(world, model, step) {
    const process = step.who % 2 === 0 ? 'A' : 'B'
    const literals = step.messages.map(bytesOf)
    const [first, second, third] = literals as [Buffer, Buffer, Buffer]
    const announce = ({ length }: Buffer) => Buffer.from(` {${length}}\r\n`)
    const other = deliver.plan(world, model, { kind: 'deliver', who: step.who + 1, message: step.delivered })!
    return plan(
      null,
      async () => {
        const line = await openLine(world.pair.at(process).address('imap'))
        try {
          await line.run(`LOGIN ${world.user} "${PASSWORD}"`)
          world.script.note(`APPEND INBOX of three at ${process}, the first half there`)
          const { asked, answer } = line.begin(`APPEND INBOX {${first.length}}\r\n`)
          answer.catch(() => {})
          await asked
          line.send(first.subarray(0, 40))
          const delivered = await other.run()
          const { mailstore } = world.pair
          await mailstore.account(world.accountId).transact(async () => {
            world.script.note('while the lock is held, the rest of it')
            for (const [octets, next] of [
              [first.subarray(40), second],
              [second, third],
            ] as const) {
              const asked = line.continued()
              line.send(Buffer.concat([octets, announce(next)]))
              await inTime(asked, () => 'storing bytes waits for the lock of the account')
            }
          })
          line.send(Buffer.concat([third, Buffer.from('\r\n')]))
          return { delivered, result: await answer }
        } finally {
          line.close()
        }
      },
      async (model, answer) => {
        await (answer?.delivered ?? other.unheard)(model)
        const inbox = model.inbox()
        const uids = step.messages.map((each, i) => {
          const email = { keys: keysOf(each), keywords: [], size: literals[i]!.length }
          return model.file(email, [inbox.id]).uids.get(inbox.id)!
        })
        model.commit()
        if (!answer) return
        mustAnswer(answer.result, 'OK', 'APPENDUID')
        same(expand(codeOf(answer.result.text)!.rest.split(' ')[1]!), uids, 'APPENDUID')
      },
    )
  },
}
