// A delivery by LMTP: RFC 2033. What is handed over again within a day is taken, and files nothing
// while the email is there.
import fc from 'fast-check'
import { bytesOf, keysOf, type MessageChoice, message } from '../messages.js'
import { must } from '../model.js'
import { plan, type Step, type StepKind, who } from '../step.js'

interface Deliver extends Step {
  kind: 'deliver'
  message: MessageChoice
}

export const deliver: StepKind<Deliver> = {
  weight: 4,
  atOnce: true,
  step: fc.record({ kind: fc.constant('deliver'), who, message }),
  plan(world, _model, step) {
    const process = step.who % 2 === 0 ? 'A' : 'B'
    return plan(
      null,
      async () => (await world.lmtp(process)).deliver(world.user, bytesOf(step.message)),
      (model, answer) => {
        must(answer === null || answer.startsWith('250'), () => `LMTP answered ${answer}`)
        const name = JSON.stringify(step.message)
        if (model.memberships(model.received.get(name) ?? -1).length > 0) return
        const { key } = model.file({ keys: keysOf(step.message), keywords: [], size: null }, [
          model.inbox().id,
        ])
        model.received.set(name, key)
        model.commit()
      },
    )
  },
}
