// In whose name what leaves speaks, by every reader there is: our own, Python's two, and the rule that Postfix reads a
// header by. Random headers are judged; what passes is read again.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { judgeSender } from '@tandem/mailstore'
import { asAddresses, leavingHeader, parseMessage, summarize, withCrlf, writeFields } from '@tandem/mime'
import fc from 'fast-check'
import t from 'tap'

const OWN = 'alice@x.test'
const isOurs = (address: string) => /@x\.test$/i.test(address)
const submitter = {
  notOwn: async (addresses: readonly string[]) => addresses.filter((each) => each !== OWN),
  ours: async (addresses: readonly string[]) => addresses.filter(isOurs),
  holds: async () => false,
}

/** The header that leaves, or null where the message is refused. `text` is latin1. */
async function send(text: string): Promise<Buffer | null> {
  const leaving = leavingHeader(withCrlf(Buffer.from(text, 'latin1')))!
  if (text.includes('\0') || (await judgeSender(leaving.claims, submitter))) return null
  return Buffer.from(writeFields(leaving.fields))
}

type Seen = Record<'from' | 'sender' | 'resent-from' | 'resent-sender', string[]>
const NAMES = ['from', 'sender', 'resent-from', 'resent-sender'] as const

function bySelf(header: Buffer): Seen {
  const { headers } = parseMessage(header)
  return seenIn(headers.map(({ name, raw }) => [name, raw]))
}

/** Postfix: a name of printable characters, white space after it, a colon; white space in front continues. */
function byPostfix(header: Buffer): Seen {
  const fields: [string, string][] = []
  for (const line of header.toString('latin1').split(/\r?\n/)) {
    const field = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s.exec(line)
    if (field) fields.push([field[1]!, field[2]!])
    else if (/^[ \t]/.test(line) && fields.length > 0) fields.at(-1)![1] += line
    else break
  }
  return seenIn(fields)
}

function seenIn(fields: [name: string, raw: string][]): Seen {
  const of = (wanted: string) =>
    fields
      .filter(([name]) => name.toLowerCase() === wanted)
      .flatMap(([, raw]) => asAddresses(raw).map(({ email }) => email))
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Seen
}

const script = path.resolve(import.meta.dirname, '../../../test/python-senders.py')
const hasPython = spawnSync('python3', ['--version']).status === 0

function byPython(headers: readonly Buffer[]): (Seen | { error: string })[][] {
  if (!hasPython) return headers.map(() => [])
  const input = headers.map((header) => `${header.toString('base64')}\n`).join('')
  const { status, stdout, stderr } = spawnSync('python3', [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Why these readings are not the submitter's; null where they are. */
function problem(seen: Seen): string | null {
  const isResent = seen['resent-from'].length > 0
  const senders = isResent ? [seen['resent-from'][0]!] : [...seen.from, ...seen.sender]
  const others = isResent ? Object.values(seen).flat().filter(isOurs) : []
  const foreign = [...senders, ...others].filter((address) => address !== OWN)
  if (senders.length === 0) return 'nobody sends it'
  return foreign.length === 0 ? null : `it speaks for ${foreign.join()}`
}

const PIECES = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\r\n ',
    '\r\n\t\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    '\xa0',
    '\x0b',
    '\x85',
    '\xef\xbb\xbf',
  ],
  ...['From', 'from', 'Sender', 'Resent-From', 'Resent-To', 'Subject', 'X', 'From ', '>From ', '--', '='],
  ...[
    'From: ',
    'Sender : ',
    'From\t:',
    '\r\nFrom: ',
    '\rFrom:',
    '\nSender:',
    '\r\nResent-From: ',
    '\r\nX: a',
  ],
  ...[
    'alice@x.test',
    '<alice@x.test>',
    'ceo@x.test',
    '<ceo@x.test>',
    'eve@y.test',
    'Alice',
    '"',
    '\\',
    '(',
    ')',
  ],
  ...['<', '>', ',', ';', '@', '.', '"ceo"', '=?utf-8?q?', '?=', '=?utf-8?q?ceo=40x.test=2C?=', '=40', '=2C'],
  ...[
    '=?utf-8?b?PGNlb0B4LnRlc3Q+?=',
    '=?utf-8?q?J=C3=B6rg?=',
    '\xc3\xb6',
    '\xf6',
    'group: ',
    'x.test',
    'ceo',
  ],
]
const soup = (most: number) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: most }).map((parts) => parts.join(''))
const value = fc.oneof(
  fc.constantFrom(' alice@x.test', ' Alice <alice@x.test>', ' "A, B" <alice@x.test>', ' ceo@x.test'),
  fc.tuple(soup(4), soup(4)).map(([before, after]) => ` ${before}<alice@x.test>${after}`),
  soup(6),
)
const field = fc.oneof(
  fc
    .tuple(fc.constantFrom('From:', 'Sender:', 'Resent-From:', 'Subject:', 'X:', 'To:'), value)
    .map((two) => two.join('')),
  soup(5),
)
const first = fc.constantFrom('From: alice@x.test', 'Resent-From: alice@x.test\r\nFrom: eve@y.test', 'X: a')
const message = fc
  .tuple(fc.array(field, { maxLength: 2 }), first, fc.array(field, { maxLength: 3 }))
  .map(([above, own, below]) => `${[...above, own, ...below].join('\r\n')}\r\n\r\n`)

t.test(
  'whatever a header is, those in whose name it leaves are the submitter by every reading',
  async (t) => {
    const RUNS = process.env.TANDEM_LONG ? 200_000 : 8_000
    const left: { text: string; header: Buffer }[] = []
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        const header = await send(text)
        if (!header) return true
        left.push({ text, header })
        return (
          problem(bySelf(header)) === null &&
          problem(byPostfix(header)) === null &&
          JSON.stringify(bySelf(header)) === JSON.stringify(byPostfix(header))
        )
      }),
      { numRuns: RUNS },
    )
    t.ok(left.length > RUNS / 10, `${left.length} of ${RUNS} leave`)
    for (const [at, answers] of byPython(left.map(({ header }) => header)).entries()) {
      for (const answer of answers) {
        const why = 'error' in answer ? answer.error : problem(answer)
        if (why !== null) t.fail(`Python: ${why}: ${JSON.stringify(left[at]!.text)}`)
      }
    }
    for (const { text, header } of left) {
      const { from, sender } = summarize(header, parseMessage(header))
      const isResent = bySelf(header)['resent-from'].length > 0
      const shown = [...(from ?? []), ...(sender ?? [])].map(({ email }) => email)
      if (!isResent && shown.some((address) => address !== OWN))
        t.fail(`JMAP shows another: ${JSON.stringify(text)}`)
    }
  },
)

const REFUSED: [name: string, header: string][] = [
  ['a bare CR', 'X: a\rFrom: ceo@x.test\r\nFrom: alice@x.test'],
  ['a bare LF', 'X: a\nFrom: ceo@x.test\r\nFrom: alice@x.test'],
  ['a bare CR in From', 'From: alice@x.test\rSender: ceo@x.test'],
  ['a space before the colon', 'From: alice@x.test\r\nFrom : ceo@x.test'],
  ['a Sender too', 'From: alice@x.test\r\nSENDER:ceo@x.test'],
  ['a second From of mine', 'From: alice@x.test\r\nFrom: alice@x.test'],
  ['a second Sender of mine', 'From: alice@x.test\r\nSender: alice@x.test\r\nSender: alice@x.test'],
  ['two subjects', 'From: alice@x.test\r\nSubject: a\r\nSubject: b'],
  ['behind a line without a colon', 'From: alice@x.test\r\nx\r\nFrom: ceo@x.test'],
  ['behind a line of white space', 'From: alice@x.test\r\n \r\nFrom: ceo@x.test'],
  ['after a byte order mark', '\xef\xbb\xbfFrom: ceo@x.test\r\nX: From: alice@x.test'],
  ['in a lost fold', 'From: alice@x.test,\r\nceo@x.test\r\nTo: b@y.test'],
  ['a Resent-Sender', 'Resent-From: alice@x.test\r\nResent-Sender: ceo@x.test\r\nFrom: eve@y.test'],
  ['an older Resent block', 'Resent-From: alice@x.test\r\nResent-From: ceo@x.test\r\nFrom: eve@y.test'],
  ['redirected, from one of ours', 'Resent-From: alice@x.test\r\nFrom: ceo@x.test'],
  ['redirected by another', 'Resent-From: ceo@x.test\r\nFrom: alice@x.test'],
  ['redirected by nobody', 'Resent-To: ceo@x.test\r\nFrom: eve@y.test'],
  ['redirected, from two', 'Resent-From: alice@x.test\r\nFrom: eve@y.test\r\nFrom: eve@y.test'],
  ['redirected, from nobody', 'Resent-From: alice@x.test\r\nTo: eve@y.test'],
]

for (const [name, header] of REFUSED) {
  t.test(`refused: ${name}`, async (t) => t.equal(await send(`${header}\r\n\r\n`), null))
}

const TAKEN: [name: string, header: string][] = [
  ['line feeds alone', 'From: alice@x.test\nSubject: a\n'],
  ['twice To, which readers join', 'From: alice@x.test\r\nTo: a@y.test\r\nTo: b@y.test'],
  ['redirected', 'Resent-From: Alice <alice@x.test>\r\nResent-To: b@y.test\r\nFrom: eve@y.test'],
  [
    'redirected, repeated Subject and all',
    'Resent-From: alice@x.test\r\nFrom: eve@y.test\r\nSubject: a\r\nSubject: b',
  ],
  [
    'redirected again',
    'Resent-From: alice@x.test\r\nReceived: x\r\nResent-From: eve@y.test\r\nFrom: eve@y.test',
  ],
  ['redirected, my own', 'Resent-From: alice@x.test\r\nFrom: alice@x.test'],
]

for (const [name, header] of TAKEN) {
  t.test(`taken: ${name}`, async (t) => t.not(await send(`${header}\r\n\r\n`), null))
}
