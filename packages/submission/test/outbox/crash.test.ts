// What is killed at any step is completed by another process: nothing is lost, and nothing local is there twice.
import {
  type Account,
  type Job,
  type Mailstore,
  MailstoreError,
  type OpenBlob,
  type Transactor,
} from '@tandem/mailstore'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/clock.js'
import { createOutbox } from '../../src/index.js'
import { attempt } from '../../src/outbox/attempt.js'
import type { Relay, Sent } from '../../src/outbox/outgoing.js'
import { submit } from '../support/outbox.js'
import { openTestStore } from '../support/store.js'

const MESSAGE = 'From: anna@home.test\r\nSubject: hi\r\n\r\nbody\r\n'
const RECIPIENTS = ['anna@home.test', 'ben@home.test', 'nobody@home.test']
const never = () => new AbortController().signal

class Killed extends Error {}

/**
 * The store as a process sees it that is killed at its step `last`: every call before or after a step of the
 * store is one, so that a transaction may be lost or be committed with nobody left to hear of it.
 */
function mortal(mailstore: Mailstore, last: number) {
  let step = 0
  const survive = () => {
    if (step++ >= last) throw new Killed(`killed at step ${last}`)
  }
  const mortally =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      survive()
      const result = await method(...args)
      survive()
      return result
    }
  const mortalStream = (blob: OpenBlob): OpenBlob['stream'] =>
    async function* (...slice) {
      survive()
      yield* blob.stream(...slice)
    }
  const account = (id: number): Account => {
    const real = mailstore.account(id)
    return {
      ...real,
      blobs: {
        ...real.blobs,
        put: mortally(real.blobs.put),
        async openSlices(slices) {
          const opened = await mortally(real.blobs.openSlices)(slices)
          return opened.map((blob) => blob && { ...blob, stream: mortalStream(blob) })
        },
      },
      read: mortally(real.read) as Account['read'],
      ingest: mortally(real.ingest),
      // Dying inside of a transaction rolls it back.
      transact: mortally((work: (tx: Transactor) => Promise<unknown>) =>
        real.transact(async (tx) => {
          const result = await work(tx)
          survive()
          return result
        }),
      ) as Account['transact'],
    }
  }
  const { directory } = mailstore
  return {
    steps: () => step,
    mailstore: {
      ...mailstore,
      account,
      directory: {
        ...directory,
        resolve: mortally(directory.resolve),
        destinations: mortally(directory.destinations),
      },
    },
  }
}

const deps = (mailstore: Mailstore) => ({
  mailstore,
  hostname: 'mail.home.test',
  relay: null,
  now: Date.now,
  sleep: systemClock.sleep,
  random: () => 0.5,
})

const store = await openTestStore(t, ['anna@home.test', 'ben@home.test'])
t.afterEach(() => store.empty('anna@home.test', 'ben@home.test'))

async function claimed(leaseMs: number): Promise<{ job: Job; settled(): Promise<unknown> }> {
  const sent = await submit(store, 'anna@home.test', RECIPIENTS, MESSAGE)
  const [job] = await store.mailstore.jobs.claim({ limit: 1, leaseMs })
  return { job: job!, settled: sent.settled }
}

async function assertOnce(t: Test): Promise<void> {
  const anna = await store.inbox('anna@home.test')
  t.equal(anna.length, 2, 'her copy and one report')
  t.equal(anna.filter((mail) => mail.startsWith('Return-Path: <>')).length, 1)
  t.equal((await store.inbox('ben@home.test')).length, 1)
  t.equal(await store.mailstore.jobs.nextDue(), null)
}

t.test('killed at each step of an attempt', async (t) => {
  const { job } = await claimed(60_000)
  const whole = mortal(store.mailstore, Number.POSITIVE_INFINITY)
  await attempt(deps(whole.mailstore), job, never())
  await assertOnce(t)
  await store.empty('anna@home.test', 'ben@home.test')
  t.ok(whole.steps() > 15, `${whole.steps()} steps`)

  const another = await store.openAnother()
  for (let last = 0; last < whole.steps(); last++) {
    await t.test(`step ${last}`, async (t) => {
      // A lease of a millisecond has ended when the next process looks.
      const { job, settled } = await claimed(1)
      await attempt(deps(mortal(store.mailstore, last).mailstore), job, never()).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error
      })
      const other = createOutbox({ mailstore: another, hostname: 'mail.home.test' })
      t.teardown(() => other.stop())
      other.start()
      await settled()
      await other.stop()
      await assertOnce(t)
    })
  }
})

t.test('what a relay took is written down once the database is back, and not sent again', async (t) => {
  for (const outcome of ['none', 'unknown'] as const) {
    const sent = await submit(store, 'anna@home.test', ['cat@away.test'], MESSAGE)
    const [job] = await store.mailstore.jobs.claim({ limit: 1, leaseMs: 60_000 })
    let [losses, sends] = [3, 0]
    const account = (id: number): Account => {
      const real = store.mailstore.account(id)
      const lost = () => new MailstoreError('unavailable', 'away', { outcome })
      return {
        ...real,
        async transact(work) {
          if (sends === 0 || losses-- <= 0) return real.transact(work)
          // Of what is unknown, the first time was done.
          if (outcome === 'unknown') await real.transact(work)
          throw lost()
        },
      }
    }
    const relay: Relay = {
      async send({ recipients }) {
        sends++
        return recipients.map(({ address }) => ({ address, state: 'relayed', reply: '250 OK' }) as Sent)
      },
    }
    const onPossibleDouble = () => t.fail('it is known who has it')
    const mailstore = { ...store.mailstore, account }
    await attempt({ ...deps(mailstore), relay, onPossibleDouble, sleep: async () => {} }, job!, never())
    await sent.settled()
    t.equal(sends, 1)
    t.ok(losses <= 0, 'the record was lost')
    t.equal(await store.mailstore.jobs.nextDue(), null)
  }
})

t.test('a slow process whose lease ended writes nothing over what the next one did', async (t) => {
  const { job, settled } = await claimed(1)
  const other = createOutbox({ mailstore: store.mailstore, hostname: 'mail.home.test' })
  other.start()
  await settled()
  await other.stop()
  await attempt(deps(store.mailstore), job, never())
  await assertOnce(t)
})

t.test('a lease is renewed while an attempt goes on, so that nobody else begins', async (t) => {
  let renewed = () => {}
  const renewals = new Promise<void>((resolve) => {
    renewed = resolve
  })
  let count = 0
  const { jobs } = store.mailstore
  const watched: Mailstore = {
    ...store.mailstore,
    jobs: {
      ...jobs,
      async renew(job, leaseMs) {
        const isHeld = await jobs.renew(job, leaseMs)
        if (++count === 3) renewed()
        return isHeld
      },
    },
    // Local delivery waits until the lease would long have ended.
    account(id) {
      const account = store.mailstore.account(id)
      return { ...account, ingest: (...args) => renewals.then(() => account.ingest(...args)) }
    },
  }
  const outbox = createOutbox({ mailstore: watched, hostname: 'mail.home.test', leaseMs: 300 })
  t.teardown(() => outbox.stop())
  outbox.start()
  const sent = await submit(store, 'anna@home.test', ['ben@home.test'], MESSAGE)
  await renewals
  t.strictSame(await jobs.claim({ limit: 1, leaseMs: 1000 }), [])
  t.match((await sent.settled()).recipients, [{ state: 'delivered', attempts: 1 }])
})
