import t from 'tap'
import { createBelief, joinFlags } from '../../src/testing/belief.js'

interface Heard {
  untagged: string[]
  /** What followed the tagged OK; null: the command still runs. */
  text?: string | null
  /** FETCH, STORE, SEARCH by sequence numbers. */
  withoutExpunge?: true
}

/** Three messages, UIDs 2, 4 and 7, told to the modseq 20. */
const SELECTED: Heard = {
  untagged: ['3 EXISTS', 'OK [UIDVALIDITY 9] UIDs are valid', 'OK [HIGHESTMODSEQ 20] The highest modseq'],
}
const KNOWN: Heard = {
  untagged: [
    '1 FETCH (UID 2 FLAGS () MODSEQ (11))',
    '2 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (12))',
    '3 FETCH (UID 7 FLAGS (\\Recent) MODSEQ (20))',
  ],
}
const RED = { name: 'Contradiction' }

const hear = (belief: ReturnType<typeof createBelief>, ...heard: Heard[]) => {
  for (const { untagged, text = 'completed', withoutExpunge } of heard) {
    belief.hear(untagged, text, !withoutExpunge)
  }
}
const open = (...heard: Heard[]) => {
  const belief = createBelief()
  belief.open(false)
  hear(belief, SELECTED, ...heard)
  return belief
}
const shown = (belief: ReturnType<typeof createBelief>) =>
  belief.messages.map(({ uid, flags }) => `${uid} (${flags})`).join(', ')

const FALSE: Record<string, Heard[]> = {
  'EXISTS that falls': [KNOWN, { untagged: ['2 EXISTS'] }],
  'a FETCH of a message that EXISTS did not count': [KNOWN, { untagged: ['4 FETCH (FLAGS ())'] }],
  'an EXPUNGE beyond the last': [KNOWN, { untagged: ['4 EXPUNGE'] }],
  'an EXPUNGE where none may be': [KNOWN, { untagged: ['1 EXPUNGE'], withoutExpunge: true }],
  'VANISHED where none may be': [KNOWN, { untagged: ['VANISHED 2'], withoutExpunge: true }],
  'VANISHED of a UID that is not there': [KNOWN, { untagged: ['VANISHED 3'] }],
  'VANISHED of a UID for the second time': [KNOWN, { untagged: ['VANISHED 2', 'VANISHED 2'] }],
  'another UID of the same message': [KNOWN, { untagged: ['2 FETCH (UID 5)'] }],
  'the numbers of before an EXPUNGE': [KNOWN, { untagged: ['1 EXPUNGE', '2 FETCH (UID 4)'] }],
  'UIDs that do not ascend': [{ untagged: ['1 FETCH (UID 4)', '2 FETCH (UID 3)'] }],
  'a UID that two messages have': [{ untagged: ['1 FETCH (UID 4)', '2 FETCH (UID 4)'] }],
  'a new message with a UID below the last': [KNOWN, { untagged: ['4 EXISTS', '4 FETCH (UID 6)'] }],
  'a MODSEQ that falls': [KNOWN, { untagged: ['1 FETCH (FLAGS () MODSEQ (10))'] }],
  'other flags since a modseq that was told to be the highest': [
    { untagged: ['OK [HIGHESTMODSEQ 30] The highest modseq'] },
    KNOWN,
    { untagged: ['1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (25))'] },
  ],
  'another UIDVALIDITY of the selected mailbox': [
    KNOWN,
    { untagged: ['OK [UIDVALIDITY 10] UIDs are valid'] },
  ],
}

t.test('what contradicts what was said turns red', (t) => {
  for (const [what, heard] of Object.entries(FALSE)) t.throws(() => open(...heard), RED, what)
  t.end()
})

const TRUE: Record<string, { heard: Heard[]; shows: string }> = {
  'flags by FETCH, in any case and order': {
    heard: [{ untagged: ['2 FETCH (MODSEQ (21) FLAGS (Blue \\Flagged))'] }],
    shows: '2 (), 4 (\\flagged blue), 7 ()',
  },
  'EXPUNGE moves the numbers behind it': {
    heard: [{ untagged: ['1 EXPUNGE', '2 EXPUNGE', '1 FETCH (UID 4 FLAGS () MODSEQ (22))'] }],
    shows: '4 ()',
  },
  'VANISHED by UIDs': { heard: [{ untagged: ['VANISHED 2,7'] }], shows: '4 (\\seen)' },
  'VANISHED of a message whose UID was never told': {
    heard: [{ untagged: ['4 EXISTS'] }, { untagged: ['VANISHED 9'] }],
    shows: '2 (), 4 (\\seen), 7 ()',
  },
}

t.test('what may be said is believed', (t) => {
  for (const [what, { heard, shows }] of Object.entries(TRUE))
    t.equal(shown(open(KNOWN, ...heard)), shows, what)
  t.end()
})

/** What SELECT (QRESYNC (9 20)) is answered with, beside EXISTS, UIDVALIDITY and HIGHESTMODSEQ. */
const resumed = (exists: number, ...told: string[]): Heard => ({
  untagged: [`${exists} EXISTS`, 'OK [UIDVALIDITY 9] ok', 'OK [HIGHESTMODSEQ 40] ok', ...told],
})
const RESUMED: Record<string, { answer: Heard; after?: Heard; shows: string | null; isNamed?: true }> = {
  'nothing changed': { answer: resumed(3), shows: '2 (), 4 (\\seen), 7 ()' },
  'one is gone, one is new, one has other flags': {
    answer: resumed(
      3,
      'VANISHED (EARLIER) 4:6',
      '1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (38))',
      '3 FETCH (UID 9 FLAGS () MODSEQ (40))',
    ),
    shows: '2 (\\seen), 7 (), 9 ()',
  },
  'a message that is gone is not told': { answer: resumed(2), shows: null },
  'a message that is new is not told': { answer: resumed(4), shows: null },
  'one gone and one new, neither told': {
    answer: resumed(3),
    after: { untagged: ['3 FETCH (UID 9 FLAGS () MODSEQ (40))'] },
    shows: null,
  },
  'a message that is there is told to be gone': { answer: resumed(3, 'VANISHED (EARLIER) 4'), shows: null },
  'flags that changed are not told': {
    answer: resumed(3),
    after: { untagged: ['1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (38))'] },
    shows: null,
  },
  'what is known was named, and something is new': {
    answer: resumed(3, 'VANISHED (EARLIER) 4'),
    after: { untagged: ['3 FETCH (UID 9 FLAGS () MODSEQ (40))'] },
    shows: '2 (), 7 (), 9 ()',
    isNamed: true,
  },
  'what is known was named, and one that is gone is not told': {
    answer: resumed(2),
    shows: null,
    isNamed: true,
  },
  'HIGHESTMODSEQ fell': {
    answer: { untagged: ['3 EXISTS', 'OK [UIDVALIDITY 9] ok', 'OK [HIGHESTMODSEQ 19] ok'] },
    shows: null,
  },
  'another mailbox, by its UIDVALIDITY': {
    answer: { untagged: ['1 EXISTS', 'OK [UIDVALIDITY 12] ok', 'OK [HIGHESTMODSEQ 5] ok'] },
    after: { untagged: ['1 FETCH (UID 1 FLAGS () MODSEQ (5))'] },
    shows: '1 ()',
  },
}

t.test('who resumes knows all from what changed, or it turns red', (t) => {
  for (const [what, { answer, after, shows, isNamed }] of Object.entries(RESUMED)) {
    const belief = open(KNOWN)
    t.equal(belief.highest, 20)
    belief.open(isNamed ? 'named' : true)
    const go = () => hear(belief, answer, ...(after ? [after] : []))
    if (shows === null) t.throws(go, RED, what)
    else {
      go()
      t.equal(shown(belief), shows, what)
    }
  }
  t.end()
})

t.test('what to resume from does not pass a message of which nothing is known', (t) => {
  const belief = open(KNOWN)
  const updates = ['4 EXISTS', '1 FETCH (FLAGS (\\Seen) MODSEQ (31))']
  hear(belief, { untagged: updates, text: null })
  t.equal(belief.highest, 20, 'in IDLE')
  hear(belief, { untagged: [] })
  t.equal(belief.highest, 20, 'UID unknown')
  hear(belief, { untagged: ['4 FETCH (UID 8 FLAGS () MODSEQ (30))'] })
  t.equal(belief.highest, 31)
  hear(belief, { untagged: ['2 FETCH (MODSEQ (35))'], text: '[HIGHESTMODSEQ 33] completed' })
  t.equal(belief.highest, 33, 'lowered by the server: RFC 7162 §3.2')
  t.end()
})

t.test('what a client stored in silence is what it believes', (t) => {
  const belief = open(KNOWN)
  belief.assume([2, 4], (flags) => [...flags, '\\Flagged'])
  t.equal(shown(belief), '2 (\\flagged), 4 (\\flagged \\seen), 7 ()')
  belief.doubt([4])
  t.equal(shown(belief), '2 (\\flagged), 4 (null), 7 ()')
  t.equal(joinFlags(['\\Seen', '\\Recent', 'b', 'A']), '\\seen a b')
  t.end()
})
