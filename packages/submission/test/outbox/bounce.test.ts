import { simpleParser } from 'mailparser'
import t from 'tap'
import { composeBounce, statusOf } from '../../src/outbox/bounce.js'

const submission = {
  id: 2 ** 40,
  principalId: 1,
  digest: new Uint8Array(32),
  size: 1,
  mailFrom: 'anna@home.test',
  mailFromParameters: {},
  createdAt: new Date('2026-11-15T06:00:00Z'),
  sendAt: new Date('2026-11-15T06:00:00Z'),
  email: null,
  undoStatus: 'pending' as const,
  recipients: [],
}

t.test('a report names who did not get it and why, and shows the header', async (t) => {
  const bytes = await composeBounce({
    hostname: 'mail.home.test',
    now: new Date('2026-11-20T06:00:00Z'),
    submission,
    message: Buffer.from('Subject: caf\u00e9\r\nTo: x@example.org\r\n\r\nsecret body\r\n'),
    failed: [
      { address: 'x@example.org', state: 'failed', reply: '550 5.1.1 no such \u00fcser' },
      { address: 'y@example.org', state: 'failed', reply: '550 5.4.7 given up' },
    ],
  })
  const text = Buffer.from(bytes).toString('latin1')
  t.match(text, /^Return-Path: <>\r\n/, 'RFC 5321 §4.5.5')
  t.notMatch(text, /secret body/)
  const mail = await simpleParser(Buffer.from(bytes))
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
  const status = /Content-Type: message\/delivery-status\r\n\r\n([\s\S]*?)\r\n--/.exec(text)?.[1]
  t.strictSame(
    status?.split('\r\n\r\n').map((group) => group.trim().split('\r\n')),
    [
      ['Reporting-MTA: dns; mail.home.test', 'Arrival-Date: Sun, 15 Nov 2026 06:00:00 +0000'],
      [
        'Final-Recipient: rfc822; x@example.org',
        'Action: failed',
        'Status: 5.1.1',
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
    ],
  )
})

const STATUSES: [reply: string, status: string][] = [
  ['550 5.7.26 no', '5.7.26'],
  ['550 no', '5.0.0'],
  ['550 4.7.1 no', '5.0.0'],
  ['550 5.1.1', '5.1.1'],
]

for (const [reply, status] of STATUSES) {
  t.test(`${reply} has status ${status}`, async (t) => t.equal(statusOf(reply), status))
}
