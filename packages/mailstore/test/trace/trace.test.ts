import { openMailstore, type TraceEvent } from '@tandem/mailstore'
import { countingWire, createTestDatabase } from '@tandem/mailstore/testing'
import t from 'tap'
import { connect, listen } from '../../src/db/connect.js'
import { createTrace } from '../../src/trace/trace.js'

t.test(
  'while nobody watches nothing is told, and commands cost what they cost when somebody does',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const wire = await countingWire(t, url)
    const store = await openMailstore({ url: wire.url })
    t.teardown(() => store.close())
    const watcher = await openMailstore({ url })
    t.teardown(() => watcher.close())
    const { accountId } = await store.directory.createAccount('alice@example.org', 'open sesame')
    const account = store.account(accountId)

    // Whatever goes over the channel of traces, until a notice of our own comes behind it.
    const listener = connect(url, { max: 1 })
    t.teardown(() => listener.end())
    const heard: string[] = []
    let arrived = () => {}
    await listen(listener, 'tandem_trace', (payload) => {
      if (payload === 'flush') arrived()
      else heard.push(payload)
    })
    const flush = async () => {
      const flushed = new Promise<void>((resolve) => {
        arrived = resolve
      })
      await listener`select pg_notify('tandem_trace', 'flush')`
      await flushed
      return heard.splice(0)
    }

    let described = 0
    let folder = 0
    const command = () =>
      store.trace.command(
        accountId,
        () => ({ protocol: 'imap', session: 'session 1', text: `CREATE ${++described}` }),
        () => account.transact((tx) => tx.mailbox.createPath(`folder ${folder++}`)),
        () => 'OK',
      )
    await command()
    wire.take()
    await command()
    const unwatched = wire.take()
    t.equal(described, 0, 'nothing is described')
    const done = Promise.resolve('done')
    const told = { protocol: 'imap', session: 'session 1', text: 'NOOP' } as const
    t.equal(
      store.trace.command(
        accountId,
        () => told,
        () => done,
        () => 'OK',
      ),
      done,
      'no promise more',
    )
    t.strictSame(await flush(), [], 'and nothing told')

    const events: TraceEvent[] = []
    let woken = () => {}
    const watch = await watcher.trace.watch(accountId, (event) => {
      events.push(event)
      woken()
    })
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        woken = () => events.length >= count && resolve()
        woken()
      })
    await until(1)
    t.match(events.splice(0), [{ kind: 'watching', accountId }])
    t.equal(watcher.trace.isWatched(accountId), false, 'a watcher does not tell itself')
    wire.take()
    await command()
    t.equal(wire.take().statements, unwatched.statements, 'not one statement more')
    await until(3)
    const [began, committed, ended] = events.splice(0)
    t.match(began, { kind: 'began', text: 'CREATE 1', protocol: 'imap' })
    t.match(committed, { kind: 'committed', id: (began as { id: string }).id, moved: { mailbox: Number } })
    t.match(ended, { kind: 'ended', id: (began as { id: string }).id, outcome: 'OK' })

    await t.rejects(
      store.trace.command(
        accountId,
        () => ({ protocol: 'imap', session: 'session 1', text: 'DELETE' }),
        () => Promise.reject(new Error('no')),
        () => 'OK',
      ),
      { message: 'no' },
    )
    await until(2)
    t.match(
      events.splice(0),
      [{ kind: 'began' }, { kind: 'ended', outcome: 'failed' }],
      'an error passes through',
    )
    const named = { id: 's7', protocol: 'outbox', session: 's7', text: 'attempt 1' } as const
    const mail = store.trace.command(
      accountId,
      () => named,
      () => Promise.reject(new Error('the mailbox is full')),
      () => 'OK',
      (error) => (error as Error).message,
    )
    await t.rejects(mail)
    await until(2)
    t.match(
      events.splice(0),
      [
        { kind: 'began', id: 's7' },
        { kind: 'ended', id: 's7', outcome: 'the mailbox is full' },
      ],
      'a name of its own, and words for an error',
    )
    await flush()
    await watch.stop()
    // Behind the watcher's last words, on the channel that they went over.
    while (store.trace.isWatched(accountId)) await store.ping()
    await command()
    t.strictSame(await flush(), [], 'told no more')
  },
)

t.test('the watch of a watcher that gives no sign of life lapses, and only his', async (t) => {
  const { url } = await createTestDatabase(t)
  const sql = connect(url, { max: 1 })
  t.teardown(() => sql.end())
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const timers = new Set<{ ms: number; work: () => void }>()
  const trace = createTrace(sql, log, (ms, work) => {
    const timer = { ms, work }
    timers.add(timer)
    return () => timers.delete(timer)
  })
  trace.watcherSaid(['7', 'dead', 'on'])
  const [first] = timers
  trace.watcherSaid(['7', 'dead', 'on'])
  t.equal(timers.size, 1, 'each sign puts it off')
  t.notOk(timers.has(first!))
  const [lapse] = timers
  t.equal(lapse!.ms, 15_000)
  trace.watcherSaid(['7', 'alive', 'on'])
  lapse!.work()
  t.equal(trace.isWatched(7), true)
  t.equal(trace.isWatched(8), false)
  trace.watcherSaid(['7', 'alive', 'off'])
  t.equal(trace.isWatched(7), false)
  t.equal(timers.size, 0)
  // Behind what was told: a pool that is ended while it connects may never end.
  await sql`select 1`
})
