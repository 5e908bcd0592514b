import { PassThrough } from 'node:stream'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import t from 'tap'
import { createIntake } from '../../src/smtp/intake.js'

const session = () => ({}) as SMTPServerSession
const stream = () => new PassThrough() as unknown as SMTPServerDataStream

t.test('a message of the limit is taken, one octet more is refused after its end', async (t) => {
  const intake = createIntake({ maxSize: 10, onIdle() {} })
  const fits = stream()
  fits.end(Buffer.alloc(10, 'a'))
  t.equal(await intake.receive(fits, session(), async (message) => message.length), 10)

  const large = stream()
  const refused = intake.receive(large, session(), async () => t.fail('nobody works on it'))
  large.write(Buffer.alloc(8))
  large.write(Buffer.alloc(8))
  large.end(Buffer.alloc(8))
  await t.rejects(refused, { responseCode: 552, message: /^5\.3\.4 / })
  t.equal(large.readableEnded, true)
})

t.test('messages under way share the memory, and give it back', async (t) => {
  const intake = createIntake({ maxSize: 10, maxMemory: 15, onIdle() {} })
  const first = stream()
  const holding = intake.receive(first, session(), async (message) => message.length)
  first.write(Buffer.alloc(10))
  await new Promise((resolve) => setImmediate(resolve))

  const second = stream()
  second.end(Buffer.alloc(6))
  await t.rejects(
    intake.receive(second, session(), async () => t.fail('nobody works on it')),
    { responseCode: 452, message: /^4\.3\.1 / },
  )
  first.end()
  t.equal(await holding, 10)

  const third = stream()
  third.end(Buffer.alloc(10))
  t.equal(await intake.receive(third, session(), async (message) => message.length), 10)
})

t.test('a session is busy until its work is done, also where that fails', async (t) => {
  let idle = 0
  const intake = createIntake({ maxSize: 10, onIdle: () => idle++ })
  const mine = session()
  const input = stream()
  const work = intake.receive(input, mine, async () => {
    t.ok(intake.busy.has(mine))
    throw new Error('disk full')
  })
  t.ok(intake.busy.has(mine))
  input.end('x')
  await t.rejects(work, /disk full/)
  t.notOk(intake.busy.has(mine))
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(idle, 1)
})

t.test('a client that goes away in the middle leaves nothing held', async (t) => {
  const intake = createIntake({ maxSize: 10, maxMemory: 10, onIdle() {} })
  const broken = stream()
  const lost = intake.receive(broken, session(), async () => t.fail('nobody works on it'))
  broken.write(Buffer.alloc(10))
  await new Promise((resolve) => setImmediate(resolve))
  broken.destroy()
  await t.rejects(lost)
  const next = stream()
  next.end(Buffer.alloc(10))
  t.equal(await intake.receive(next, session(), async (message) => message.length), 10)
})
