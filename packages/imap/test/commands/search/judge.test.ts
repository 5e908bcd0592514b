import { type Email, FLAG } from '@tandem/mailstore'
import t from 'tap'
import { type Criterion, parseSearch } from '../../../src/commands/search/criteria.js'
import { type Candidate, candidates, compile, readsBody } from '../../../src/commands/search/judge.js'
import { bodyText, headerText } from '../../../src/commands/search/text.js'
import { advance, firstTold } from '../../../src/selected/told.js'
import { COMPLEX, summaryOf, wire } from '../../render/messages.js'
import { viewOf } from '../../view.js'
import { parsed } from '../parsing.js'

const criterion = (text: string) =>
  parsed(text, (args) => parseSearch(args, { depth: 50, keys: 50 })) as Criterion

const DAY = 86_400
const told = firstTold(
  viewOf([
    { uid: 2, flags: FLAG.seen, size: 10, receivedAt: 10 * DAY, keywords: ['Work'] },
    { uid: 4, flags: FLAG.flagged | FLAG.seen, size: 20, receivedAt: 11 * DAY - 1 },
    { uid: 7, size: 30, receivedAt: 11 * DAY },
  ]),
)

const matching = (text: string) => {
  const judge = compile(criterion(text), { told, recentFrom: 4, saved: [4, 5] })
  return [...candidates(told)].filter((candidate) => judge(candidate)).map(({ sequence }) => sequence)
}

t.test('what the view decides', async (t) => {
  const cases: [text: string, expected: number[]][] = [
    ['ALL', [1, 2, 3]],
    ['SEEN', [1, 2]],
    ['UNSEEN', [3]],
    ['SEEN FLAGGED', [2]],
    ['OR FLAGGED UNSEEN', [2, 3]],
    ['NOT (SEEN FLAGGED)', [1, 3]],
    ['KEYWORD work', [1]],
    ['UNKEYWORD WORK', [2, 3]],
    ['RECENT', [2, 3]],
    ['NEW', [3]],
    ['OLD', [1]],
    ['LARGER 10', [2, 3]],
    ['SMALLER 30', [1, 2]],
    ['ON 11-Jan-1970', [1, 2]],
    ['BEFORE 12-Jan-1970', [1, 2]],
    ['SINCE 12-Jan-1970', [3]],
    ['2:*', [2, 3]],
    ['9', []],
    ['UID 4:100', [2, 3]],
    ['1:2 UID 4:*', [2]],
    ['EMAILID ezg', []],
    ['NOT EMAILID x', [1, 2, 3]],
  ]
  for (const [text, expected] of cases) t.same(matching(text), expected, text)
})

t.test('messages that are gone are not found, and the others keep their numbers', async (t) => {
  const ghosted = advance(told, viewOf([2, 7]), { expunge: false }).told
  t.same(
    [...candidates(ghosted)].map(({ sequence, row }) => [sequence, row.uid]),
    [
      [1, 2],
      [3, 7],
    ],
  )
})

const message = wire(
  'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= aus',
  ' Wien',
  'From: "Fred Foobar" <fred@Blurdybloop.COM>',
  'To: friends: =?ISO-8859-1?Q?J=FCrgen?= <j@x>, undisclosed;',
  'Date: Sat, 10 Jan 1970 23:30:00 -0500',
  'X-Empty:',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Es gr=C3=BCnt so gr=C3=BCn',
)
const email = { size: message.length, summary: summaryOf(message) } as Email
const base: Candidate = { ...[...candidates(told)][0]!, email: null, header: null, body: null }
const withEmail = { ...base, email }
const complete = {
  ...withEmail,
  header: headerText(message.subarray(0, email.summary.structure.headerEnd)),
  body: bodyText(message, email.summary.structure),
}

t.test('what summaries and bytes decide, and null before', async (t) => {
  const cases: [text: string, row: boolean | null, email: boolean | null, complete: boolean][] = [
    ['SUBJECT "GR\xc3\x9cSSE"', null, false, false],
    ['SUBJECT "gr\xc3\x9c\xc3\x9fe aus wien"', null, true, true],
    ['FROM foobar', null, true, true],
    ['FROM blurdybloop.com', null, true, true],
    ['FROM "foobar <fred@"', null, true, true],
    ['FROM wien', null, false, false],
    ['TO "j\xc3\xbcrgen"', null, true, true],
    ['TO friends', null, true, true],
    ['CC x', null, false, false],
    ['SENTON 10-Jan-1970', null, true, true],
    ['SENTSINCE 11-Jan-1970', null, false, false],
    ['HEADER x-empty ""', null, null, true],
    ['HEADER x-none ""', null, null, false],
    ['HEADER subject "aus wien"', null, null, true],
    ['BODY "gr\xc3\xbcn"', null, null, true],
    ['BODY wien', null, null, false],
    ['TEXT wien', null, null, true],
    ['TEXT "so gr\xc3\xbcn"', null, null, true],
    ['TEXT "from: \\"fred"', null, null, true],
    // Decided as soon as one side is.
    ['UNSEEN BODY x', false, false, false],
    ['OR SEEN BODY x', true, true, true],
    ['NOT FROM fred', null, false, false],
    ['OR FROM fred BODY x', null, true, true],
    ['FROM nobody BODY x', null, false, false],
  ]
  for (const [text, byRow, byEmail, byAll] of cases) {
    const judge = compile(criterion(`CHARSET UTF-8 ${text}`), { told, recentFrom: 4, saved: [] })
    t.equal(judge(base), byRow, `${text} by the view`)
    t.equal(judge(withEmail), byEmail, `${text} by the summary`)
    t.equal(judge(complete), byAll, `${text} by the bytes`)
  }
})

t.test('the body holds the messages in it, with their headers', async (t) => {
  const body = bodyText(COMPLEX, summaryOf(COMPLEX).structure)
  for (const text of ['part 1', 'part 3.1', 'inner 3', 'subject: inner 4.2', 'plain inner body']) {
    t.ok(body.includes(text), text)
  }
  t.notMatch(body, 'complex')
})

t.test('bodies are read only where a key needs them', async (t) => {
  for (const text of ['BODY x', 'NOT (OR SEEN TEXT x)']) t.equal(readsBody(criterion(text)), true, text)
  for (const text of ['ALL', 'HEADER a b', 'NOT (SUBJECT x)'])
    t.equal(readsBody(criterion(text)), false, text)
})
