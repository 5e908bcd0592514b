import { MAILSTORE_ERROR_CODES, MailstoreError } from '@tandem/mailstore'
import t from 'tap'
import { formatReply, isFault, REPLIES, refusal, replyFor } from '../src/errors.js'

t.test('every error of the store has a reply whose code and status agree', async (t) => {
  for (const code of MAILSTORE_ERROR_CODES) {
    const reply = REPLIES[code]
    t.ok(reply.code >= 400 && reply.code < 600, code)
    // RFC 3463 §2: the class of the status is the first digit of the code.
    t.match(reply.status, new RegExp(`^${Math.floor(reply.code / 100)}\\.\\d{1,3}\\.\\d{1,3}$`), code)
  }
})

const CASES: [error: unknown, reply: string, isFault: boolean][] = [
  [new MailstoreError('overQuota', ''), '452 4.2.2 the mailbox is full', false],
  [new MailstoreError('tooLarge', ''), '552 5.3.4 the message is larger than this server takes', false],
  [new MailstoreError('accountNotFound', ''), '550 5.1.1 there is no such mailbox here', false],
  [
    new MailstoreError('unavailable', 'secret host'),
    '451 4.3.0 a fault of this server, try again later',
    true,
  ],
  [new TypeError('x is not a function'), '451 4.3.0 a fault of this server, try again later', true],
  ['no error at all', '451 4.3.0 a fault of this server, try again later', true],
  [refusal(553, '5.7.1', 'not yours'), '553 5.7.1 not yours', false],
]

for (const [error, reply, fault] of CASES) {
  t.test(`${error} becomes ${reply}`, async (t) => {
    t.equal(formatReply(replyFor(error)), reply)
    t.equal(isFault(error), fault)
  })
}
