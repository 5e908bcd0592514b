// The mail that the demonstration's accounts begin with.
import type { Role } from '@tandem/mailstore'
import type { DemoName } from './accounts.js'
import { compose, type Draft } from './compose.js'

export interface DemoMessage {
  bytes: Buffer
  role: Role
  keywords: readonly string[]
  date: Date
}

const ALICE = 'Alice Almond <alice@example.org>'
const BOB = 'Bob Brook <bob@example.org>'
const YUKI = 'Yuki Sato <yuki@example.com>'
const TANDEM = 'Tandem <postmaster@example.org>'

/** A message of the demonstration: who sees it where follows from its sender and recipients. */
type Scene = Omit<Draft, 'id' | 'date' | 'answers'> & {
  key: string
  hoursAgo: number
  answers?: readonly string[]
  /** Not sent yet: its author has it among the drafts, nobody else has it. */
  draft?: true
  /** Recipients' keywords. */
  keywords?: readonly string[]
}

const SCENES: readonly Scene[] = [
  {
    key: 'question',
    hoursAgo: 74,
    from: BOB,
    to: [ALICE],
    subject: 'Which device first?',
    keywords: ['$seen', '$answered'],
    text: `Hi Alice,

we have the laptops on IMAP and the phones could do JMAP. Do we move
everybody on one day, or one device at a time?

Bob
`,
  },
  {
    key: 'answer',
    hoursAgo: 71,
    from: ALICE,
    to: [BOB],
    subject: 'Re: Which device first?',
    answers: ['question'],
    keywords: ['$seen', '$answered'],
    text: `One device at a time. Both look at the same mailboxes, so nothing has to
be copied and nobody has to wait: start with your phone, and keep the
laptop as it is.

Alice

> Do we move everybody on one day, or one device at a time?
`,
  },
  {
    key: 'thanks',
    hoursAgo: 46,
    from: BOB,
    to: [ALICE],
    subject: 'Re: Which device first?',
    answers: ['question', 'answer'],
    text: `Done. I read your answer on the phone and it was read on the laptop too.

Bob
`,
  },
  {
    key: 'plan',
    hoursAgo: 27,
    from: ALICE,
    to: [BOB],
    subject: 'The plan, with a table',
    keywords: ['$flagged'],
    text: `Bob,

the plan is attached: five people a week, until everybody has moved.

Alice
`,
    html: `<html><body><p>Bob,</p><p>the plan is <b>attached</b>: five people a week,
until everybody has moved.</p><p>Alice</p></body></html>
`,
    attachment: {
      name: 'plan.csv',
      type: 'text/csv; charset=utf-8',
      content: 'week,people,device\r\n1,5,phone\r\n2,5,phone\r\n3,5,laptop\r\n',
    },
  },
  {
    key: 'hike',
    hoursAgo: 20,
    from: YUKI,
    to: [ALICE, BOB],
    subject: '週末のハイキング 🥾',
    text: `アリスさん、ボブさん

土曜日は晴れだそうです ☀️ 朝八時に駅で会いましょう。

ゆき
`,
  },
  {
    key: 'eight',
    hoursAgo: 3,
    from: ALICE,
    to: [YUKI],
    subject: 'Re: Saturday',
    draft: true,
    text: `Dear Yuki,

eight is fine. I bring`,
  },
  {
    key: 'welcome',
    hoursAgo: 0,
    from: TANDEM,
    to: [ALICE, BOB],
    subject: 'Welcome to Tandem',
    text: `This mailbox is one and the same through IMAP and through JMAP.

Read this message with one client and look with another: it is read
there too. Move it, flag it, delete it: the other one knows before the
first has its answer.

Write to alice@example.org or bob@example.org and the mail arrives.
Mail for other domains waits in the outbox until TANDEM_RELAY_URL names
a relay.
`,
  },
]

/** What one of the accounts begins with, the oldest first, as of `now`. */
export function demoMessages(name: DemoName, now: Date): DemoMessage[] {
  return SCENES.flatMap((scene): DemoMessage[] => {
    const mine = scene.from.includes(`<${name}>`)
    if (!mine && (scene.draft || !scene.to.some((one) => one.includes(`<${name}>`)))) return []
    const date = new Date(Math.floor(now.getTime() / 1000) * 1000 - scene.hoursAgo * 3_600_000)
    const id = (key: string) => `${key}@example.org`
    const bytes = compose({ ...scene, id: id(scene.key), date, answers: (scene.answers ?? []).map(id) })
    if (scene.draft) return [{ bytes, date, role: 'drafts', keywords: ['$seen', '$draft'] }]
    if (mine) return [{ bytes, date, role: 'sent', keywords: ['$seen'] }]
    return [{ bytes, date, role: 'inbox', keywords: scene.keywords ?? [] }]
  })
}
