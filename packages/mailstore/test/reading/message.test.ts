import { parseMessage } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { BEGINNING, readBeginning, readMessage } from '../../src/reading/message.js'

const MESSAGE = Buffer.from(
  [
    'From: Bob <bob@example.net>',
    'To: alice@example.org',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'Message-ID: <1@example.net>',
    'References: <0@example.net>',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Grüße aus Köln',
    '',
  ].join('\r\n'),
)

t.test('of the beginning the header is known, and the body is one opaque part', async (t) => {
  const { summary, document } = readBeginning(MESSAGE, 5_000_000)
  const whole = await readMessage.run(MESSAGE)
  for (const name of ['envelope', 'subject', 'from', 'to', 'messageId', 'references', 'sentAt'] as const) {
    t.same(summary[name], whole.summary[name], name)
  }
  t.equal(document.envelope, whole.document.envelope)
  t.equal(document.header, whole.document.header)
  t.equal(document.people, whole.document.people)
  const { headerEnd } = parseMessage(MESSAGE).root
  t.match(summary, {
    isIncomplete: true,
    hasAttachment: true,
    preview: '',
    structure: {
      type: 'application/octet-stream',
      encoding: 'binary',
      ...{ headerStart: 0, headerEnd, bodyStart: headerEnd, bodyEnd: 5_000_000 },
      decodedSize: 5_000_000 - headerEnd,
    },
  })
  t.notOk('isIncomplete' in whole.summary)
})

t.test('a header that goes on has whole lines', (t) => {
  const long = Buffer.from(`Subject: x\r\n${'X-Long: y\r\n'.repeat(10_000)}\r\nbody`)
  const { summary } = readBeginning(long, long.length)
  const { headerEnd } = summary.structure
  t.ok(headerEnd <= BEGINNING && headerEnd > BEGINNING - 12)
  t.equal(long.subarray(0, headerEnd).toString().slice(-2), '\r\n')
  const { structure } = readBeginning(Buffer.alloc(20_000, 'x'), 20_000).summary
  t.match(structure, { headerEnd: 0, bodyStart: 0, bodyEnd: 20_000 }, 'no line at all')
  t.end()
})

t.test('whatever the bytes, the parts of the message lie in it', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string().map((text) => Buffer.from(text)),
  )
  fc.assert(
    fc.property(bytes, fc.nat(), (beginning, more) => {
      const size = beginning.length + more
      const { structure } = readBeginning(beginning, size).summary
      const places = [0, structure.headerEnd, structure.bodyStart, structure.bodyEnd]
      return structure.bodyEnd === size && places.every((place, i) => i === 0 || place >= places[i - 1]!)
    }),
  )
  t.end()
})
