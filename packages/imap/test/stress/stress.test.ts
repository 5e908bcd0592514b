// Twenty clients at once on three mailboxes, each of which holds every response against all that it was told before.
// `TANDEM_STRESS_SECONDS=600 npm test -- stress` for as long as you like.

import { createRandom } from '@tandem/mailstore/testing'
import t from 'tap'
import { joinFlags } from '../../src/testing/belief.js'
import { startServer } from '../support/server.js'
import { createActor, MAILBOXES, type Mode } from './actor.js'

const SECONDS = Number(process.env.TANDEM_STRESS_SECONDS ?? (process.env.TANDEM_LONG === '1' ? 300 : 10))
const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 2 ** 32)
const CLIENTS = 20

t.test(
  `${CLIENTS} clients, ${SECONDS} s: nobody is told what contradicts what he was told`,
  { timeout: 3_600_000 },
  async (t) => {
    const server = await startServer(t)
    const first = await server.loggedIn()
    for (const name of MAILBOXES.slice(1)) await first.ok(`CREATE ${name}`)
    const modes: Mode[] = ['plain', 'condstore', 'qresync']
    t.comment(`TANDEM_SEED=${SEED}`)
    let commands = 0
    let waiting: (() => void)[] = []
    const done = () => {
      commands++
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    }
    const meanwhile = () => new Promise<void>((resolve) => waiting.push(resolve))
    const actors = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const client = await server.loggedIn()
        return createActor(client, modes[index % modes.length]!, createRandom(SEED + index), meanwhile)
      }),
    )

    const began = performance.now()
    const isOver = () => performance.now() - began > SECONDS * 1000
    let running = CLIENTS
    await Promise.all(
      actors.map(async (actor) => {
        // The last one has nobody to wait for.
        while (!isOver()) {
          await actor.act()
          done()
        }
        running--
        done()
        if (running === 0) done()
      }),
    ).finally(() => done())
    const seconds = (performance.now() - began) / 1000
    t.comment(`${commands} commands, ${Math.round(commands / seconds)} a second`)

    for (const name of MAILBOXES) {
      const fresh = await server.loggedIn()
      await fresh.ok(`EXAMINE ${name}`)
      const truth = (await fresh.ok('UID FETCH 1:* (FLAGS)')).flatMap((line) => {
        const match = /FETCH \((?=.*UID (\d+))(?=.*FLAGS \(([^)]*)\))/.exec(line)
        return match ? [`${match[1]} (${joinFlags(match[2]!.split(' ').filter(Boolean))})`] : []
      })
      for (const actor of actors) {
        const { mailbox, belief } = await actor.settle()
        if (mailbox !== name) continue
        t.same(
          belief.messages.map(({ uid, flags }) => `${uid} (${flags})`),
          truth,
          `who was told of changes in ${name} one by one believes what who looks afresh sees`,
        )
      }
    }
    t.same(server.errors, [], 'no fault was logged')
    t.ok(commands > SECONDS * 20, 'it was stress')
  },
)
