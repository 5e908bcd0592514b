// A guest's eyes by tables: what is known of an earlier state from the rows that are there now, and what is told.
import fc from 'fast-check'
import t from 'tap'
import { judgeEmail, judgeThread, type Life, type Stay, wasSeen } from '../../src/guest/lives.js'

const stay = (created: number, rest: Partial<Stay> = {}): Stay => ({
  isReadable: true,
  created,
  gone: null,
  deleted: false,
  flipped: null,
  ...rest,
})
const hidden = { isReadable: false }
const life = (stays: Stay[], rest: Partial<Life> = {}): Life => ({
  id: 1,
  modseq: 100,
  created: 10,
  born: 10,
  hidden: null,
  previousCreated: null,
  isVisible: true,
  isSeen: stays.some((each) => each.isReadable && each.gone === null && !each.deleted),
  stays,
  ...rest,
})

t.test('what was seen at state 50', async (t) => {
  const table: [string, Life, boolean | null][] = [
    ['there since before', life([stay(10)]), true],
    ['new', life([stay(60)], { created: 61, born: 61 }), false],
    ['moved in from where he may not look', life([stay(60), stay(10, { ...hidden, gone: 60 })]), false],
    ['moved out', life([stay(10, { gone: 60 }), stay(60, hidden)]), true],
    ['moved between two that he may read', life([stay(10, { gone: 60 }), stay(60)]), true],
    [
      'moved by COPY, \\Deleted, EXPUNGE',
      life([stay(10, { gone: 62, deleted: true, flipped: 61 }), stay(60)]),
      true,
    ],
    ['\\Deleted long ago', life([stay(10, { deleted: true, flipped: 20 }), stay(10, hidden)]), false],
    [
      '\\Deleted since, the only one',
      life([stay(10, { deleted: true, flipped: 60 })], { hidden: 70, isVisible: false }),
      true,
    ],
    [
      '\\Deleted since, and elsewhere',
      life([stay(10, { deleted: true, flipped: 60 }), stay(10, hidden)]),
      null,
    ],
    ['taken back since, and elsewhere', life([stay(10, { flipped: 60 }), stay(10, hidden)]), null],
    [
      'taken back since, hidden then',
      life([stay(10, { flipped: 60 })], { created: 70, hidden: 20, previousCreated: 10 }),
      false,
    ],
    [
      'taken back since, hidden and back',
      life([stay(10, { flipped: 80 })], { created: 90, hidden: 70, previousCreated: 10 }),
      true,
    ],
    [
      'two lives ago',
      life([stay(10, { flipped: 80 })], { created: 90, hidden: 70, previousCreated: 60 }),
      null,
    ],
  ]
  for (const [name, each, expected] of table) t.equal(wasSeen(each, 50), expected, name)
})

t.test('what is told since state 50', async (t) => {
  const since = { floor: 50, position: 50 }
  t.equal(judgeEmail(life([stay(10)]), since), 'updated')
  t.equal(judgeEmail(life([stay(60)]), since), 'created')
  t.equal(judgeEmail(life([stay(10, { gone: 60 })]), since), 'destroyed')
  t.equal(judgeEmail(life([stay(55, { gone: 60 })]), since), null, 'came and went')
  const unknown = life([stay(10, { flipped: 60 }), stay(10, hidden)])
  t.throws(() => judgeEmail(unknown, since), { code: 'cannotCalculateChanges' })
  t.throws(
    () => judgeEmail(life([stay(10, { gone: 60 }), stay(80)]), { floor: 50, position: 70 }),
    { code: 'cannotCalculateChanges' },
    'out and in again between two pages',
  )
})

t.test('a thread changes for him when the emails that he sees in it do', async (t) => {
  const since = { floor: 50, position: 50 }
  const there = life([stay(10)])
  t.equal(judgeThread([there, life([stay(10, hidden)])], since), null, 'a keyword')
  t.equal(judgeThread([there, life([stay(60)])], since), 'updated')
  t.equal(judgeThread([there, life([stay(10, { gone: 60 })])], since), 'updated')
  t.equal(judgeThread([life([stay(60)]), life([stay(10, hidden)])], since), 'created')
  t.equal(judgeThread([life([stay(10, { gone: 60 })]), life([stay(10, hidden)])], since), 'destroyed')
})

/** A history of two memberships, one of them where he may not look, flagged \Deleted, taken back and expunged at will. */
const step = fc.record({ which: fc.nat(1), what: fc.constantFrom('add', 'flip', 'expunge') })
t.test('what is said of an earlier state is true, whatever happened, or nothing is said', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const stays: Stay[] = []
      const seenAt: boolean[] = [false]
      let email = { created: 0, born: Number.POSITIVE_INFINITY, hidden: null, previousCreated: null } as {
        created: number
        born: number
        hidden: number | null
        previousCreated: number | null
      }
      let isVisible = false
      const live = (each: Stay) => each.gone === null && !each.deleted
      for (const { which, what } of steps) {
        const now = seenAt.length
        const found = stays.find((each) => each.isReadable === (which === 0) && each.gone === null)
        if (what === 'add') stays.push(stay(now, { isReadable: which === 0 }))
        else if (found && what === 'flip') Object.assign(found, { deleted: !found.deleted, flipped: now })
        else if (found) found.gone = now
        const visible = stays.some(live)
        if (!isVisible && visible) {
          const first = email.hidden === null
          email = {
            ...email,
            previousCreated: first ? null : email.created,
            created: now,
            born: first ? now : email.born,
          }
        } else if (isVisible && !visible) email.hidden = now
        isVisible = visible
        seenAt.push(stays.some((each) => each.isReadable && live(each)))
      }
      const now = life(stays, { ...email, isVisible })
      for (const [at, expected] of seenAt.entries()) {
        const said = wasSeen(now, at)
        if (said !== null && said !== expected) throw new Error(`at ${at}: ${said}, and it was ${expected}`)
      }
      if (wasSeen(now, seenAt.length) !== seenAt.at(-1)) throw new Error('what is so now is known')
    }),
    { numRuns: 1000 },
  )
})
