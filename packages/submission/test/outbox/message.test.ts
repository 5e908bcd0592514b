import { parseMessage } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'
import { sizeOf, wholeOf, withHeader } from '../../src/outbox/message.js'
import { outgoing } from '../../src/outbox/outgoing.js'
import { messageFrom } from '../support/message.js'

const pieces = fc.array(
  fc.constantFrom('\r', '\n', '\r\n', '\r\n\r\n', ' ', ':', 'a', 'B: c', 'From: x\r\n', '\xe9', '.'),
  { maxLength: 40 },
)

t.test('however it is cut, it is the same message, in lines that end in CRLF', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 20 }), async (parts, piece) => {
      const text = parts.join('')
      const message = await messageFrom(text, piece)
      const wanted = text.replace(/\r\n|\r|\n/g, '\r\n')
      const whole = Buffer.from(await wholeOf(message)).toString('latin1')
      const { root } = parseMessage(Buffer.from(wanted, 'latin1'))
      return (
        whole === wanted &&
        sizeOf(message) === wanted.length &&
        message.header.length === root.bodyStart &&
        JSON.stringify(message.headers) === JSON.stringify(root.headers) &&
        message.body.is8Bit === wanted.slice(root.bodyStart).includes('\xe9')
      )
    }),
    { numRuns: 1000 },
  )
})

t.test(
  'what needs 8BITMIME and SMTPUTF8 is seen wherever it is, and not in a field that is not sent',
  async (t) => {
    const nested = (inner: string) => `From: a@b.c\r\nContent-Type: message/rfc822\r\n\r\n${inner}`
    const cases: [text: string, is8Bit: boolean, needsUtf8: boolean][] = [
      ['From: a@b.c\r\n\r\nx', false, false],
      ['From: a@b.c\r\n\r\n\xe9', true, false],
      ['From: \xe9 <a@b.c>\r\n\r\nx', true, true],
      [nested('Subject: \xe9\r\n\r\nx'), true, true],
      [nested('Subject: x\r\n\r\n\xe9'), true, false],
      [nested(nested('Subject: \xe9\r\n\r\n')), true, true],
    ]
    const envelope = { mailFrom: 'a@b.c', parameters: {}, recipients: [{ address: 'd@e.f', parameters: {} }] }
    for (const [text, is8Bit, needsUtf8] of cases) {
      t.match(outgoing({ ...envelope, content: await messageFrom(text) }), { is8Bit, needsUtf8 }, text)
    }
    const hidden = await messageFrom('From: a@b.c\r\nBcc: \xe9@b.c\r\n\r\nx')
    const shown = withHeader(hidden, Buffer.from('From: a@b.c\r\n\r\n'))
    t.match(outgoing({ ...envelope, content: shown }), { is8Bit: false, needsUtf8: false, size: 16 })
  },
)
