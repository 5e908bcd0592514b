import t from 'tap'
import { parseFetchModifiers } from '../../../src/commands/fetch/modifiers.js'
import { parseSelectParameters } from '../../../src/commands/select/parameters.js'
import { parsed } from '../parsing.js'

const select = (text: string, isQresyncEnabled = true) =>
  parsed(text, (args) => parseSelectParameters(args, { isQresyncEnabled }))

t.test('parameters of SELECT (RFC 7162 §7)', async (t) => {
  const resync = (rest: object) => ({
    condstore: false,
    qresync: { uidValidity: 7, modseq: 20, known: null, match: null, ...rest },
  })
  const cases: [text: string, expected: unknown][] = [
    ['', { condstore: false, qresync: null }],
    [' (CONDSTORE)', { condstore: true, qresync: null }],
    [' (condstore qresync (7 20))', { ...resync({}), condstore: true }],
    [' (QRESYNC (7 20))', resync({})],
    [
      ' (QRESYNC (7 20 1:5,9))',
      resync({
        known: [
          [1, 5],
          [9, 9],
        ],
      }),
    ],
    [
      ' (QRESYNC (7 20 1:5 (1,3 2,5)))',
      resync({
        known: [[1, 5]],
        match: {
          numbers: [
            [1, 1],
            [3, 3],
          ],
          uids: [
            [2, 2],
            [5, 5],
          ],
        },
      }),
    ],
    [' (QRESYNC (7 20 (1:2 4:5)))', resync({ match: { numbers: [[1, 2]], uids: [[4, 5]] } })],
    [' (QRESYNC (7 9223372036854775807))', resync({ modseq: Number.MAX_SAFE_INTEGER })],
    [' (QRESYNC (7 9223372036854775808))', 'BAD'],
    // Of a client that knows nothing yet.
    [' (QRESYNC (7 0))', resync({ modseq: 0 })],
    [' (QRESYNC (0 0))', resync({ uidValidity: 0, modseq: 0 })],
    [' ( QRESYNC ( 7 20 ) ) ', resync({})],
    [' (QRESYNC (7 20 ))', resync({})],
    [' ()', { condstore: false, qresync: null }],
    [' ', { condstore: false, qresync: null }],
    [
      ' (QRESYNC (7 20  1:5, ( 1:2 4:5 ) ))',
      resync({ known: [[1, 5]], match: { numbers: [[1, 2]], uids: [[4, 5]] } }),
    ],
    [' (QRESYNC (7 20 1:*))', 'BAD'],
    [' (QRESYNC (7 20 1:5 (1:* 2:5)))', 'BAD'],
    [' (QRESYNC (7 20 1:5 (3,1 2,5)))', 'BAD'],
    [' (QRESYNC (7 20 1:5 (1:3 2,5)))', 'BAD'],
    [' (QRESYNC (7 20 1:5 (1:3)))', 'BAD'],
    [' (QRESYNC (7))', 'BAD'],
    [' (QRESYNC)', 'BAD'],
    [' (X-OTHER)', 'BAD'],
    [' CONDSTORE', 'BAD'],
    [' (CONDSTORE) x', 'BAD'],
  ]
  for (const [text, expected] of cases) t.same(select(text), expected, text)
  t.equal(select(' (QRESYNC (7 20))', false), 'BAD', 'without ENABLE QRESYNC (§3.2.5)')
})

t.test('modifiers of FETCH (RFC 7162 §3.1.4.1, §3.2.6)', async (t) => {
  const fetch = (text: string, uid = true, isQresyncEnabled = true) =>
    parsed(text, (args) => parseFetchModifiers(args, { uid, isQresyncEnabled }))
  const cases: [text: string, expected: unknown][] = [
    ['', { changedSince: null, vanished: false }],
    [' (CHANGEDSINCE 5)', { changedSince: 5, vanished: false }],
    [' (changedsince 5 vanished)', { changedSince: 5, vanished: true }],
    [' (VANISHED CHANGEDSINCE 5)', { changedSince: 5, vanished: true }],
    [' (VANISHED)', 'BAD'],
    [' (CHANGEDSINCE)', 'BAD'],
    [' (CHANGEDSINCE 0)', { changedSince: 0, vanished: false }],
    ['  ( changedsince  0  vanished ) ', { changedSince: 0, vanished: true }],
    [' ()', { changedSince: null, vanished: false }],
    [' ', { changedSince: null, vanished: false }],
    [' (CHANGEDSINCE -1)', 'BAD'],
    [' (X)', 'BAD'],
  ]
  for (const [text, expected] of cases) t.same(fetch(text), expected, text)
  t.equal(fetch(' (CHANGEDSINCE 5 VANISHED)', false), 'BAD', 'in FETCH')
  t.equal(fetch(' (CHANGEDSINCE 5 VANISHED)', true, false), 'BAD', 'without ENABLE QRESYNC')
})
