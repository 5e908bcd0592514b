import { setTimeout } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { createReadingRoom, type ReadingRoomOptions } from '../../src/index.js'
import { backtrack, fail, hoard, misnamed, reversed, spin, together, where } from './tasks.js'

const LARGE = Buffer.alloc(64 * 1024, 'a')
const SMALL = Buffer.from('abc')

function openRoom(t: Test, options: ReadingRoomOptions = {}) {
  const room = createReadingRoom(options)
  t.teardown(() => room.close())
  return room
}

t.test('what is small is read where it is, what is large in a thread', async (t) => {
  const room = openRoom(t, { inPlace: 1_000 })
  t.equal(await room.run(1, where, Buffer.alloc(1_000)), threadId)
  t.not(await room.run(1, where, Buffer.alloc(1_001)), threadId)
  t.not(await room.run(1, where, 'x'.repeat(1_001)), threadId, 'a text counts as well')
})

t.test('octets go to the thread and come back, and what they were stays', async (t) => {
  const room = openRoom(t, { inPlace: 0 })
  const whole = Buffer.from('0123456789')
  const view = whole.subarray(2, 5)
  t.same(Buffer.from(await room.run(1, reversed, view)).toString(), '432')
  t.equal(whole.toString(), '0123456789')
})

t.test('a stream is asked for its pieces one by one', async (t) => {
  const room = openRoom(t)
  const asked: number[] = []
  async function* pieces() {
    for (const n of [1, 2, 3]) {
      asked.push(n)
      yield Buffer.from(`${n};`)
    }
  }
  t.equal(await room.run(1, together, pieces(), 'end'), '1;2;3;end')
  t.same(asked, [1, 2, 3])
})

t.test('the error of a stream is the error of its task, and the thread goes on', async (t) => {
  const room = openRoom(t, { threads: 1 })
  const lost = new Error('the client went away')
  async function* broken() {
    yield SMALL
    throw lost
  }
  const first = await room.run(1, where, LARGE)
  await t.rejects(room.run(1, together, broken(), ''), lost)
  t.equal(await room.run(1, where, LARGE), first)
})

t.test('beyond its time of computing a task is given up, and others are done', async (t) => {
  for (const [name, task] of Object.entries({ 'a loop': spin, 'a pattern': backtrack })) {
    const room = openRoom(t, { threads: 1, deadline: () => 300 })
    const before = await room.run(1, where, LARGE)
    const given = room.run(1, task, LARGE)
    const next = room.run(2, where, LARGE)
    await t.rejects(given, { name: 'ReadingFailed', reason: 'time' }, name)
    t.not(await next, before, 'in another thread')
  }
})

t.test('to wait for a stream is not to compute', async (t) => {
  const room = openRoom(t, { threads: 1, deadline: () => 400 })
  async function* slow() {
    for (let n = 0; n < 4; n++) {
      await setTimeout(250)
      yield SMALL
    }
  }
  t.equal(await room.run(1, together, slow(), ''), 'abc'.repeat(4))
})

t.test('beyond its memory a task is given up, and the process lives', async (t) => {
  const room = openRoom(t, { threads: 1, heap: 32 })
  await t.rejects(room.run(1, hoard, LARGE), { name: 'ReadingFailed', reason: 'memory' })
  t.type(await room.run(1, where, LARGE), 'number')
})

t.test('an error of a task is told as such, wherever it runs', async (t) => {
  const room = openRoom(t, { threads: 1 })
  const before = await room.run(1, where, LARGE)
  for (const bytes of [SMALL, LARGE]) {
    await t.rejects(room.run(1, fail, bytes), { name: 'ReadingFailed', reason: 'fault', message: 'odd' })
  }
  await t.rejects(room.run(1, misnamed, LARGE), { reason: 'fault', message: /exports no task nowhere/ })
  t.equal(await room.run(1, where, LARGE), before, 'the thread goes on')
})

t.test('one key never has all threads', async (t) => {
  const room = openRoom(t, { threads: 2, deadline: () => 1_000 })
  const flood = Array.from({ length: 2 }, () => room.run(1, spin, LARGE).catch(() => 'given up'))
  let isOver = false
  void flood[0]!.then(() => {
    isOver = true
  })
  t.type(await room.run(2, where, LARGE), 'number')
  t.notOk(isOver, "another's task did not wait")
  t.same(await Promise.all(flood), ['given up', 'given up'])
})

t.test('too many tasks are refused: under one key before all of them', async (t) => {
  const room = openRoom(t, { threads: 2, maxWaiting: 4, deadline: () => 500 })
  const spins = [1, 1, 1].map((key) => room.run(key, spin, LARGE).catch((error: Error) => error.name))
  await t.rejects(room.run(1, where, LARGE), { name: 'ReadingRoomFull' })
  t.type(await room.run(2, where, LARGE), 'number')
  t.same(await Promise.all(spins), ['ReadingFailed', 'ReadingFailed', 'ReadingFailed'])
})

t.test('a thread without work ends, and another starts when it is wanted', async (t) => {
  const room = openRoom(t, { threads: 1, idleMs: 20 })
  const first = await room.run(1, where, LARGE)
  for (let wait = 40; (await room.run(1, where, LARGE)) === first; wait *= 2) await setTimeout(wait)
  t.pass('it was another')
})

t.test('a closed room refuses, and so it does what waits', async (t) => {
  const room = createReadingRoom({ threads: 1 })
  const tasks = [room.run(1, spin, LARGE), room.run(1, where, LARGE)].map((task) =>
    task.then(
      () => 'done',
      (error: Error) => error.name,
    ),
  )
  await room.close()
  t.same(await Promise.all(tasks), ['ReadingFailed', 'ReadingRoomFull'])
  await t.rejects(room.run(1, where, LARGE), { name: 'ReadingRoomFull' })
})
