import { simpleParser } from 'mailparser'
import t from 'tap'
import {
  type Action,
  composeReport,
  type Notice,
  type ReportOptions,
  statusOf,
} from '../../src/outbox/report.js'

const submission = {
  mailFrom: 'anna@home.test',
  mailFromParameters: {},
  createdAt: new Date('2026-11-15T06:00:00Z'),
  sendAt: new Date('2026-11-15T06:00:00Z'),
}
const notice = (address: string, reply: string, more: Partial<Notice> = {}): Notice => ({
  address,
  action: 'failed',
  reply,
  host: null,
  originalRecipient: null,
  ...more,
})

function compose(notices: Notice[], changes: Partial<ReportOptions> = {}): Buffer {
  return Buffer.from(
    composeReport({
      hostname: 'mail.home.test',
      now: new Date('2026-11-20T06:00:00Z'),
      giveUpAt: new Date('2026-11-20T09:00:00Z'),
      submission,
      message: Buffer.from('Subject: hi\r\nTo: x@example.org\r\n\r\nsecret body\r\n'),
      notices,
      ...changes,
    }),
  )
}

/** Types of the parts, and the groups of fields of the status. */
function statusPart(report: Buffer) {
  const text = report.toString('utf8')
  const types = [...text.matchAll(/^Content-Type: ([^;\r]+)/gm)].map((match) => match[1]!)
  const status = /Content-Type: message\/(?:global-)?delivery-status\r\n[^\r]+\r\n\r\n([\s\S]*?)\r\n--/.exec(
    text,
  )?.[1]
  return { types, groups: status!.split('\r\n\r\n').map((group) => group.trim().split('\r\n')) }
}

t.test('a report names who did not get it and why, and shows the header', async (t) => {
  const bytes = compose([
    notice('x@example.org', '550 5.1.1 no such \u00fcser', { host: 'mx.example.org' }),
    notice('y@example.org', '550 5.4.7 given up'),
  ])
  const text = bytes.toString('utf8')
  t.match(text, /^Return-Path: <>\r\n/, 'RFC 5321 §4.5.5')
  t.notMatch(text, /secret body/)
  const mail = await simpleParser(bytes)
  t.equal(mail.from?.text, '"Mail Delivery System" <mailer-daemon@mail.home.test>')
  t.match(mail, { subject: 'Undelivered mail', date: new Date('2026-11-20T06:00:00Z') })
  t.equal(mail.headers.get('auto-submitted'), 'auto-replied')
  t.match(mail.headers.get('content-type'), {
    value: 'multipart/report',
    params: { 'report-type': 'delivery-status' },
  })
  t.match(
    mail.text,
    /mail\.home\.test could not deliver your message to:\s+x@example\.org\s+550 5\.1\.1 no such \u00fcser/,
  )

  // RFC 3464 §2: fields about the message, then a group of fields for each recipient; plain ASCII.
  const { types, groups } = statusPart(bytes)
  t.strictSame(types, ['multipart/report', 'text/plain', 'message/delivery-status', 'text/rfc822-headers'])
  t.strictSame(groups, [
    ['Reporting-MTA: dns; mail.home.test', 'Arrival-Date: Sun, 15 Nov 2026 06:00:00 +0000'],
    [
      'Final-Recipient: rfc822; x@example.org',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx.example.org',
      'Diagnostic-Code: smtp; 550 5.1.1 no such ?ser',
      'Last-Attempt-Date: Fri, 20 Nov 2026 06:00:00 +0000',
    ],
    [
      'Final-Recipient: rfc822; y@example.org',
      'Action: failed',
      'Status: 5.4.7',
      'Diagnostic-Code: smtp; 550 5.4.7 given up',
      'Last-Attempt-Date: Fri, 20 Nov 2026 06:00:00 +0000',
    ],
  ])
})

t.test(
  'what is delayed, passed on and delivered, with what the sender asked to be reminded of',
  async (t) => {
    const { groups } = statusPart(
      compose(
        [
          notice('a@x.y', '451 4.4.1 away', { action: 'delayed', originalRecipient: 'rfc822;A@x.y' }),
          notice('b@x.y', '250 ok', { action: 'relayed', host: 'mx.x.y' }),
          notice('c@x.y', '250 2.1.5 delivered', { action: 'delivered' }),
        ],
        { submission: { ...submission, mailFromParameters: { ENVID: 'my id', HOLDFOR: '60' } } },
      ),
    )
    t.match(groups[0], [
      /^Original-Envelope-Id: my id$/,
      /^Reporting/,
      /^Arrival/,
      /^Future-Release-Request: for;60$/,
    ])
    t.strictSame(groups[1]!.slice(0, 4), [
      'Original-Recipient: rfc822; A@x.y',
      'Final-Recipient: rfc822; a@x.y',
      'Action: delayed',
      'Status: 4.4.1',
    ])
    t.equal(groups[1]!.at(-1), 'Will-Retry-Until: Fri, 20 Nov 2026 09:00:00 +0000')
    t.match(groups[2], ['Final-Recipient: rfc822; b@x.y', 'Action: relayed', 'Status: 2.0.0'])
    t.match(groups[3], ['Final-Recipient: rfc822; c@x.y', 'Action: delivered', 'Status: 2.1.5'])
  },
)

// RFC 3461 §4.3, §6.2
t.test(
  'the whole message comes back where that was asked for, of a failure, and where it is not large',
  async (t) => {
    const full = { submission: { ...submission, mailFromParameters: { RET: 'FULL' } } }
    const failed = [notice('x@example.org', '550 no')]
    t.match(
      compose(failed, full).toString(),
      /Content-Type: message\/rfc822\r\n[^\r]+\r\n\r\nSubject: hi\r\n[\s\S]*secret body/,
    )
    t.notMatch(compose([notice('x@y.z', '250 ok', { action: 'delivered' })], full).toString(), /secret body/)
    const message = Buffer.from(`Subject: hi\r\n\r\n${'x'.repeat(1024 * 1024)}`)
    t.ok(compose(failed, { ...full, message }).length < 10_000)
  },
)

// RFC 6533 §3, §4
t.test('addresses beyond ASCII make it a report of the new kind', async (t) => {
  const bytes = compose(
    [
      notice('j\u00f6rg@example.org', '550 5.1.1 no', {
        originalRecipient: 'utf-8;j\\x{F6}rg\\x{2B}a@example.org',
      }),
    ],
    { submission: { ...submission, mailFrom: '\u00e4nna@home.test' } },
  )
  const { types, groups } = statusPart(bytes)
  t.strictSame(types.slice(2), ['message/global-delivery-status', 'message/global-headers'])
  t.strictSame(groups[1]!.slice(0, 2), [
    'Original-Recipient: utf-8; j\u00f6rg+a@example.org',
    'Final-Recipient: utf-8; j\u00f6rg@example.org',
  ])
  t.match(bytes.toString('utf8'), /^To: <\u00e4nna@home\.test>\r$/m)
})

t.test('nothing that came from outside begins a line of its own', async (t) => {
  const evil = 'x\r\nAction: delivered'
  const { groups } = statusPart(
    compose([notice('x@y.z', `550 ${evil}`, { originalRecipient: `rfc822;${evil}` })], {
      submission: { ...submission, mailFromParameters: { ENVID: evil } },
    }),
  )
  t.equal(groups.flat().filter((line) => line.startsWith('Action:')).length, 1)
})

const STATUSES: [reply: string, action: Action, status: string][] = [
  ['550 5.7.26 no', 'failed', '5.7.26'],
  ['550 no', 'failed', '5.0.0'],
  ['550 4.7.1 no', 'failed', '5.0.0'],
  ['550 5.1.1', 'failed', '5.1.1'],
  ['451 4.7.1 later', 'delayed', '4.7.1'],
  ['250 ok', 'relayed', '2.0.0'],
]

for (const [reply, action, status] of STATUSES) {
  t.test(`${reply} (${action}) has status ${status}`, async (t) => t.equal(statusOf(reply, action), status))
}
