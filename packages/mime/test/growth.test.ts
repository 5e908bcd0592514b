// Everything that reads mail takes time linear in what it reads, whatever that is: hostile texts, as what each reader takes.
import t from 'tap'
import {
  asDate,
  asGroupedAddresses,
  asMessageIds,
  asText,
  asURLs,
  bareMessageIds,
  baseSubject,
  createSummarizer,
  decodeBody,
  decodeText,
  htmlToText,
  normalForm,
  parseMessage,
  partName,
  searchText,
  summarize,
  threadSubject,
} from '../src/index.js'
import { hostileTexts, messageShapes, steepShapes } from '../src/testing.js'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const whole = (bytes: Buffer) => {
  const message = parseMessage(bytes)
  summarize(bytes, message)
  searchText(bytes, message)
}
const field = (name: string) => (text: string) =>
  whole(latin1(`${name}: ${text.replace(/[\r\n]+/g, '\r\n ')}\r\n\r\n`))
const body = (encoding: string) => {
  return (text: string) => decodeBody(latin1(text), { encoding, bodyStart: 0, bodyEnd: text.length })
}

const readers: Record<string, (text: string) => unknown> = {
  htmlToText,
  asText,
  asGroupedAddresses,
  asDate,
  asMessageIds,
  asURLs,
  bareMessageIds,
  baseSubject,
  threadSubject,
  normalForm: (text) => normalForm(latin1(text).toString('utf8'), 'NFKD'),
  partName: (text) => partName({ params: {}, dispositionParams: { filename: text } }),
  'a whole message': (text) => whole(latin1(text)),
  'a body of HTML': (text) => whole(latin1(`Content-Type: text/html\r\n\r\n${text}`)),
  'a body of text': (text) => whole(latin1(`\r\n${text}`)),
  'Content-Type': field('Content-Type'),
  'Content-Disposition': field('Content-Disposition'),
  'Content-Transfer-Encoding': field('Content-Transfer-Encoding'),
  'Content-Language': field('Content-Language'),
  ...Object.fromEntries(['base64', 'quoted-printable'].map((encoding) => [encoding, body(encoding)])),
  ...Object.fromEntries(
    ['utf-8', 'utf-7', 'utf-16', 'iso-2022-jp', 'gb18030', 'x-unknown'].map((charset) => [
      `text in ${charset}`,
      (text) => decodeText(latin1(text), charset),
    ]),
  ),
}

/** They read some 50 MB in a second of CPU: what is quadratic in them is heard late. */
const fast = new Set(['htmlToText', 'a body of text', 'base64'])

for (const [name, read] of Object.entries(readers)) {
  t.test(`${name}, over hostile texts`, (t) => {
    t.same(steepShapes(read, hostileTexts, (fast.has(name) ? 256 : 64) * 1024), [])
    t.end()
  })
}

const piecewise = (text: string) => {
  const summarizer = createSummarizer({ searchBytes: 1024 * 1024 })
  const bytes = latin1(text)
  for (let i = 0; i < bytes.length; i += 100) summarizer.write(bytes.subarray(i, i + 100))
  summarizer.end()
}

t.test('hostile messages', (t) => {
  t.same(
    steepShapes((text) => whole(latin1(text)), messageShapes, 128 * 1024),
    [],
    'whole',
  )
  t.same(steepShapes(piecewise, messageShapes, 128 * 1024), [], 'in pieces')
  t.end()
})
