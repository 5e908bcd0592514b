// Whatever a client sends: an answer that RFC 9051 §7.1 allows, no crash, no hang, no growth.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Logger, MailstoreError } from '@tandem/mailstore'
import { createRandom, type Random } from '@tandem/mailstore/testing'
import t from 'tap'
import { createImapListener } from '../../src/index.js'
import { command, slipped } from './grammar.js'
import { readOnlyStore } from './store.js'
import { createTalker, type Talker } from './talker.js'

const LONG = process.env.TANDEM_LONG === '1'
const INPUTS = Number(process.env.TANDEM_FUZZ_INPUTS ?? (LONG ? 5_000_000 : 200_000))
const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 2 ** 32)
const TALKERS = 8
/** Inputs of one connection: a state that many commands have passed over, and yet a fresh one now and then. */
const INPUTS_PER_CONNECTION = 100
const GROWTH = 16 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heap = () => {
  collect()
  return process.memoryUsage().heapUsed
}

t.test(
  `${INPUTS} commands, half of them spoilt, are each answered as IMAP has it`,
  { timeout: 3_600_000 },
  async (t) => {
    const faults: unknown[] = []
    const quiet = () => {}
    const log: Logger = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: ({ err }: { err?: unknown }, text) => {
        if (!(err instanceof MailstoreError) || err.code !== 'unavailable') faults.push(err ?? text)
      },
    }
    const listener = createImapListener({
      mailstore: readOnlyStore,
      log,
      host: '127.0.0.1',
      port: 0,
      implicitTls: false,
      appendLimit: 100_000,
      limits: { badCommands: Number.POSITIVE_INFINITY, loginFailures: Number.POSITIVE_INFINITY },
    })
    const { port } = await listener.listen()
    t.teardown(() => listener.close())

    const counts = { OK: 0, NO: 0, BAD: 0, BYE: 0 }
    let left = INPUTS
    let last = ''
    async function talk(r: Random): Promise<void> {
      while (left > 0) {
        const talker = await begin(port, r)
        for (let n = 0; n < INPUTS_PER_CONNECTION && left > 0; n++) {
          left--
          const right = command(r)
          const text = r.chance(0.5) ? right : slipped(r, right)
          last = text
          const status = await talker.say(`f${n}`, text).catch((error: Error) => {
            throw new Error(`${error.message}, after ${JSON.stringify(text)}`)
          })
          counts[status ?? 'BYE']++
          if (faults.length > 0) throw new Error(`a fault in ${JSON.stringify(text)}`, { cause: faults[0] })
          // Compressed from here on, or over.
          if (status === null || (status === 'OK' && /compress/i.test(text))) break
        }
        talker.close()
      }
    }

    async function talkAll(seed: number): Promise<void> {
      const talks = Array.from({ length: TALKERS }, (_, index) => talk(createRandom(seed + index)))
      try {
        await Promise.all(talks)
      } finally {
        // One that fails ends the others, or they would go on behind the end of the test.
        left = 0
        await Promise.allSettled(talks)
      }
    }

    t.comment(`TANDEM_SEED=${SEED}`)
    const began = performance.now()
    // What is loaded and compiled once is no growth.
    const all = left
    left = Math.floor(all / 10)
    const warm = left
    await talkAll(SEED)
    const before = heap()
    left = all - warm
    await talkAll(SEED + TALKERS)
    const grown = heap() - before
    const seconds = (performance.now() - began) / 1000
    t.comment(
      `${JSON.stringify(counts)}, ${Math.round(INPUTS / seconds)} a second, heap grew by ${grown >> 10} KiB`,
    )
    t.same(faults, [], `no fault was logged; the last input was ${JSON.stringify(last)}`)
    t.ok(grown < GROWTH, 'nothing is left behind by commands and connections that are over')
    for (const status of ['OK', 'NO', 'BAD'] as const) {
      t.ok(counts[status] > INPUTS / 100, `${status} is not rare: the inputs reach what they are for`)
    }
  },
)

/** A connection in one of the states of RFC 9051 §3. */
async function begin(port: number, r: Random): Promise<Talker> {
  const talker = await createTalker(port)
  const state = r.below(10)
  if (state > 0) await talker.say('in', 'LOGIN a@example.org secret')
  if (state > 3) await talker.say('in', 'SELECT INBOX')
  return talker
}
