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
    to: [{ name: null, adl: null, mailbox: 'c', host: 'x' }],
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

t.test('of fields of one name the last counts, in the envelope as in the properties', (t) => {
  const names = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Bcc']
  const fields = ['one', 'two', 'three'].flatMap((word) => [
    ...names.map((name) => `${name}: ${word}@${name}.test`),
    `Subject: ${word}`,
    ...['Message-ID', 'In-Reply-To', 'References'].map((name) => `${name}: <${word}@${name}>`),
  ])
  const dates = ['Date: 1 Jan 2001 00:00 +0000', 'Date: 2 Feb 2002 00:00 +0000']
  const { envelope, ...properties } = summary([...dates, ...fields, '', 'x'].join('\n'))
  for (const name of ['from', 'sender', 'replyTo', 'to', 'cc', 'bcc'] as const) {
    const host = `${name === 'replyTo' ? 'Reply-To' : `${name[0]!.toUpperCase()}${name.slice(1)}`}.test`
    t.same(properties[name], [{ name: null, email: `three@${host}` }], name)
    t.same(envelope[name], [{ name: null, adl: null, mailbox: 'three', host }], `${name} of the envelope`)
  }
  t.match(properties, {
    subject: 'three',
    messageId: ['three@Message-ID'],
    inReplyTo: ['three@In-Reply-To'],
    references: ['three@References'],
    sentAt: '2002-02-02T00:00:00Z',
  })
  t.match(envelope, {
    date: '2 Feb 2002 00:00 +0000',
    subject: 'three',
    messageId: '<three@Message-ID>',
    inReplyTo: '<three@In-Reply-To>',
  })
  t.match(summary('From: a@x\nFrom:\nTo: a@x\nTo:\n\n'), {
    from: [],
    to: [],
    envelope: { from: null, to: null },
  })
  t.end()
})

t.test('octets in a header are in the charset that a body declares', (t) => {
  const octets = (text: string) => {
    const bytes = Buffer.from(text, 'latin1')
    return summarize(bytes, parseMessage(bytes))
  }
  // \xbe\xc8\xb3\xe7 is 안녕 in EUC-KR.
  const head = 'From: \xbe\xc8\xb3\xe7 <a@x>\nSubject: \xbe\xc8\xb3\xe7\n'
  const korean = 'Content-Type: text/plain; charset=euc-kr\n\nx\n'
  const seen = ({ subject, from, envelope }: ReturnType<typeof octets>) => [
    subject,
    from?.[0]?.name,
    envelope.subject,
    envelope.from?.[0]?.name,
  ]
  const all = (text: string) => [text, text, text, text]
  t.same(seen(octets(head + korean)), all('안녕'), 'of the message itself')
  const mixed = 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'
  const english = 'Content-Type: text/plain; charset=utf-8\n\nx\n'
  t.same(seen(octets(`${head}${mixed}${english}--b\n${korean}--b--\n`)), all('안녕'), 'of a part')
  t.same(seen(octets(head + english)), all('¾È³ç'), 'UTF-8 says nothing of what is none')
  t.same(
    seen(octets(head.replaceAll('\xbe\xc8\xb3\xe7', '\xec\x95\x88') + korean)),
    all('안'),
    'but UTF-8 is UTF-8',
  )
  const { structure } = octets(`${head}${mixed}Content-Type: message/rfc822\n\n${head}${korean}--b--\n`)
  t.match(structure.children[0]!.envelope, { subject: '안녕' }, 'of a message in the message')
  const file = 'Content-Disposition: attachment; filename="\xbe\xc8.xls"\n\nx\n'
  t.equal(
    octets(`${mixed}${korean}--b\n${file}--b--\n`).structure.children[1]!.dispositionParams.filename,
    '안.xls',
    'a file name, of the part before',
  )
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
