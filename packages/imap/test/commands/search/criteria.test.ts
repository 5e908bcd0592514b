import { FLAG } from '@tandem/mailstore'
import t from 'tap'
import { parseSearch } from '../../../src/commands/search/criteria.js'
import { parsed } from '../parsing.js'

const limits = { depth: 5, keys: 20 }
const search = (text: string, ...literals: string[]) =>
  parsed(
    text,
    (args) => parseSearch(args, limits),
    literals.map((literal) => Buffer.from(literal)),
  )

t.test('each key (RFC 3501 §6.4.4, RFC 8474 §6)', async (t) => {
  const day = 8797 // 1-Feb-1994
  const flag = (bit: number) => ({ type: 'flag', bit })
  const not = (key: unknown) => ({ type: 'not', key })
  const text = (field: string, value: string) => ({ type: 'text', search: { field, value } })
  const cases: [text: string, expected: unknown][] = [
    ['ALL', { type: 'and', keys: [] }],
    ['answered', flag(FLAG.answered)],
    ['DELETED', flag(FLAG.deleted)],
    ['DRAFT', flag(FLAG.draft)],
    ['FLAGGED', flag(FLAG.flagged)],
    ['SEEN', flag(FLAG.seen)],
    ['UNANSWERED', not(flag(FLAG.answered))],
    ['UNDELETED', not(flag(FLAG.deleted))],
    ['UNDRAFT', not(flag(FLAG.draft))],
    ['UNFLAGGED', not(flag(FLAG.flagged))],
    ['UNSEEN', not(flag(FLAG.seen))],
    ['RECENT', { type: 'recent' }],
    ['OLD', not({ type: 'recent' })],
    ['NEW', { type: 'and', keys: [{ type: 'recent' }, not(flag(FLAG.seen))] }],
    ['KEYWORD $Forwarded', { type: 'keyword', keyword: '$forwarded' }],
    ['UNKEYWORD x', not({ type: 'keyword', keyword: 'x' })],
    ['BEFORE 1-Feb-1994', { type: 'internalDate', from: -Number.MAX_SAFE_INTEGER, before: day }],
    ['ON "1-Feb-1994"', { type: 'internalDate', from: day, before: day + 1 }],
    ['SINCE 01-feb-1994', { type: 'internalDate', from: day, before: Number.MAX_SAFE_INTEGER }],
    ['SENTBEFORE 1-Feb-1994', { type: 'sentDate', from: -Number.MAX_SAFE_INTEGER, before: day }],
    ['SENTON 1-Feb-1994', { type: 'sentDate', from: day, before: day + 1 }],
    ['SENTSINCE 1-Feb-1994', { type: 'sentDate', from: day, before: Number.MAX_SAFE_INTEGER }],
    ['LARGER 0', { type: 'size', above: 0, below: Number.MAX_SAFE_INTEGER }],
    // RFC 9051 §9: 63 bits.
    ['LARGER 4294967296', { type: 'size', above: 4294967296, below: Number.MAX_SAFE_INTEGER }],
    ['SMALLER 100', { type: 'size', above: -1, below: 100 }],
    ['FROM "SMITH"', text('from', 'SMITH')],
    ['TO a@b', text('to', 'a@b')],
    ['CC x', text('cc', 'x')],
    ['BCC x', text('bcc', 'x')],
    ['SUBJECT "a b"', text('subject', 'a b')],
    ['BODY x', text('body', 'x')],
    ['TEXT ""', text('text', '')],
    [
      'HEADER Message-ID <X@y>',
      { type: 'text', search: { field: 'header', name: 'message-id', value: '<X@y>' } },
    ],
    ['SAVEDBEFORE 1-Feb-1994', { type: 'saveDate', from: -Number.MAX_SAFE_INTEGER, before: day }],
    ['SAVEDON "1-Feb-1994"', { type: 'saveDate', from: day, before: day + 1 }],
    ['savedsince 1-Feb-1994', { type: 'saveDate', from: day, before: Number.MAX_SAFE_INTEGER }],
    ['SAVEDATESUPPORTED', { type: 'and', keys: [] }],
    ['OLDER 259200', { type: 'older', seconds: 259200 }],
    ['YOUNGER 1', { type: 'younger', seconds: 1 }],
    ['MODSEQ 0', { type: 'modseq', from: 0 }],
    ['MODSEQ "/flags/\\\\draft" all 620162338', { type: 'modseq', from: 620162338 }],
    ['$', { type: 'uid', set: '$' }],
    ['UID $', { type: 'uid', set: '$' }],
    ['UID 443:*', { type: 'uid', set: [[443, 2 ** 32]] }],
    [
      '1,3:5',
      {
        type: 'sequence',
        set: [
          [1, 1],
          [3, 5],
        ],
      },
    ],
    ['*', { type: 'sequence', set: [[2 ** 32, 2 ** 32]] }],
    ['EMAILID e100000007', { type: 'emailId', id: 2 ** 40 + 7 }],
    ['THREADID nonsense', { type: 'threadId', id: null }],
    ['NOT SEEN', not(flag(FLAG.seen))],
    ['OR SEEN DRAFT', { type: 'or', keys: [flag(FLAG.seen), flag(FLAG.draft)] }],
    ['(SEEN DRAFT)', { type: 'and', keys: [flag(FLAG.seen), flag(FLAG.draft)] }],
    [
      'SEEN NOT (OR DRAFT FLAGGED)',
      {
        type: 'and',
        keys: [
          flag(FLAG.seen),
          not({ type: 'and', keys: [{ type: 'or', keys: [flag(FLAG.draft), flag(FLAG.flagged)] }] }),
        ],
      },
    ],
  ]
  for (const [text, expected] of cases) t.same(search(text), expected, text)
})

t.test('charsets: those that can be decoded; others are NO with BADCHARSET', async (t) => {
  const subject = (value: string) => ({ type: 'text', search: { field: 'subject', value } })
  t.same(search('CHARSET UTF-8 SUBJECT {7}\n', 'GRÜSSE'), subject('GRÜSSE'))
  t.same(search('CHARSET "utf-8" SUBJECT "\xc3\x84"'), subject('Ä'))
  t.same(search('CHARSET US-ASCII SUBJECT x'), subject('x'))
  t.same(search('CHARSET ISO-8859-1 SUBJECT "\xe4"'), subject('ä'))
  t.same(search('CHARSET koi8-r SUBJECT "\xcd\xc1\xd4\xd8"'), subject('мать'))
  t.same(search('CHARSET iso-2022-jp SUBJECT "\x1b$B8!:w\x1b(B"'), subject('検索'))
  t.equal(search('CHARSET EUC-JP SUBJECT "\xff"'), 'BAD', 'not in that charset')
  t.equal(search('CHARSET X-UNKNOWN SUBJECT x'), 'NO BADCHARSET (US-ASCII UTF-8)')
  t.equal(search('CHARSET base64 SUBJECT x'), 'NO BADCHARSET (US-ASCII UTF-8)')
  const without = ['SUBJECT "\xc3\x84"', 'CHARSET "" SUBJECT "\xc3\x84"', 'CHARSET NIL SUBJECT "\xc3\x84"']
  for (const text of without) t.same(search(text), subject('Ä'), 'UTF-8 where none is named')
  t.equal(search('SUBJECT "\xe4"'), 'BAD', 'not UTF-8, without a charset')
  t.equal(search('CHARSET US-ASCII SUBJECT "\xe4"'), 'BAD')
  t.equal(search('CHARSET UTF-8 SUBJECT "\xe4"'), 'BAD', 'not UTF-8')
})

t.test('beyond the grammar', async (t) => {
  const cases: [text: string, same: string][] = [
    ['SEEN  DRAFT ', 'SEEN DRAFT'],
    ['( SEEN  NOT  DRAFT )', '(SEEN NOT DRAFT)'],
    ['"SEEN" "SUBJECT" x', 'SEEN SUBJECT x'],
    ['SINCE " 1-Feb-1994"', 'SINCE 1-Feb-1994'],
    ['SENTSINCE "1-feb-1994 00:00:00 +0000"', 'SENTSINCE 1-Feb-1994'],
    ['1, 3:5 SEEN', '1,3:5 SEEN'],
    ['"1:3" SEEN', '1:3 SEEN'],
    ['UID 1,2, SEEN', 'UID 1,2 SEEN'],
    ['UID "1:3"', 'UID 1:3'],
    ['LARGER "100"', 'LARGER 100'],
    ['KEYWORD "$Forwarded"', 'KEYWORD $Forwarded'],
    ['SUBJECT 50%*', 'SUBJECT "50%*"'],
    ['MODSEQ /flags/x all 1', 'MODSEQ "/flags/x" all 1'],
    ['EMAILID "e100000007"', 'EMAILID e100000007'],
  ]
  for (const [text, same] of cases) {
    t.type(search(same), Object, same)
    t.same(search(text), search(same), text)
  }
})

t.test('what has no meaning is BAD', async (t) => {
  const wrong = [
    '',
    'FOO',
    'SEEN,DRAFT',
    '()',
    '(SEEN',
    'OR SEEN',
    'NOT',
    'FROM',
    'ON yesterday',
    'ON 30-Feb-1994',
    'LARGER -1',
    'OLDER 0',
    'YOUNGER x',
    'SAVEDON yesterday',
    'MODSEQ',
    'MODSEQ -1',
    'MODSEQ "/flags/x" 1',
    'MODSEQ "/flags/x" any 1',
    'MODSEQ "/flag/x" all 1',
    '$,1',
    'LARGER 9223372036854775808',
    'HEADER x',
    'KEYWORD \\Seen',
    'UID 0',
    'UID x',
    'EMAILID',
    'CHARSET UTF-8',
    'hasOwnProperty',
  ]
  for (const text of wrong) t.equal(search(text), 'BAD', text)
})

t.test('depth and number of keys are bounded', async (t) => {
  t.type(search(`${'NOT '.repeat(4)}SEEN`), Object)
  t.equal(search(`${'NOT '.repeat(5)}SEEN`), 'NO LIMIT')
  t.equal(search(`${'('.repeat(5)}SEEN${')'.repeat(5)}`), 'NO LIMIT')
  t.type(search(new Array(20).fill('SEEN').join(' ')), Object)
  t.equal(search(new Array(21).fill('SEEN').join(' ')), 'NO LIMIT')
})
