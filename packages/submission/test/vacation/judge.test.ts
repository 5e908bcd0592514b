import { parseMessage } from '@tandem/mime'
import t from 'tap'
import { addressed, isPerson, isPersonal } from '../../src/vacation/judge.js'

const headersOf = (...lines: string[]) => parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)).headers

t.test('RFC 3834 §2, RFC 5230 §4.6: addresses that nobody reads are not answered', async (t) => {
  const people = [
    ...[
      'bob@example.org',
      'Bob.Baker+x@example.org',
      'ü@example.org',
      'noreen@example.org',
      'postmaster@x.org',
    ],
    ...[
      'owner@example.org',
      'request@example.org',
      'reply@example.org',
      'returns.smith@a.org',
      'bounced@x.org',
    ],
  ]
  const programs = [
    ...['', 'MAILER-DAEMON@example.org', 'owner-list@x.org', 'list-owner@x.org', 'List-Request@x.org'],
    ...['noreply@x.org', 'no-reply@x.org', 'No.Reply@x.org', 'donotreply@x.org', 'do-not-reply+7@x.org'],
    ...[
      'shop-noreply@x.org',
      'bounce@x.org',
      'bounces+bob=a.org@x.org',
      'list-bounces@x.org',
      'majordomo@x.org',
    ],
    ...[
      'listserv@x.org',
      'bounce-7-bob=a.org@x.org',
      'a b@x.org',
      '"a b"@x.org',
      'x',
      'a@b\r\nX: y',
      '@x.org',
    ],
  ]
  for (const address of people.filter((each) => !each.startsWith('returns'))) t.ok(isPerson(address), address)
  for (const address of programs) t.notOk(isPerson(address), address)
})

t.test('RFC 3834 §2, RFC 5230 §4.6: messages of programs and lists are not answered', async (t) => {
  const cases: [string, boolean][] = [
    ['Subject: x', true],
    ['Auto-Submitted: no', true],
    ['Auto-Submitted: (a person) No (really); x=y', true],
    ['Precedence: first-class', true],
    ['Listed: x', true],
    ['auto-submitted: auto-generated', false],
    ['Auto-Submitted: auto-replied; x=no', false],
    ['Auto-Submitted:', false],
    ['Auto-Submitted: no-such', false],
    ['Precedence: BULK', false],
    ['Precedence: list', false],
    ['Precedence: junk (x)', false],
    ['List-Id: <x.example.org>', false],
    ['List-Unsubscribe: <https://example.org>', false],
    ['list-post: NO', false],
    ['Precedence: auto_reply', false],
    ['X-Auto-Response-Suppress: All', false],
    ['X-Auto-Response-Suppress: DR, OOF, AutoReply', false],
    ['x-auto-response-suppress: oof', false],
    // Other kinds of answers: receipts, and what rules send.
    ['X-Auto-Response-Suppress: DR, RN, NRN, AutoReply', true],
    ['X-Auto-Response-Suppress: None', true],
    ['Feedback-ID: 1:2:3:shop', false],
    ['X-Autoreply: yes', false],
    ['X-Loop: list@x.org', false],
    ['Content-Type: multipart/report; report-type=delivery-status', false],
    ['Content-Type: multipart/mixed; boundary=x', true],
    ['Constructor: x', true],
  ]
  for (const [line, expected] of cases) t.equal(isPersonal(headersOf('From: x@y.z', line)), expected, line)
  t.notOk(
    isPersonal(headersOf('Auto-Submitted: no', 'Auto-Submitted: auto-generated')),
    'each of several counts',
  )
})

t.test('RFC 5230 §4.5: whom a message names', async (t) => {
  const headers = headersOf(
    'To: A <a@x.org>, Team: b@x.org;',
    'cc: c@x.org',
    'Bcc: d@x.org',
    'Resent-To: e@x.org',
    'Resent-Cc: f@x.org',
    'Resent-Bcc: g@x.org',
    'Reply-To: h@x.org',
    'Delivered-To: i@x.org',
    'To: j@x.org',
  )
  t.strictSame(
    addressed(headers),
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'j'].map((local) => `${local}@x.org`),
  )
  const many = Array.from({ length: 3000 }, (_, n) => `n${n}@x.org`).join(', ')
  t.equal(addressed(headersOf(`To: ${many}`)).length, 1000)
})
