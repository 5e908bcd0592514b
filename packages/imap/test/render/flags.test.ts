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

t.test('updates: FETCH before EXPUNGE before EXISTS and RECENT; the UID only in UID commands', async (t) => {
  const { told, updates } = advance(
    firstTold(viewOf([1, 2, 5])),
    viewOf([2, { uid: 5, flags: FLAG.seen, modseq: 2 }, 9]),
    { expunge: true },
  )
  t.equal(
    renderUpdates(updates, told, { recentFrom: 5, withUid: false }),
    '* 3 FETCH (FLAGS (\\Recent \\Seen))\r\n* 1 EXPUNGE\r\n* 3 EXISTS\r\n* 2 RECENT\r\n',
  )
  t.match(
    renderUpdates(updates, told, { recentFrom: 9, withUid: true }),
    '* 3 FETCH (UID 5 FLAGS (\\Seen))\r\n',
  )
})
