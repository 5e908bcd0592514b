import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import t from 'tap'
import { violations } from '../support/invariants.js'
import { openTestStore } from '../support/store.js'
import { isLong, rounds } from './cluster.js'
import { emailsBySubject, fileSubject } from './filing.js'
import { startProxy } from './proxy.js'

/** Which statements of a filing the process dies at: in CI every few, COMMIT always. */
const STEP = isLong ? 1 : 5
const AT_COMMIT = 1_000_000
const DONE = AT_COMMIT + 1

t.test(
  'a process killed in any phase of a write leaves all of it or nothing, and nobody waits',
  async (t) => {
    const { url, account, mailboxes } = await openTestStore(t)
    const inbox = mailboxes.INBOX!
    const proxy = await startProxy(t, url)
    let heard = () => {}
    let mark = 0
    account.subscribe(new Set(['email']), ({ email }) => {
      mark = email
      heard()
    })
    const phases: string[] = []
    const children: ChildProcess[] = []
    t.teardown(() => children.map((child) => child.kill('SIGKILL')))
    const lastUids: number[] = []
    for (let round = 0; round < rounds(1, 3); round++) {
      for (const isAfter of [false, true]) {
        for (let n = 0; n !== DONE; ) {
          const child = fork(path.join(import.meta.dirname, 'child.js'), [
            proxy.url,
            `${account.id}`,
            `${inbox}`,
          ])
          children.push(child)
          await once(child, 'message')
          const subject = `${round} ${isAfter} ${n}`
          let count = 0
          let hit: string | null = null
          proxy.judge = (statement) => {
            if (hit !== null) return isAfter ? 'pass' : 'cut'
            const isDue = statement === 'commit' ? n === AT_COMMIT : count === n
            count++
            if (!isDue) return 'pass'
            hit = statement
            child.kill('SIGKILL')
            // `cut`: it died before it said this; `swallow`: it said this, and died before it heard the answer.
            return isAfter ? 'swallow' : 'cut'
          }
          const exit = once(child, 'exit')
          child.send(subject)
          const done = await Promise.race([exit.then(() => null), once(child, 'message')])
          proxy.judge = () => 'pass'
          if (done) t.match(done[0], { subject, id: Number })
          child.kill('SIGKILL')
          await exit
          // Under the account's lock, so whatever the dead process began is decided by now.
          const next = await fileSubject(account, inbox, `${subject}, next`)
          lastUids.push(next.uids.get(inbox)!)
          const found = (await emailsBySubject(account)).get(subject) ?? []
          const expected = done || (isAfter && hit === 'commit') ? 1 : 0
          t.equal(found.length, expected, `killed ${isAfter ? 'after' : 'before'} ${hit ?? 'nothing'}`)
          if (hit) phases.push(hit)
          if (found.length === 0) await fileSubject(account, inbox, subject)
          // Beyond the last statement before it comes COMMIT.
          n = n === AT_COMMIT ? DONE : hit === null ? AT_COMMIT : n + STEP
        }
      }
    }
    t.equal(phases.filter((phase) => phase === 'commit').length, 2 * rounds(1, 3))
    t.comment(`killed in ${phases.length} phases`)
    const found = await emailsBySubject(account)
    t.ok(
      [...found.values()].every((ids) => ids.length === 1),
      'each exactly once',
    )
    t.same(
      lastUids,
      [...lastUids].sort((a, b) => a - b),
      'UIDs ascend',
    )
    const { email } = await account.read(async (r) => r.marks)
    while (mark < email)
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    t.same(await violations(url), [])
  },
)
