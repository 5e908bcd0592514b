// The examples that the RFCs print, read as they say.
import t from 'tap'
import { parseParameterized } from '../src/headers/params.js'
import {
  asAddresses,
  asDate,
  asGroupedAddresses,
  asText,
  envelopeAddresses,
  parseMessage,
  summarize,
} from '../src/index.js'
import { understand } from './understand.js'

const summary = (...lines: string[]) => {
  const bytes = Buffer.from([...lines, '', ''].join('\r\n'))
  return summarize(bytes, parseMessage(bytes))
}
const flat = (raw: string) => envelopeAddresses(raw)?.map((a) => [a.name, a.adl, a.mailbox, a.host]) ?? null
const end = [null, null, null, null]

t.test('RFC 5322 Appendix A.5: white space, comments, and other oddities', (t) => {
  const from = 'Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>'
  const to =
    "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)"
  const cc = '(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;'
  const { envelope, ...email } = summary(
    `From: ${from}`,
    `To:${to}`,
    `Cc:${cc}`,
    'Date: Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)',
    'Message-ID:              <testabcd.1234@silly.test>',
  )
  t.same(email.from, [{ name: 'Pete', email: 'pete@silly.test' }])
  t.same(email.to, [
    { name: 'Chris Jones', email: 'c@public.example' },
    { name: null, email: 'joe@example.org' },
    { name: 'John', email: 'jdoe@one.test' },
  ])
  t.same(asGroupedAddresses(to), [{ name: 'A Group', addresses: email.to }])
  t.same(email.cc, [])
  t.same(asGroupedAddresses(cc), [{ name: 'Hidden recipients', addresses: [] }])
  t.same(flat(cc), [[null, null, 'Hidden recipients', null], end])
  t.equal(email.sentAt, '1969-02-13T23:32:00-03:30')
  t.same(email.messageId, ['testabcd.1234@silly.test'])
  t.same(envelope.from, [{ name: 'Pete', adl: null, mailbox: 'pete', host: 'silly.test' }])
  t.end()
})

t.test('RFC 5322 Appendix A.6: obsolete forms', (t) => {
  const routed = 'Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example'
  t.same(asAddresses('Joe Q. Public <john.q.public@example.com>'), [
    { name: 'Joe Q. Public', email: 'john.q.public@example.com' },
  ])
  t.same(asAddresses(routed), [
    { name: 'Mary Smith', email: 'mary@example.net' },
    { name: null, email: 'jdoe@test.example' },
  ])
  t.same(flat(routed), [
    ['Mary Smith', '@node.test', 'mary', 'example.net'],
    [null, null, 'jdoe', 'test.example'],
  ])
  t.equal(asDate('21 Nov 97 09:55:06 GMT'), '1997-11-21T09:55:06Z')
  const { from, to, sentAt, messageId } = summary(
    'From  : John Doe <jdoe@machine(comment).  example>',
    'To    : Mary Smith',
    '  ',
    '          <mary@example.net>',
    'Subject     : Saying Hello',
    'Date  : Fri, 21 Nov 1997 09(comment):   55  :  06 -0600',
    'Message-ID  : <1234   @   local(blah)  .machine .example>',
  )
  t.same(from, [{ name: 'John Doe', email: 'jdoe@machine.example' }])
  t.same(to, [{ name: 'Mary Smith', email: 'mary@example.net' }])
  t.equal(sentAt, '1997-11-21T09:55:06-06:00')
  t.same(messageId, ['1234@local.machine.example'])
  t.end()
})

t.test('RFC 5322 Appendix A.1.2, A.1.3, A.2: names and groups', (t) => {
  const cases: [raw: string, addresses: [string | null, string][]][] = [
    ['"Joe Q. Public" <john.q.public@example.com>', [['Joe Q. Public', 'john.q.public@example.com']]],
    [
      'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
      [
        ['Mary Smith', 'mary@x.test'],
        [null, 'jdoe@example.org'],
        ['Who?', 'one@y.test'],
      ],
    ],
    [
      '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
      [
        [null, 'boss@nil.test'],
        ['Giant; "Big" Box', 'sysservices@example.net'],
      ],
    ],
    [
      'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
      [
        ['Ed Jones', 'c@a.test'],
        [null, 'joe@where.test'],
        ['John', 'jdoe@one.test'],
      ],
    ],
    ['Undisclosed recipients:;', []],
    [
      '"Mary Smith: Personal Account" <smith@home.example>',
      [['Mary Smith: Personal Account', 'smith@home.example']],
    ],
  ]
  for (const [raw, addresses] of cases) {
    t.same(
      asAddresses(raw).map(({ name, email }) => [name, email]),
      addresses,
      raw,
    )
  }
  t.end()
})

t.test('RFC 6854: groups in From and Sender', (t) => {
  const robot = summary('From: Nightly Monitor Robot:;')
  t.same(robot.from, [])
  t.same(flat('Nightly Monitor Robot:;'), [[null, null, 'Nightly Monitor Robot', null], end])
  t.equal(robot.envelope.from!.length, 2)
  const partners = 'Managing Partners:ben@example.com,carol@example.com;'
  const { from, sender } = summary(`From: ${partners}`, 'Sender: dave@example.com')
  t.same(from, [
    { name: null, email: 'ben@example.com' },
    { name: null, email: 'carol@example.com' },
  ])
  t.same(sender, [{ name: null, email: 'dave@example.com' }])
  t.same(asGroupedAddresses(partners), [{ name: 'Managing Partners', addresses: from }])
  t.end()
})

t.test('RFC 2047 §8', (t) => {
  const cases: [raw: string, name: string, email: string][] = [
    ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore', 'moore@cs.utk.edu'],
    ['=?US-ASCII*EN?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore', 'moore@cs.utk.edu'], // RFC 2231 §5
    ['=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>', 'Keld Jørn Simonsen', 'keld@dkuug.dk'],
    ['=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>', 'André Pirard', 'PIRARD@vm1.ulg.ac.be'],
    ['=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>', 'Patrik Fältström', 'paf@nada.kth.se'],
  ]
  for (const [raw, name, email] of cases) t.same(asAddresses(raw), [{ name, email }], raw)
  t.equal(
    asText(
      ' =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
    ),
    'If you can read this you understand the example.',
  )
  t.same(
    asAddresses(
      'Nathaniel Borenstein <nsb@thumper.bellcore.com>\r\n (=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=)',
    ),
    [{ name: 'Nathaniel Borenstein', email: 'nsb@thumper.bellcore.com' }],
  )
  const comments: [encoded: string, displayed: string][] = [
    ['(=?ISO-8859-1?Q?a?=)', 'a'],
    ['(=?ISO-8859-1?Q?a?= b)', 'a b'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', 'ab'],
    ['(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)', 'ab'],
    ['(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)', 'ab'],
    ['(=?ISO-8859-1?Q?a_b?=)', 'a b'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', 'a b'],
  ]
  for (const [encoded, displayed] of comments) {
    t.same(asAddresses(`x@y ${encoded}`), [{ name: displayed, email: 'x@y' }], encoded)
    t.equal(asText(encoded), encoded.replace('\r\n', ''), 'in text it is no encoded word')
  }
  t.end()
})

t.test('RFC 2231 §3, §4', (t) => {
  const cases: [raw: string, params: Record<string, string>][] = [
    [
      'message/external-body; access-type=URL;\r\n URL*0="ftp://";\r\n URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
      { 'access-type': 'URL', url: 'ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar' },
    ],
    [
      "application/x-stuff;\r\n title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
      { title: 'This is ***fun***' },
    ],
    [
      "application/x-stuff;\r\n title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n title*2=\"isn't it!\"",
      { title: "This is even more ***fun*** isn't it!" },
    ],
  ]
  for (const [raw, params] of cases) t.same(parseParameterized(raw).params, params, raw)
  t.end()
})

t.test('RFC 2045 §5.1: the same thing in two ways', (t) => {
  for (const raw of [
    'text/plain; charset=us-ascii (Plain text)',
    'text/plain; charset="us-ascii"',
    'Text (any) / (kind) Plain; Charset = "us-ascii"',
  ]) {
    const { root } = parseMessage(Buffer.from(`Content-type: ${raw}\n\n`))
    t.equal(root.type, 'text/plain', raw)
    t.same(root.params, { charset: 'us-ascii' })
  }
  t.end()
})

t.test('RFC 2046 §5.1.1 and RFC 2049 Appendix A: multipart examples', (t) => {
  const simple = [
    'Subject: Sample message',
    'Content-type: multipart/mixed; boundary="simple boundary"',
    '',
    'This is the preamble.',
    '',
    '--simple boundary',
    '',
    'This is implicitly typed plain US-ASCII text.',
    'It does NOT end with a linebreak.',
    '--simple boundary',
    'Content-type: text/plain; charset=us-ascii',
    '',
    'This is explicitly typed plain US-ASCII text.',
    'It DOES end with a linebreak.',
    '',
    '--simple boundary--',
    '',
    'This is the epilogue.',
  ].join('\r\n')
  t.match(understand(Buffer.from(simple)), {
    tree: ['multipart/mixed', ['text/plain'], ['text/plain']],
    texts: [
      'This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak.',
      'This is explicitly typed plain US-ASCII text.\nIt DOES end with a linebreak.\n',
    ],
  })
  const complex = [
    'Subject: A multipart example',
    'Content-Type: multipart/mixed;\r\n              boundary=unique-boundary-1',
    '\r\nThis is the preamble.\r\n',
    '--unique-boundary-1\r\n',
    '  ... Some text appears here ...\r\n',
    '--unique-boundary-1',
    'Content-type: text/plain; charset=US-ASCII\r\n\r\nThis could have been part of the previous part.\r\n',
    '--unique-boundary-1',
    'Content-Type: multipart/parallel; boundary=unique-boundary-2\r\n',
    '--unique-boundary-2',
    'Content-Type: audio/basic\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n',
    '--unique-boundary-2',
    'Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n',
    '--unique-boundary-2--\r\n',
    '--unique-boundary-1',
    'Content-type: text/enriched\r\n\r\nThis is <bold><italic>enriched.</italic></bold>\r\n',
    '--unique-boundary-1',
    'Content-Type: message/rfc822\r\n',
    'From: (mailbox in US-ASCII)\r\nSubject: (subject in US-ASCII)',
    'Content-Type: Text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: Quoted-printable\r\n',
    '  ... Additional text in ISO-8859-1 goes here =E4 ...\r\n',
    '--unique-boundary-1--',
  ].join('\r\n')
  const { tree, texts } = understand(Buffer.from(complex))
  t.same(tree, [
    'multipart/mixed',
    ['text/plain'],
    ['text/plain'],
    ['multipart/parallel', ['audio/basic'], ['image/jpeg']],
    ['text/enriched'],
    ['message/rfc822', ['text/plain']],
  ])
  t.equal(texts.at(-1), '  ... Additional text in ISO-8859-1 goes here ä ...\n')
  t.end()
})
