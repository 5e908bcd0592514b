import t from 'tap'
import { connect } from '../../src/db/connect.js'
import type { Vacation } from '../../src/vacation/types.js'
import { openTestStore } from '../support/store.js'

const noon = new Date('2026-11-20T12:00:00Z')
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000)

t.test('the response is what was set, and its state moves with it alone', async (t) => {
  const { account } = await openTestStore(t)
  const read = () => account.read(async (r) => ({ mark: r.marks.vacation, is: await r.vacation.get() }))
  const off = {
    isEnabled: false,
    fromDate: null,
    toDate: null,
    subject: null,
    textBody: null,
    htmlBody: null,
  }
  const before = await read()
  t.same(before.is, off)
  await account.transact((tx) => tx.vacation.update({ isEnabled: false, subject: null }))
  t.equal((await read()).mark, before.mark, 'nothing changed')
  await account.transact((tx) => tx.vacation.update({ isEnabled: true, fromDate: noon, textBody: 'Away' }))
  await account.transact((tx) => tx.vacation.update({ subject: 'Out' }))
  const after = await read()
  t.same(after.is, { ...off, isEnabled: true, fromDate: noon, textBody: 'Away', subject: 'Out' })
  t.ok(after.mark > before.mark)
  await t.rejects(
    account.transact((tx) => tx.vacation.update({ htmlBody: '\0' })),
    { code: 'invalidText' },
  )
})

t.test('it is in force from fromDate to before toDate (RFC 8621 §8)', async (t) => {
  const { account } = await openTestStore(t)
  const cases: [object, Date, boolean][] = [
    [{ isEnabled: false }, noon, false],
    [{ isEnabled: true }, noon, true],
    [{ isEnabled: true, fromDate: noon }, noon, true],
    [{ isEnabled: true, fromDate: noon }, later(-1), false],
    [{ isEnabled: true, toDate: noon }, noon, false],
    [{ isEnabled: true, toDate: noon }, later(-1), true],
    [{ isEnabled: true, fromDate: noon, toDate: later(2) }, later(1), true],
    [{ isEnabled: true, fromDate: noon, toDate: later(2) }, later(2), false],
  ]
  for (const [i, [patch, at, expected]] of cases.entries()) {
    const reply = await account.transact(async (tx) => {
      await tx.vacation.update({ fromDate: null, toDate: null, ...patch })
      t.equal(
        (await tx.vacation.replyTo(`sender${i}@example.net`, at)) !== null,
        expected,
        'before it is claimed',
      )
      return tx.vacation.claimReply(`sender${i}@example.net`, at)
    })
    t.equal(reply !== null, expected, JSON.stringify([patch, at]))
  }
})

t.test('a sender is answered once in seven days, however many ask at once', async (t) => {
  const { mailstore, account, url } = await openTestStore(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  await account.transact((tx) => tx.vacation.update({ isEnabled: true }))
  const claim = (sender: string) => account.transact((tx) => tx.vacation.claimReply(sender, noon))
  const age = (days: number) =>
    sql`update vacation_reply set replied_at = replied_at - make_interval(days => ${days})`

  const state = await account.read(async (r) => r.marks)
  const spellings = ['bob@example.net', 'Bob@Example.NET', 'bob@example.net', 'BOB@example.net']
  const replies = await Promise.all(spellings.map(claim))
  t.equal(replies.filter((reply) => reply !== null).length, 1)
  t.match(await claim('carol@example.net'), { isEnabled: true }, 'another sender is another')
  await age(6)
  const ask = (sender: string) => account.read((r) => r.vacation.replyTo(sender, noon))
  t.equal(await ask('BOB@example.net'), null)
  t.equal(await claim('bob@example.net'), null)
  await age(1)
  t.match(await ask('bob@example.net'), { isEnabled: true }, 'asking claims nothing')
  t.not(await claim('bob@example.net'), null)
  t.equal(await claim('bob@example.net'), null)
  t.same(await account.read(async (r) => r.marks), state, 'no client sees any of it')

  await age(8)
  await mailstore.housekeeping.run()
  t.equal((await sql`select from vacation_reply`).length, 0, 'and it is forgotten')
})

t.test('RFC 5230 §4.2: a response with other words is another one', async (t) => {
  const { account } = await openTestStore(t)
  const isAnswered = () =>
    account.transact(async (tx) => (await tx.vacation.claimReply('bob@example.net', noon)) !== null)
  const update = (patch: Partial<Vacation>) => account.transact((tx) => tx.vacation.update(patch))
  await update({ isEnabled: true, textBody: 'Back on Friday.' })
  t.ok(await isAnswered())
  for (const patch of [{ isEnabled: false }, { isEnabled: true }, { toDate: new Date('2030-01-01') }]) {
    await update(patch)
    t.notOk(await isAnswered(), JSON.stringify(patch))
  }
  for (const patch of [
    { textBody: 'Back on Monday.' },
    { htmlBody: '<p>Back on Monday.' },
    { subject: 'Away' },
  ]) {
    await update(patch)
    t.ok(await isAnswered(), JSON.stringify(patch))
  }
})
