import type { TraceEvent, TraceStep } from '@tandem/mailstore'
import t from 'tap'
import { createStory, lineOf } from '../../../src/commands/trace/story.js'

const at = Date.UTC(2026, 10, 20, 8, 0, 0, 5)
const event = (step: TraceStep, pid = 11): TraceEvent => ({ accountId: 1, at, pid, ...step })
const committed = (id: string, modseq: number, mark: string) =>
  event({ kind: 'committed', id, modseqs: [modseq - 1, modseq], moved: { [mark]: modseq } })
const pushed = (moved: Record<string, [number, number]>) =>
  event({ kind: 'pushed', protocol: 'jmap', session: 'stream 1', text: 'EventSource: Email', moved })

t.test('a push belongs to the commits that moved what it tells, and to no others', async (t) => {
  const story = createStory()
  story.idsOf(committed('a-1', 5, 'email'))
  story.idsOf(committed('a-2', 6, 'identity'))
  story.idsOf(committed('a-3', 7, 'email'))
  story.idsOf(committed('a-3', 8, 'email'))
  t.strictSame(story.idsOf(pushed({ email: [4, 5] })), ['a-1'])
  t.strictSame(story.idsOf(pushed({ email: [4, 8] })), ['a-1', 'a-3'], 'several at once; a command once')
  t.strictSame(story.idsOf(pushed({ email: [5, 6] })), [], 'a modseq between, of another mark')
  t.strictSame(story.idsOf(pushed({ 'mailbox 3': [0, 9] })), [])
})

t.test('a process hears of each commit once', async (t) => {
  const story = createStory()
  const heard = (before: number | null, email: number, pid: number) =>
    story.idsOf(
      event({ kind: 'heard', before: before === null ? null : { email: before }, now: { email } }, pid),
    )
  story.idsOf(committed('a-1', 5, 'email'))
  story.idsOf(committed('a-2', 7, 'email'))
  t.strictSame(heard(4, 5, 11), ['a-1'])
  t.strictSame(heard(4, 7, 11), ['a-2'])
  t.strictSame(heard(4, 7, 12), ['a-1', 'a-2'], 'another process, both at once')
  t.strictSame(heard(null, 7, 13), ['a-2'], 'sessions that are new: what was before them is not their news')
  t.equal(
    lineOf(event({ kind: 'heard', before: null, now: { email: 7 } }, 13), heard(null, 7, 13)),
    null,
    'nothing new: no line',
  )
})

t.test('IMAP stands on the left, JMAP on the right', async (t) => {
  const command = { id: 'a-1', protocol: 'imap', session: 'session 3' } as const
  const rows: [TraceEvent, string][] = [
    [
      event({ kind: 'began', text: 'STORE 1 +FLAGS (\\Seen)', ...command }),
      'imap session 3 > STORE 1 +FLAGS (\\Seen)',
    ],
    [event({ kind: 'ended', outcome: 'OK', ms: 5, ...command }), 'imap session 3 < OK, 5 ms'],
    [
      event({ kind: 'committed', id: 'a-1', modseqs: [4, 6], moved: { email: 6, 'mailbox 1': 5 } }),
      '= commit, modseq 4 to 6: email, in m1',
    ],
    [
      event({ kind: 'committed', id: 'a-1', modseqs: [4, 5], moved: {} }),
      '= commit, modseq 4 to 5: nothing that a client is shown',
    ],
    [pushed({ email: [4, 6] }), `${' '.repeat(44)}jmap stream 1 ! EventSource: Email`],
    [
      { ...pushed({}), missed: 2 },
      `${' '.repeat(44)}jmap stream 1 ! EventSource: Email (2 steps before this were left out)`,
    ],
  ]
  for (const [step, text] of rows)
    t.equal(lineOf(step, ['a-1']), `08:00:00.005  a-1          11       ${text}`)
})
