// APPEND, MULTIAPPEND: RFC 9051 §6.3.12, RFC 3502, RFC 4315 §3.
import fc from 'fast-check'
import { bytesOf, keysOf, type MessageChoice, message } from '../messages.js'
import { must, same } from '../model.js'
import {
  codeOf,
  expand,
  flagList,
  imapOf,
  keywords,
  mustAnswer,
  pathOf,
  place,
  plan,
  type Step,
  type StepKind,
  who,
} from '../step.js'

interface Append extends Step {
  kind: 'append'
  into: number | string
  messages: { message: MessageChoice; keywords: string[]; deleted: boolean }[]
}

const one = fc.record({
  message,
  keywords,
  deleted: fc.nat(5).map((n) => n === 0),
})

export const append: StepKind<Append> = {
  weight: 7,
  atOnce: true,
  step: fc.record({
    kind: fc.constant('append'),
    who,
    into: place,
    messages: fc.oneof(
      { arbitrary: fc.array(one, { minLength: 1, maxLength: 1 }), weight: 3 },
      { arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }), weight: 1 },
    ),
  }),
  plan(world, model, step) {
    const session = imapOf(world, step)
    const path = pathOf(model, step.into)
    const files = step.messages.map((each) => ({ ...each, bytes: bytesOf(each.message) }))
    const parts = files.map((each) => ` (${flagList(each.keywords, each.deleted)}) {}`)
    return plan(
      session,
      () => session.run(`APPEND "${path}"${parts.join('')}`, ...files.map(({ bytes }) => bytes)),
      (model, answer) => {
        const mailbox = model.byPath(path)
        if (!mailbox) return mustAnswer(answer, 'NO', 'TRYCREATE')
        const uids = files.map((each) => {
          const email = {
            keys: keysOf(each.message),
            keywords: each.keywords,
            size: each.bytes.length,
            deleted: each.deleted,
          }
          return model.file(email, [mailbox.id]).uids.get(mailbox.id)!
        })
        model.commit()
        if (!answer) return
        mustAnswer(answer, 'OK', 'APPENDUID')
        const [uidValidity, set] = codeOf(answer.text)!.rest.split(' ')
        model.bind('uidValidity', mailbox.id, uidValidity!)
        same(expand(set!), uids, 'APPENDUID')
        must(uids.length === files.length, () => 'APPENDUID is of each')
      },
    )
  },
}
