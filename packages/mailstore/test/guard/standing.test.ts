import t from 'tap'
import { banned, guessed, RULES, type Standing, scoreAt, UNKNOWN } from '../../src/guard/standing.js'

const MINUTE = 60_000
const rule = RULES.address

function guesses(standing: Standing, now: number, count: number): Standing {
  return guessed(standing, rule, now, count)
}

t.test('a guess is forgotten after a while', async (t) => {
  const three = guesses(UNKNOWN, 0, 3)
  t.equal(scoreAt(three, rule, rule.leak), 2)
  t.equal(scoreAt(three, rule, 10 * rule.leak), 0)
  t.equal(guesses(three, rule.leak, 1).score, 3)
  t.equal(scoreAt(three, rule, -1), 3, 'another process has another clock')
})

t.test('at the limit it is banned, each time for twice as long, a day at most', async (t) => {
  t.equal(banned(guesses(UNKNOWN, 0, rule.limit - 1), rule, 0), null)
  let standing = guesses(UNKNOWN, 0, rule.limit)
  let now = 0
  const minutes: number[] = []
  for (let ban = 0; ban < 13; ban++) {
    const next = banned(standing, rule, now)!
    minutes.push((next.until - now) / MINUTE)
    t.equal(banned(next, rule, now), null, 'not again while it lasts')
    now = next.until
    // The longest ban outlasts what is remembered.
    standing = guesses(next, now, rule.limit)
  }
  t.same(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440])
})

t.test('after a day without a guess the first ban is short again', async (t) => {
  const before = { ...guesses(UNKNOWN, 0, 1), bans: 7 }
  t.equal(guesses(before, 24 * 60 * MINUTE + 1, 1).bans, 0)
  t.equal(guesses(before, 24 * 60 * MINUTE, 1).bans, 7)
})
