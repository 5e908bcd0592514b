import type { Envelope } from '@tandem/mime'
import t from 'tap'
import { renderEnvelope } from '../../src/render/envelope.js'

const empty: Envelope = {
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
const terry = { name: 'Terry Gray', adl: null, mailbox: 'gray', host: 'cac.washington.edu' }
const imap = { name: null, adl: null, mailbox: 'imap', host: 'cac.washington.edu' }

t.test('the example of RFC 3501 §8', async (t) => {
  const wire = renderEnvelope({
    ...empty,
    date: 'Wed, 17 Jul 1996 02:23:25 -0700 (PDT)',
    subject: 'IMAP4rev1 WG mtg summary and minutes',
    from: [terry],
    sender: null,
    replyTo: [],
    to: [imap],
    cc: [
      { name: null, adl: null, mailbox: 'minutes', host: 'CNRI.Reston.VA.US' },
      { name: 'John Klensin', adl: null, mailbox: 'KLENSIN', host: 'MIT.EDU' },
    ],
    messageId: '<B27397-0100000@cac.washington.edu>',
  })
  t.equal(
    wire,
    '("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes"' +
      ' (("Terry Gray" NIL "gray" "cac.washington.edu"))'.repeat(3) +
      ' ((NIL NIL "imap" "cac.washington.edu"))' +
      ' ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU"))' +
      ' NIL NIL "<B27397-0100000@cac.washington.edu>")',
  )
})

t.test('nothing is there: NIL ten times', async (t) => {
  t.equal(renderEnvelope(empty), '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)')
})

t.test('Sender and Reply-To of their own are kept; an empty Subject is no NIL', async (t) => {
  const wire = renderEnvelope({ ...empty, subject: '', from: [terry], sender: [imap], replyTo: [imap] })
  t.equal(
    wire,
    '(NIL "" (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu"))' +
      ' ((NIL NIL "imap" "cac.washington.edu")) NIL NIL NIL NIL NIL)',
  )
})

t.test('groups, source routes and 8-bit names', async (t) => {
  const to = [
    { name: null, adl: null, mailbox: 'Friends', host: null },
    { name: 'Jürgen', adl: '@a,@b', mailbox: 'j"r', host: 'x' },
    { name: null, adl: null, mailbox: null, host: null },
  ]
  const name = Buffer.from('Jürgen', 'utf8').toString('latin1')
  t.equal(
    renderEnvelope({ ...empty, to }),
    `(NIL NIL NIL NIL NIL ((NIL NIL "Friends" NIL)({7}\r\n${name} "@a,@b" "j\\"r" "x")(NIL NIL NIL NIL)) NIL NIL NIL NIL)`,
  )
})

t.test('a local part has lost its quotes (RFC 9051 §9, addr-mailbox)', async (t) => {
  for (const [mailbox, expected] of [
    ['"we ird"', '"we ird"'],
    ['"a\\"b\\\\"', '"a\\"b\\\\"'],
    ['first."second part"', '"first.second part"'],
    ['""', '""'],
    ['"', '"\\""'],
  ] as const) {
    const to = [{ name: null, adl: null, mailbox, host: 'x' }]
    t.match(renderEnvelope({ ...empty, to }), `((NIL NIL ${expected} "x"))`, mailbox)
  }
})
