import t from 'tap'
import { type Book, createBook, type Row } from '../../src/guard/book.js'
import { KNOWN, KNOWN_FOR, RULES } from '../../src/guard/standing.js'

interface Bench {
  book: Book
  time: { now: number }
  /** So many guesses, each another password; what is banned for them, as scopes. */
  guess(network: string, account: string, count: number): string[]
}

function bench(maxEntries?: number): Bench {
  const time = { now: 1_700_000_000_000 }
  const book = createBook(() => time.now, maxEntries)
  let passwords = 0
  return {
    book,
    time,
    guess: (network, account, count) =>
      Array.from({ length: count }, () => {
        const digest = String(passwords++)
        return book.guess({ digest, network, account, at: time.now, byAddress: network !== 'shared' })
      })
        .flat()
        .map(scopeOf),
  }
}

const scopeOf = ({ network, account }: Row) =>
  network === '' ? 'account' : account === '' ? 'address' : 'both'
const isOpen = ({ book }: Bench, network: string, account: string) =>
  book.ask(network, account, network !== 'shared').closed === 0

t.test('guesses at one account from one address close it there, and nowhere else', async (t) => {
  const b = bench()
  t.same(b.guess('a', 'x', RULES.both.limit - 1), [])
  t.ok(isOpen(b, 'a', 'x'))
  t.same(b.guess('a', 'x', 1), ['both'])
  t.notOk(isOpen(b, 'a', 'x'))
  t.ok(isOpen(b, 'a', 'y'), 'another account')
  t.ok(isOpen(b, 'b', 'x'), 'another address')
  b.time.now += RULES.both.first
  t.ok(isOpen(b, 'a', 'x'), 'for a while')
})

t.test('an address that guesses at many accounts is closed for all, though it owns one', async (t) => {
  const b = bench()
  const bans: string[] = []
  for (let n = 0; n < RULES.address.limit; n++) {
    b.book.succeeded('a', 'own')
    bans.push(...b.guess('a', `x${n}`, 1))
  }
  t.same(bans, ['address'])
  t.notOk(isOpen(b, 'a', 'y'))
  t.ok(isOpen(b, 'a', 'own'), 'who logged in there lately still does')
  t.ok(b.book.isAnybodyKnown('a'))
  b.time.now += KNOWN_FOR
  t.notOk(b.book.isAnybodyKnown('a'))
})

t.test('an address that many share does not count for itself', async (t) => {
  const b = bench()
  for (let n = 0; n < 3 * RULES.address.limit; n++) t.same(b.guess('shared', `x${n}`, 1), [])
  t.ok(isOpen(b, 'shared', 'y'))
  t.same(b.guess('shared', 'z', RULES.both.limit), ['both'])
  t.notOk(isOpen(b, 'shared', 'z'))
})

t.test('an account under attack stays open to who is known, and a little to the others', async (t) => {
  const b = bench()
  b.book.succeeded('home', 'x')
  const bans: string[] = []
  for (let n = 0; n < RULES.account.limit; n++) bans.push(...b.guess(`a${n}`, 'x', 1))
  t.same(bans, ['account'])
  for (let n = 0; n < 50; n++) t.ok(isOpen(b, 'home', 'x'))
  t.notOk(isOpen(b, 'a1', 'x'), 'who guessed')
  t.ok(isOpen(b, 'a1', 'y'))
  const tries = Array.from({ length: 50 }, (_, n) => isOpen(b, `b${n}`, 'x')).filter(Boolean)
  t.equal(tries.length, 6)
  b.time.now += 10_000
  t.ok(isOpen(b, 'c', 'x'))
  t.notOk(isOpen(b, 'd', 'x'))
})

t.test('who is known may mistype more often, and not for ever', async (t) => {
  const b = bench()
  b.book.succeeded('a', 'x')
  t.notOk(b.guess('a', 'x', KNOWN.limit - 1).includes('both'))
  t.ok(isOpen(b, 'a', 'x'))
  t.ok(b.guess('a', 'x', 1).includes('both'))
  t.match(b.book.ask('a', 'x', true), { known: true })
  t.notOk(isOpen(b, 'a', 'x'))
})

t.test('the same wrong password counts once', async (t) => {
  const b = bench()
  const guess = { digest: 'old', network: 'a', account: 'x', at: 0, byAddress: true }
  for (let n = 0; n < 100; n++) b.book.guess(guess)
  t.equal(b.book.get({ network: 'a', account: 'x' }).score, 1)
  t.equal(b.book.take().guesses.length, 1)
})

t.test('what others counted comes in: the sum can be a ban, and what is unwritten stays', async (t) => {
  const b = bench()
  b.guess('a', 'x', 4)
  b.book.take()
  b.guess('a', 'x', 1)
  const row = { ...b.book.get({ network: 'a', account: 'x' }), network: 'a', account: 'x' }
  t.same(b.book.merge([{ ...row, score: 8 }]), [])
  t.equal(b.book.get(row).score, 9)
  t.same(b.book.merge([{ ...row, score: 9 }]).map(scopeOf), ['both'])
  t.ok(b.book.take().changed.length > 0, 'the others hear of it')
})

t.test('what could not be written is written later', async (t) => {
  const b = bench()
  b.guess('a', 'x', RULES.both.limit)
  const taken = b.book.take()
  t.notOk(b.book.isDirty)
  b.book.putBack(taken)
  t.same(b.book.take(), taken)
})

t.test('forgetting ends a ban, and leaves who is known', async (t) => {
  const b = bench()
  b.book.succeeded('a', 'y')
  b.guess('a', 'x', RULES.address.limit)
  t.notOk(isOpen(b, 'a', 'z'))
  b.book.forget(({ network }) => network === 'a')
  t.ok(isOpen(b, 'a', 'z'))
  t.ok(isOpen(b, 'a', 'x'))
  t.ok(b.book.ask('a', 'y', true).known)
})

t.test('invented names fill no memory, and push out nobody who is banned or known', async (t) => {
  const b = bench(1_000)
  b.book.succeeded('home', 'own')
  b.guess('bad', 'x', RULES.address.limit)
  for (let n = 0; n < 5_000; n++) b.guess(`a${n}`, `name${n}`, 1)
  t.notOk(isOpen(b, 'bad', 'y'))
  t.ok(b.book.ask('home', 'own', true).known)
  t.equal(b.book.get({ network: 'a1', account: '' }).score, 0, 'the oldest are forgotten')
  t.equal(b.book.get({ network: 'a4999', account: '' }).score, 1)
})
