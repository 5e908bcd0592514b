// Generated messages: we read what was written, and mailparser reads the same.
import { simpleParser } from 'mailparser'
import t from 'tap'
import type { Part } from '../src/index.js'
import { decodeBody, parseMessage, partName } from '../src/index.js'
import { generatedMessages } from './generate.js'
import { checkTree } from './tree.js'
import { understand } from './understand.js'

const messages = generatedMessages(200)

t.test('what was written is read', (t) => {
  const parts = messages.reduce((sum, { expected }) => sum + expected.names.length, 0)
  t.comment(`${messages.length} messages with ${parts} leaves`)
  for (const [i, { bytes, expected }] of messages.entries()) {
    t.same(understand(bytes), expected, `message ${i}`)
    t.equal(checkTree(bytes, parseMessage(bytes)), null)
    const lf = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
    t.same(understand(lf), expected, `message ${i} with bare LF`)
  }
  t.end()
})

// It shows an encapsulated message as one attachment.
function attachments(part: Part): Part[] {
  if (part.children.length > 0) return part.children.flatMap(attachments)
  return part.type.startsWith('text/') && part.disposition !== 'attachment' ? [] : [part]
}

t.test('what mailparser makes of them', async (t) => {
  for (const [i, { bytes, expected }] of messages.entries()) {
    const theirs = await simpleParser(bytes, { skipTextToHtml: true })
    t.equal(theirs.subject, expected.subject, `message ${i}: subject`)
    const from = theirs.from!.value.map(({ name, address }) => ({ name: name || null, email: address }))
    t.same(from, expected.from, 'from')
    const ours = attachments(parseMessage(bytes).root)
    t.same(
      theirs.attachments.map(({ filename }) => filename ?? null),
      ours.map(partName),
      'file names',
    )
    const isSame = theirs.attachments.map(({ content }, j) => {
      const { bytes: body } = decodeBody(bytes, ours[j]!)
      // It gives an empty body the line end that RFC 2046 §5.1.1 counts to the delimiter.
      return content.equals(body) || (body.length === 0 && content.toString() === '\r\n')
    })
    t.ok(isSame.every(Boolean), `${isSame.length} attachments`)
  }
})
