// What guessers cost the others. TANDEM_LONG=1: a thousand connections from fifty addresses, measured.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { addAccount, PASSWORD, startTandem } from '../support/tandem.js'

const IS_LONG = process.env.TANDEM_LONG !== undefined
const [CONNECTIONS, ADDRESSES, LOGINS] = IS_LONG ? [1_000, 50, 6] : [100, 10, 2]
/** Milliseconds that a login may take more than on the idle server, and one whose password is remembered in all. */
const ALLOWED = 300

/** Milliseconds from connecting to being logged in. Errors: where the answer is another. */
function logIn(port: number, from: string, name: string): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    let said = ''
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.once('data', () => socket.write(`a LOGIN ${name} "${PASSWORD}"\r\n`))
    socket.on('data', (text: string) => {
      said += text
      if (!/^(?:a|\* BYE) .*\r\n/m.test(said)) return
      socket.destroy()
      if (said.includes('a OK')) resolve(performance.now() - begun)
      else reject(new Error(`${from}: ${said}`))
    })
  })
}

/** Milliseconds of CPU that a process used, of its main thread and of all; null where the system does not tell. */
async function cpuOf(pid: number): Promise<{ main: number; all: number } | null> {
  const read = async (file: string) => {
    const fields = (await readFile(file, 'latin1')).replace(/^.*\) /s, '').split(' ')
    // In hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10
  }
  return Promise.all([read(`/proc/${pid}/task/${pid}/stat`), read(`/proc/${pid}/stat`)]).then(
    ([main, all]) => ({ main, all }),
    () => null,
  )
}

const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!

t.test('right logins come through while many guess', async (t) => {
  const tandem = await startTandem(t)
  const names = Array.from({ length: 2 * LOGINS + 2 }, (_, n) => `user${n}@example.org`)
  for (const name of names) await addAccount(tandem, name)
  const { port } = tandem.address('imap')
  const idle = { first: [] as number[], remembered: [] as number[] }
  const attacked = { first: [] as number[], remembered: [] as number[] }
  let unused = 0
  /** Each time another name from another address, then the same again. */
  const measure = async (times: typeof idle) => {
    const from = `127.0.2.${1 + unused}`
    const name = names[unused++]!
    times.first.push(await logIn(port, from, name))
    times.remembered.push(await logIn(port, from, name))
  }
  for (let n = 0; n < LOGINS; n++) await measure(idle)

  // Every other guess is at the name that logs in last.
  const victim = names.at(-1)!
  const program = fileURLToPath(new URL('guesser.js', import.meta.url))
  const guesser = fork(program, [port, CONNECTIONS, ADDRESSES, victim].map(String))
  t.teardown(() => guesser.kill('SIGKILL'))
  await once(guesser, 'message')
  const begun = performance.now()
  const cpuBefore = await cpuOf(tandem.process.pid!)
  for (let n = 0; n < LOGINS + 1; n++) await measure(attacked)
  unused = names.length - 1
  await measure(attacked)
  guesser.send('tell')
  const [told] = (await once(guesser, 'message')) as [Record<string, number>]

  const elapsed = Math.round(performance.now() - begun)
  const cpuAfter = await cpuOf(tandem.process.pid!)
  const server = cpuBefore &&
    cpuAfter && { main: cpuAfter.main - cpuBefore.main, all: cpuAfter.all - cpuBefore.all }

  const figures = [idle, attacked].map(({ first, remembered }) => ({
    first: Math.round(median(first)),
    slowest: Math.round(Math.max(...first)),
    remembered: Math.round(median(remembered)),
  }))
  t.comment(
    `idle ${JSON.stringify(figures[0])}, attacked ${JSON.stringify(figures[1])} ms; guessers ${JSON.stringify(told)}; ` +
      `CPU ms of the server in ${elapsed} ms ${JSON.stringify(server)}`,
  )
  t.ok(told.guesses! > 0, 'they did guess')
  const [before, during] = figures as [(typeof figures)[0], (typeof figures)[0]]
  if (!IS_LONG) return
  t.ok(
    during.first <= before.first + ALLOWED,
    `a first login: ${during.first} ms, ${before.first} ms when idle`,
  )
  t.ok(during.remembered <= ALLOWED, `a remembered one: ${during.remembered} ms`)
})
