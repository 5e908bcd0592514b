import t from 'tap'
import { noticesOf } from '../../src/outbox/notices.js'
import type { Sent } from '../../src/outbox/outgoing.js'

const ADDRESS = 'x@example.org'
const sent = (more: Partial<Sent>): Sent => ({
  address: ADDRESS,
  state: 'delivered',
  reply: '250 ok',
  host: null,
  isPassedOn: false,
  isUnknown: false,
  ...more,
})
const told = (outcome: Partial<Sent>, notify: string | null, attempts = 0, mailFrom = 'a@home.test') =>
  noticesOf(
    {
      mailFrom,
      recipients: [
        {
          address: ADDRESS,
          parameters: notify ? { NOTIFY: notify } : {},
          state: 'queued',
          attempts,
          reply: null,
        },
      ],
    },
    [sent(outcome)],
  ).map(({ action }) => action)

const FAILED = { state: 'failed' } as const
const QUEUED = { state: 'queued' } as const
const REMOTE = { host: 'mx.example.org' }
const PASSED_ON = { host: 'mx.example.org', isPassedOn: true }

// RFC 3461 §5.2
const CASES: [
  name: string,
  outcome: Partial<Sent>,
  notify: string | null,
  attempts: number,
  told: string[],
][] = [
  ['failure, nothing asked', FAILED, null, 0, ['failed']],
  ['failure, asked', FAILED, 'FAILURE', 0, ['failed']],
  ['failure, success asked', FAILED, 'SUCCESS,DELAY', 0, []],
  ['failure, never', FAILED, 'NEVER', 0, []],
  ['first delay', QUEUED, null, 0, []],
  ['delay of hours', QUEUED, null, 6, ['delayed']],
  ['delay of hours, told already', QUEUED, null, 7, []],
  ['delay of hours, failure asked', QUEUED, 'FAILURE', 6, []],
  ['delay of hours, asked', QUEUED, 'failure,delay', 6, ['delayed']],
  ['delivered here, nothing asked', {}, null, 0, []],
  ['delivered here, asked', {}, 'SUCCESS', 0, ['delivered']],
  ['passed on to a host without DSN, asked', REMOTE, 'SUCCESS', 0, ['relayed']],
  ['passed on to a host without DSN, nothing asked', REMOTE, null, 0, []],
  ['passed on to a host that reports itself', PASSED_ON, 'SUCCESS', 0, []],
]

for (const [name, outcome, notify, attempts, expected] of CASES) {
  t.test(name, async (t) => {
    t.strictSame(told(outcome, notify, attempts), expected)
    t.strictSame(told(outcome, notify, attempts, ''), [], 'nobody is told of a report')
  })
}
