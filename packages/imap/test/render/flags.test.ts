import { FLAG } from '@tandem/mailstore'
import t from 'tap'
import {
  keywordsOf,
  renderFlags,
  renderMailboxFlags,
  renderPermanentFlags,
  renderUpdates,
} from '../../src/render/flags.js'
import { advance, firstTold } from '../../src/selected/told.js'
import { viewOf } from '../view.js'

const plain = { withModseq: false, withVanished: false }

t.test('flags of a message', async (t) => {
  t.equal(renderFlags({ flags: 0, keywords: [] }, false), '()')
  t.equal(
    renderFlags({ flags: FLAG.seen | FLAG.deleted, keywords: ['$Forwarded'] }, true),
    '(\\Recent \\Deleted \\Seen $Forwarded)',
  )
  t.equal(
    renderFlags({ flags: FLAG.answered | FLAG.flagged | FLAG.draft, keywords: [] }, false),
    '(\\Answered \\Flagged \\Draft)',
  )
})

t.test('flags of a mailbox', async (t) => {
  const system = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'
  t.equal(renderMailboxFlags(['Work']), `(${system} Work)`)
  t.equal(renderPermanentFlags(['Work'], false), `(${system} Work \\*)`)
  t.equal(renderPermanentFlags(['Work'], true), '()')
  const view = viewOf([{ uid: 1, keywords: ['b'] }, 2, { uid: 3, keywords: ['a', 'b'] }])
  t.same([...keywordsOf(view)], ['b', 'a'])
})

const from = (uid: number) => [{ from: uid, before: 1000 }]

t.test('updates: FETCH before EXPUNGE before EXISTS and RECENT; the UID only in UID commands', async (t) => {
  const { told, updates } = advance(
    firstTold(viewOf([1, 2, 5])),
    viewOf([2, { uid: 5, flags: FLAG.seen, modseq: 2 }, 9]),
    { expunge: true },
  )
  t.equal(
    renderUpdates(updates, told, { recent: from(5), withUid: false, ...plain }),
    '* 3 FETCH (FLAGS (\\Recent \\Seen))\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 2 RECENT\r\n',
  )
  t.match(
    renderUpdates(updates, told, { recent: from(9), withUid: true, ...plain }),
    '* 3 FETCH (UID 5 FLAGS (\\Seen))\r\n',
  )
})

t.test(
  'to a client that knows QRESYNC: UID and MODSEQ in each FETCH, one VANISHED (RFC 7162 §3.2.4, §3.2.10)',
  async (t) => {
    const { told, updates } = advance(
      firstTold(viewOf([1, 2, 3, 5, 7, 8])),
      viewOf([{ uid: 5, flags: FLAG.seen, modseq: 2 }, 8, { uid: 9, modseq: 3 }]),
      { expunge: true },
    )
    const manner = { recent: from(100), withUid: false, withModseq: true, withVanished: true }
    t.equal(
      renderUpdates([...updates, { type: 'modseq', sequence: 1, uid: 5 }], told, manner),
      '* 4 FETCH (UID 5 FLAGS (\\Seen) MODSEQ (2))\r\n* VANISHED 1:3,7\r\n* 3 EXISTS\r\n* 0 RECENT\r\n' +
        '* 1 FETCH (UID 5 MODSEQ (2))\r\n',
    )
  },
)
