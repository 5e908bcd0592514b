import { FLAG } from '@tandem/mailstore'
import t from 'tap'
import { type Criterion, parseSearch, textKey, textsOf } from '../../../src/commands/search/criteria.js'
import { candidates, compile, type Knowledge } from '../../../src/commands/search/judge.js'
import { advance, firstTold } from '../../../src/selected/told.js'
import { viewOf } from '../../view.js'
import { parsed } from '../parsing.js'

const criterion = (text: string) =>
  parsed(text, (args) => parseSearch(args, { depth: 50, keys: 50 })) as Criterion

const DAY = 86_400
const told = firstTold(
  viewOf([
    { uid: 2, flags: FLAG.seen, size: 10, receivedAt: 10 * DAY, savedAt: 11 * DAY - 1, keywords: ['Work'] },
    {
      uid: 4,
      flags: FLAG.flagged | FLAG.seen,
      size: 20,
      receivedAt: 11 * DAY - 1,
      savedAt: 11 * DAY,
      modseq: 5,
    },
    { uid: 7, size: 30, receivedAt: 11 * DAY, savedAt: 12 * DAY, modseq: 6 },
  ]),
)

/** At noon of 12-Jan-1970. */
const now = 11.5 * DAY
const around = { told, recent: [{ from: 4, before: 100 }], saved: [4, 5] }

const matching = (text: string) => {
  const judge = compile(criterion(text), around, { now, sentOn: null, texts: new Map() })
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
    ['SAVEDON 12-Jan-1970', [2]],
    ['SAVEDBEFORE 12-Jan-1970', [1]],
    ['SAVEDSINCE 12-Jan-1970', [2, 3]],
    ['SAVEDATESUPPORTED', [1, 2, 3]],
    // RFC 5032 §2: the very second is both.
    ['YOUNGER 43200', [3]],
    ['YOUNGER 43199', []],
    ['OLDER 43200', [1, 2, 3]],
    ['OLDER 43201', [1, 2]],
    ['MODSEQ 5', [2, 3]],
    ['MODSEQ 6', [3]],
    ['$', [2]],
    ['UID $', [2]],
    ['NOT $', [1, 3]],
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

t.test('what has to be asked of the store: null before, and no more than is needed', async (t) => {
  const [first] = [...candidates(told)]
  const id = first!.row.emailId
  const answer = (...found: number[]) => ({ found: new Set(found), settled: new Set<number>() })
  const cases: [text: string, before: boolean | null, found: boolean, notFound: boolean][] = [
    ['FROM x', null, true, false],
    ['NOT FROM x', null, false, true],
    // Decided as soon as one side is.
    ['UNSEEN FROM x', false, false, false],
    ['OR SEEN FROM x', true, true, true],
    ['OR UNSEEN FROM x', null, true, false],
    ['SENTON 10-Jan-1970', null, true, false],
    ['SENTSINCE 11-Jan-1970', null, false, false],
    ['NOT SENTBEFORE 10-Jan-1970', null, true, true],
  ]
  for (const [text, before, found, notFound] of cases) {
    const verdict = (known: Partial<Knowledge>) =>
      compile(criterion(text), around, { now: 0, sentOn: null, texts: new Map(), ...known })(first!)
    const key = textKey({ field: 'from', value: 'x' })
    t.equal(verdict({}), before, `${text}, not asked yet`)
    t.equal(
      verdict({ sentOn: new Map([[id, '1970-01-10']]), texts: new Map([[key, answer(id)]]) }),
      found,
      `${text}, found`,
    )
    t.equal(
      verdict({ sentOn: new Map(), texts: new Map([[key, answer(id + 1)]]) }),
      notFound,
      `${text}, not found`,
    )
  }
})

t.test('a long message that the index does not find is open until it was looked through', async (t) => {
  const large = firstTold(
    viewOf([
      { uid: 1, size: 2 * 1024 * 1024 },
      { uid: 2, size: 1024 * 1024 },
    ]),
  )
  const verdicts = (text: string, settled: number[] = []) => {
    const search = criterion(text)
    const texts = new Map(
      textsOf(search).map((each) => [textKey(each), { found: new Set<number>(), settled: new Set(settled) }]),
    )
    const judge = compile(search, { ...around, told: large }, { now: 0, sentOn: null, texts })
    return [...candidates(large)].map(judge)
  }
  t.same(verdicts('BODY x'), [null, false])
  t.same(verdicts('TEXT x'), [null, null], "of parts' headers less is indexed")
  t.same(verdicts('SUBJECT x'), [false, false])
  t.same(verdicts('HEADER a x'), [false, false])
  t.same(verdicts('BODY x', [1001]), [false, false])
})
