import t from 'tap'
import { createSharing } from '../../src/directory/sharing.js'

t.test('who asks the same at once shares one run; it is given up when all have left', async (t) => {
  const sharing = createSharing<string>()
  const runs: { signal: AbortSignal; end(value: string): void }[] = []
  const ask = (signal: AbortSignal) =>
    sharing.share('a', signal, (own) => new Promise((end) => runs.push({ signal: own, end })))
  const [one, two] = [new AbortController(), new AbortController()]
  const [first, second] = [ask(one.signal), ask(two.signal)]
  t.equal(runs.length, 1)
  one.abort()
  await t.rejects(first, { code: 'loginDeferred' })
  t.notOk(runs[0]!.signal.aborted, 'somebody waits still')
  runs[0]!.end('yes')
  t.equal(await second, 'yes')

  const third = ask(two.signal)
  two.abort()
  await t.rejects(third, { code: 'loginDeferred' })
  t.ok(runs[1]!.signal.aborted)
  void ask(new AbortController().signal)
  t.equal(runs.length, 3, 'nobody joins what was given up')
  await t.rejects(ask(two.signal), { code: 'loginDeferred' })
})
