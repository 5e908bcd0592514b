import { createHash } from 'node:crypto'
import type { Email } from '@tandem/mailstore'
import { parseMessage, summarize } from '@tandem/mime'
import t from 'tap'
import { neededRanges, renderEmail, selectEmail } from '../../src/objects/email.js'
import { caught } from '../caught.js'

const NESTED = `From: A <a@example.com>
Subject: Nested
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
X-Part: first

caf=C3=A9
--a
Content-Type: text/html

<p>caf&eacute;</p>
--a--
--m
Content-Type: image/png; name="pic.png"
Content-Disposition: inline
Content-Transfer-Encoding: base64
Content-ID: <pic@example.com>
Content-Language: de, en
Content-Location: http://example.com/pic

iVBORw==
--m
Content-Type: message/rfc822

Subject: Inner

inner
--m--
`

function emailOf(text: string): { email: Email; bytes: Buffer; digest: string } {
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
  const digest = createHash('sha256').update(bytes).digest()
  const email: Email = {
    id: 2 ** 40 + 1,
    threadId: 2 ** 40 + 2,
    digest,
    size: bytes.length,
    receivedAt: new Date('2024-05-06T07:08:09Z'),
    keywords: ['$seen', 'foo'],
    mailboxIds: [2 ** 40 + 3, 2 ** 40 + 4],
    modseq: 5,
    summary: summarize(bytes, parseMessage(bytes)),
  }
  return { email, bytes, digest: digest.toString('hex') }
}

/** Octets that complain where something is read that was not asked for. */
function octetsOf(bytes: Buffer, ranges: { start: number; end: number }[]) {
  const slice = (start: number, end: number) => {
    if (!ranges.some((range) => range.start <= start && end <= range.end)) throw new Error('not asked for')
    return bytes.subarray(start, end)
  }
  return {
    headers: (part: { headerStart: number; headerEnd: number }) =>
      parseMessage(slice(part.headerStart, part.headerEnd)).headers,
    body: (part: { bodyStart: number; bodyEnd: number }) => slice(part.bodyStart, part.bodyEnd),
  }
}

function get(text: string, ...args: Parameters<typeof selectEmail>): Record<string, unknown> {
  const { email, bytes } = emailOf(text)
  const selection = selectEmail(...args)
  return renderEmail(email, selection, octetsOf(bytes, neededRanges(email, selection)))
}

t.test('RFC 8621 §4.2: what is fast to fetch needs no byte of the message', async (t) => {
  const { email, digest } = emailOf(NESTED)
  const selection = selectEmail(null)
  t.strictSame(neededRanges(email, selection), [])
  t.strictSame(Object.keys(get(NESTED, null)).sort(), [...selection.names].sort())
  t.match(get(NESTED, null), {
    id: 'e100000001',
    blobId: `b${digest}`,
    threadId: 't100000002',
    mailboxIds: { m100000003: true, m100000004: true },
    keywords: { $seen: true, foo: true },
    size: email.size,
    receivedAt: '2024-05-06T07:08:09Z',
    subject: 'Nested',
    from: [{ name: 'A', email: 'a@example.com' }],
    to: null,
    messageId: null,
    sentAt: null,
    hasAttachment: true,
    preview: 'café',
    bodyValues: {},
  })
})

t.test('RFC 8621 §4.1.4: the parts of a message', async (t) => {
  const { bytes, digest } = emailOf(NESTED)
  const { bodyStructure } = get(NESTED, ['bodyStructure']) as { bodyStructure: unknown }
  const at = (text: string, length: number, letter: string) =>
    `b${digest}-${bytes.indexOf(text)}-${length}-${letter}`
  const text = {
    partId: '1.1',
    blobId: at('caf=C3=A9', 9, 'q'),
    size: 5,
    type: 'text/plain',
    charset: 'utf-8',
    disposition: null,
    cid: null,
    name: null,
    language: null,
    location: null,
  }
  const html = {
    ...text,
    partId: '1.2',
    blobId: at('<p>', 18, 'i'),
    size: 18,
    type: 'text/html',
    charset: 'us-ascii',
  }
  const image = {
    ...text,
    partId: '2',
    blobId: at('iVBORw==', 8, 'b'),
    size: 4,
    type: 'image/png',
    charset: null,
    name: 'pic.png',
    disposition: 'inline',
    cid: 'pic@example.com',
    language: ['de', 'en'],
    location: 'http://example.com/pic',
  }
  const inner = {
    ...text,
    partId: '3',
    blobId: at('Subject: Inner', 23, 'i'),
    size: 23,
    type: 'message/rfc822',
    charset: null,
  }
  const multipart = { ...text, partId: null, blobId: null, charset: null }
  t.match(bodyStructure, {
    ...multipart,
    type: 'multipart/mixed',
    size: Number,
    subParts: [
      { ...multipart, type: 'multipart/alternative', size: Number, subParts: [text, html] },
      image,
      inner,
    ],
  })
  // Nothing is entered below a message (RFC 8621 §4.1.4, bodyStructure), and only multiparts have subParts.
  t.strictSame((bodyStructure as { subParts: object[] }).subParts.slice(1), [image, inner])
  const lists = get(NESTED, ['textBody', 'htmlBody', 'attachments'])
  t.strictSame(lists.textBody, [text, image])
  t.strictSame(lists.htmlBody, [html, image])
  t.strictSame(lists.attachments, [inner])
})

t.test('bodyProperties choose, headers of parts included', async (t) => {
  const { textBody } = get(NESTED, ['textBody'], ['partId', 'header:X-Part:asText', 'headers', 'subParts'])
  t.match(textBody, [
    { partId: '1.1', 'header:X-Part:asText': 'first', subParts: null },
    { partId: '2', 'header:X-Part:asText': null },
  ])
  const [first] = textBody as { headers: object[] }[]
  t.strictSame(first!.headers, [
    { name: 'Content-Type', value: ' text/plain; charset=utf-8' },
    { name: 'Content-Transfer-Encoding', value: ' quoted-printable' },
    { name: 'X-Part', value: ' first' },
  ])
  const { bodyStructure } = get(NESTED, ['bodyStructure'], ['header:Content-Type'])
  t.match(bodyStructure, {
    'header:Content-Type': ' multipart/mixed; boundary=m',
    subParts: [{ subParts: [{ 'header:Content-Type': ' text/plain; charset=utf-8' }, {}] }, {}, {}],
  })
})

t.test('RFC 8621 §4.2: which texts bodyValues holds', async (t) => {
  const values = (flags: Partial<NonNullable<Parameters<typeof selectEmail>[2]>>) =>
    get(NESTED, ['bodyValues'], undefined, { text: false, html: false, all: false, maxBytes: 0, ...flags })
      .bodyValues
  const plain = { value: 'café', isEncodingProblem: false, isTruncated: false }
  const html = { value: '<p>caf&eacute;</p>', isEncodingProblem: false, isTruncated: false }
  t.strictSame(values({}), {})
  t.strictSame(values({ text: true }), { '1.1': plain })
  t.strictSame(values({ html: true }), { '1.2': html })
  t.strictSame(values({ text: true, html: true }), { '1.1': plain, '1.2': html })
  t.strictSame(values({ all: true }), { '1.1': plain, '1.2': html })
  t.strictSame(values({ text: true, maxBytes: 4 }), { '1.1': { ...plain, value: 'caf', isTruncated: true } })
})

t.test('a message that is one part has the part 1', async (t) => {
  const single = 'Subject: x\nX-A: 1\nX-A: 2\n\nhello\n'
  const email = get(
    single,
    ['textBody', 'bodyValues', 'headers', 'header:X-A:all'],
    ['partId', 'type', 'charset'],
    {
      text: true,
      html: false,
      all: false,
      maxBytes: 0,
    },
  )
  t.strictSame(email.textBody, [{ partId: '1', type: 'text/plain', charset: 'us-ascii' }])
  t.match(email.bodyValues, { 1: { value: 'hello\n' } })
  t.strictSame(email['header:X-A:all'], [' 1', ' 2'])
  t.strictSame(email.headers, [
    { name: 'Subject', value: ' x' },
    { name: 'X-A', value: ' 1' },
    { name: 'X-A', value: ' 2' },
  ])
})

t.test('what is no property is an invalidArguments', async (t) => {
  for (const name of ['x', '', 'constructor', 'header:', 'header:From:asDate', 'Subject', 'partId']) {
    t.match(
      caught(() => selectEmail([name])),
      { type: 'invalidArguments' },
      name,
    )
  }
  for (const name of ['x', 'subject', 'header:From:asDate', 'toString']) {
    t.match(
      caught(() => selectEmail([], [name])),
      { type: 'invalidArguments' },
      `of a part: ${name}`,
    )
  }
})

t.test('header fields have no end of names, but a call has', async (t) => {
  const names = Array.from({ length: 501 }, (_, index) => `header:X-${index}`)
  t.match(
    caught(() => selectEmail(names)),
    { type: 'requestTooLarge' },
  )
  t.match(
    caught(() => selectEmail([], names)),
    { type: 'requestTooLarge' },
  )
  t.equal(selectEmail(names.slice(1)).headers.length, 500)
})
