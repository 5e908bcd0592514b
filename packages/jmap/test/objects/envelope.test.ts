import { parseMessage } from '@tandem/mime'
import t from 'tap'
import { generateEnvelope, isMailbox, readEnvelope } from '../../src/objects/envelope.js'

t.test('what can be sent to: RFC 5321 §4.1.2, RFC 6531 §3.3, and what Postfix takes beyond', async (t) => {
  const good = [
    ...['a@b.org', 'A.b+c@x-y.example', '"a b"@c.org', '"a\\"b"@c.org', 'ü@münchen.example', 'a@[127.0.0.1]'],
    ...['a@[IPv6:2001:db8::1]', `${'x'.repeat(64)}@b.org`, "o'neil@b.org", 'a@localhost'],
    ...['.a@b.org', 'a.@b.org', 'a..b@c.org', 'a@b_c.org', 'a@b.org.'],
  ]
  const bad = [
    ...['', '@', 'a', '@b.org', 'a@', 'a b@c.org', 'a@b..org', 'a@b..org'],
    ...['a@-b.org', 'a@b.org\r\nRCPT TO:<x@y.z>', 'a\n@b.org', '<a@b.org>', 'a>@b.org'],
    ...['"a@b.org', '"a\r\n"@b.org', 'a@[1 2]', `${'x'.repeat(260)}@b.org`, 'a@b.org ', 'a\u200b@b.org'],
    ...[`a@${'x'.repeat(64)}.org`, 'a@b.org>', 'a@b .org', 'a\u00a0b@c.org'],
    ...['"a<b"@c.org', '"a\\>b"@c.org'],
  ]
  for (const address of good) t.equal(isMailbox(address), true, address)
  for (const address of bad) t.equal(isMailbox(address), false, JSON.stringify(address))
})

t.test('RFC 8621 §7: an Envelope, its parameters by upper-case names, each mailbox once', async (t) => {
  const mailFrom = {
    email: 'a@b.org',
    parameters: { ret: 'full', ENVID: 'x y', holdfor: '60', SMTPUTF8: null },
  }
  const rcptTo = [
    { email: 'x@y.org', parameters: { NOTIFY: 'SUCCESS,DELAY', ORCPT: 'rfc822;x@y.org' } },
    { email: 'x@Y.ORG' },
    { email: 'X@y.org', parameters: null },
  ]
  t.strictSame(readEnvelope({ mailFrom, rcptTo }), {
    mailFrom: {
      address: 'a@b.org',
      parameters: { RET: 'full', ENVID: 'x y', HOLDFOR: '60', SMTPUTF8: null },
    },
    rcptTo: [
      { address: 'x@y.org', parameters: { NOTIFY: 'SUCCESS,DELAY', ORCPT: 'rfc822;x@y.org' } },
      { address: 'X@y.org', parameters: {} },
    ],
  })
  const from = { email: 'a@b.org' }
  const bad: unknown[] = [
    ...['x', 5, [], {}, { mailFrom: from }, { rcptTo: [] }, { mailFrom: 'a@b.org', rcptTo: [] }],
    ...[
      { mailFrom: from, rcptTo: {} },
      { mailFrom: from, rcptTo: ['x@y.org'] },
      { mailFrom: {}, rcptTo: [] },
    ],
    { mailFrom: from, rcptTo: [], more: 1 },
    { mailFrom: { ...from, name: 'x' }, rcptTo: [] },
    ...[
      { BODY: '8BITMIME' },
      { RET: 'SOME' },
      { RET: null },
      { ENVID: 'x'.repeat(101) },
      { ENVID: 'a\nb' },
      { SMTPUTF8: 'x' },
      { SIZE: 'x' },
      { SIZE: 5 },
      { NOTIFY: 'NEVER' },
      { RET: 'FULL', ret: 'FULL' },
      'x',
    ].map((parameters) => ({ mailFrom: { ...from, parameters }, rcptTo: [] })),
    ...[
      { NOTIFY: 'NEVER,SUCCESS' },
      { NOTIFY: '' },
      { ORCPT: 'x' },
      { ORCPT: 'rfc822;a\r\nb' },
      { RET: 'FULL' },
    ].map((parameters) => ({ mailFrom: from, rcptTo: [{ email: 'x@y.org', parameters }] })),
  ]
  for (const value of bad) t.match(readEnvelope(value), { problem: String }, JSON.stringify(value))
})

t.test('RFC 8621 §7: an envelope is made from the message where there is none', async (t) => {
  const make = (lines: string[], identity = 'ann@example.com') =>
    generateEnvelope(parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)).headers, identity)
  const cases: [lines: string[], from: unknown, to?: string[]][] = [
    [['From: Ann <ann@example.com>', 'To: b@c.org'], 'ann@example.com', ['b@c.org']],
    [['From: x@y.z', 'Sender: Ann@EXAMPLE.com'], 'Ann@EXAMPLE.com', []],
    [['From: sales@example.com'], 'ann@example.com', []],
    [['From: a@b.c, d@e.f', 'Sender: ann@example.com'], 'ann@example.com', []],
    [['From: a@b.c, d@e.f'], { property: 'from' }],
    [['From: a@b.c', 'From: a@b.c'], { property: 'from' }],
    [['From: ann@example.com', 'Sender: a@b.c', 'Sender: d@e.f'], { property: 'sender' }],
    [['From: ann@example.com', 'Sender: '], { property: 'sender' }],
    [['Subject: x'], { property: 'from' }],
    [
      [
        'From: ann@example.com',
        'To: a@b.c, Group: d@e.f, g@h.i;',
        'Cc: A@b.c, a@B.C',
        'Bcc: j@k.l',
        'To: m@n.o',
      ],
      'ann@example.com',
      ['a@b.c', 'd@e.f', 'g@h.i', 'A@b.c', 'j@k.l', 'm@n.o'],
    ],
  ]
  for (const [lines, from, to] of cases) {
    const made = make(lines)
    if (typeof from !== 'string') t.match(made, from as object, lines.join(', '))
    else if ('problem' in made) t.fail(made.problem)
    else {
      t.equal(made.mailFrom.address, from, lines.join(', '))
      t.strictSame(
        made.rcptTo.map(({ address }) => address),
        to,
      )
    }
  }
})
