import t from 'tap'
import { parseMessage, summarize } from '../src/index.js'

const summary = (text: string) => {
  const bytes = Buffer.from(text)
  return summarize(bytes, parseMessage(bytes))
}

const empty = {
  date: null,
  subject: null,
  from: null,
  sender: null,
  replyTo: null,
  to: null,
  cc: null,
  bcc: null,
  inReplyTo: null,
  messageId: null,
}

t.test('a message without header fields', (t) => {
  const { structure, envelope, ...rest } = summary('\nhello')
  t.same(envelope, empty)
  t.same(rest, {
    subject: null,
    from: null,
    to: null,
    cc: null,
    bcc: null,
    sender: null,
    replyTo: null,
    messageId: null,
    inReplyTo: null,
    references: null,
    sentAt: null,
    hasAttachment: false,
    preview: 'hello',
  })
  t.match(structure, { section: '', type: 'text/plain', bodyStart: 1, bodyEnd: 6 })
  t.notOk('headers' in structure)
  t.end()
})

t.test('envelope and convenience properties', (t) => {
  const { structure, envelope, ...rest } = summary(
    [
      'Date: Fri, 21 Nov 1997 09:55:06 -0600',
      'Subject: =?utf-8?q?a?=\n =?utf-8?q?b?=',
      'From: "A" <a@x>',
      'To: b@x',
      'To: c@x',
      'Cc:',
      'Message-ID: <m@x>',
      'In-Reply-To: <n@x>',
      'References: <l@x>\n <n@x>',
      '',
      'x',
    ].join('\n'),
  )
  t.same(envelope, {
    ...empty,
    date: 'Fri, 21 Nov 1997 09:55:06 -0600',
    subject: '=?utf-8?q?a?= =?utf-8?q?b?=',
    from: [{ name: 'A', adl: null, mailbox: 'a', host: 'x' }],
    to: ['b', 'c'].map((mailbox) => ({ name: null, adl: null, mailbox, host: 'x' })), // RFC 5322 §4.5.3
    inReplyTo: '<n@x>',
    messageId: '<m@x>',
  })
  t.match(rest, {
    subject: 'ab',
    from: [{ name: 'A', email: 'a@x' }],
    to: [{ name: null, email: 'c@x' }], // the last field
    cc: [],
    messageId: ['m@x'],
    inReplyTo: ['n@x'],
    references: ['l@x', 'n@x'],
    sentAt: '1997-11-21T09:55:06-06:00',
  })
  t.end()
})

t.test('an encapsulated message has its envelope', (t) => {
  const { structure } = summary('Content-Type: message/rfc822\n\nSubject: in\nContent-Type: text/html\n\nx')
  t.match(structure, {
    type: 'message/rfc822',
    envelope: { subject: 'in' },
    message: { section: '1', type: 'text/html' },
  })
  t.notOk('envelope' in structure.message!)
  t.end()
})
