// One guard for all protocols: what is guessed by one closes the others, and what a log watcher and `tandem guard` see.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { createScramClient } from '@tandem/mailstore/testing'
import t from 'tap'
import { addAccount, PASSWORD, projectRoot, startTandem, type Tandem } from './support/tandem.js'

const ALICE = 'alice@example.org'
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A command of `tandem`, on the same database. */
async function runTandem({ databaseUrl }: Tandem, args: string[]) {
  const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [path.join(projectRoot, 'packages/server/bin/tandem.js'), ...args], {
    env,
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, ...said }
}

/** Sends each line once something was answered; all that was said. */
async function talk(
  from: string,
  { host, port }: { host: string; port: number },
  lines: string[],
  until: RegExp,
) {
  const socket = connect({ host, port, localAddress: from })
  let said = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text
  })
  for (const line of lines) {
    await once(socket, 'data')
    socket.write(`${line}\r\n`)
  }
  while (!until.test(said)) await once(socket, 'data')
  socket.destroy()
  return said
}

type LogIn = (tandem: Tandem, from: string, name: string, password: string) => Promise<string>

const jmap: LogIn = async (tandem, from, name, password) => {
  const { host, port } = tandem.address('http')
  const headers = { authorization: `Basic ${base64(`${name}:${password}`)}` }
  const asked = request({
    host,
    port,
    localAddress: from,
    path: '/.well-known/jmap',
    headers,
    agent: false,
  }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  const { 'retry-after': seconds, 'content-type': type } = response.headers
  return `${response.statusCode}${seconds ? ` ${type} after ${seconds}` : ''}`
}

const imap: LogIn = (tandem, from, name, password) =>
  talk(from, tandem.address('imap'), [`a LOGIN ${name} "${password}"`], /^(a|\* BYE) .*\r\n/m)

const imapPlain: LogIn = (tandem, from, name, password) =>
  talk(
    from,
    tandem.address('imap'),
    [`a AUTHENTICATE PLAIN ${base64(`\0${name}\0${password}`)}`],
    /^a .*\r\n/m,
  )

const submission: LogIn = (tandem, from, name, password) =>
  talk(
    from,
    tandem.address('submission'),
    ['EHLO x.test', `AUTH PLAIN ${base64(`\0${name}\0${password}`)}`],
    /^(235|4\d\d|5\d\d) .*\r\n/m,
  )

const imapScram: LogIn = (tandem, from, name, password) =>
  talk(
    from,
    tandem.address('imap'),
    [`a AUTHENTICATE SCRAM-SHA-256 ${base64(createScramClient({ name, password }).first)}`],
    /^(a|\+) .*\r\n/m,
  )

const submissionScram: LogIn = (tandem, from, name, password) =>
  talk(
    from,
    tandem.address('submission'),
    ['EHLO x.test', `AUTH SCRAM-SHA-256 ${base64(createScramClient({ name, password }).first)}`],
    /^(334|4\d\d|5\d\d) .*\r\n/m,
  )

t.test(
  'ten wrong passwords by any protocols close the account to their address, in all of them',
  async (t) => {
    const tandem = await startTandem(t)
    await addAccount(tandem, ALICE)
    await addAccount(tandem, 'bob@example.org')
    const guesser = '127.0.1.7'
    const wrong: [LogIn, RegExp][] = [
      [imap, /a NO \[AUTHENTICATIONFAILED\]/],
      [imapPlain, /a NO \[AUTHENTICATIONFAILED\]/],
      [submission, /535 5\.7\.8 /],
      [jmap, /^401$/],
      [jmap, /^401$/],
    ]
    // At once, for each is answered later than the one before.
    const guesses = [...wrong, ...wrong].map(async ([logIn, answer], n) => {
      t.match(await logIn(tandem, guesser, ALICE, `guess ${n}`), answer)
    })
    await Promise.all(guesses)
    const closed: [LogIn, RegExp][] = [
      [imap, /a NO \[UNAVAILABLE\] .*try again/],
      [imapPlain, /a NO \[UNAVAILABLE\]/],
      [imapScram, /a NO \[UNAVAILABLE\]/],
      [submission, /454 4\.7\.0 /],
      [submissionScram, /454 4\.7\.0 /],
      [jmap, /^429 application\/problem\+json.* after \d+$/],
    ]
    const refused = closed.map(async ([logIn, answer]) => {
      t.match(await logIn(tandem, guesser, ALICE, PASSWORD), answer, 'not even the right one')
    })
    await Promise.all(refused)
    t.equal(await jmap(tandem, guesser, 'bob@example.org', PASSWORD), '200', 'a neighbour')
    t.equal(await jmap(tandem, '127.0.1.8', ALICE, PASSWORD), '200', 'from elsewhere')

    const filter = /^failregex = (.*)$/m.exec(
      readFileSync(path.join(projectRoot, 'docs/security.md'), 'utf8'),
    )![1]!
    const lines = tandem.log().split('\n')
    const watched = lines.flatMap(
      (line) => new RegExp(filter.replace('<HOST>', '([0-9a-f:.]+)')).exec(line)?.[1] ?? [],
    )
    t.same(watched, [guesser], 'one line, and the filter in the documents finds it')
    const failed = lines
      .filter((line) => line.includes('"msg":"a login failed"'))
      .map((line) => JSON.parse(line))
    t.same(failed.map(({ protocol }) => protocol).sort(), [
      ...Array(4).fill('imap'),
      ...Array(4).fill('jmap'),
      ...Array(2).fill('submission'),
    ])
    for (const { address, name } of failed)
      t.match({ address, name }, { address: guesser, name: /^#[0-9a-f]{16}$/ })

    const { host, port } = tandem.address('http')
    const metrics = await (await fetch(`http://${host}:${port}/metrics`)).text()
    t.match(metrics, /^tandem_login_guesses_total 10$/m)
    t.match(metrics, /^tandem_login_bans_total\{scope="both"\} 1$/m)
    t.match(metrics, /^tandem_logins_deferred_total\{why="banned"\} 6$/m)

    await tandem.mailstore.guard.flush()
    const list = await runTandem(tandem, ['guard', 'list'])
    t.match(
      list.stdout,
      /^address 127\.0\.1\.7 at alice@example\.org +\d+ guesses +banned until \S+Z, 1 ban$/m,
    )
    t.match(await runTandem(tandem, ['guard', 'clear', ALICE]), {
      code: 0,
      stdout: /^alice@example\.org: forgotten \(\d entries\)\n$/,
    })
    t.match(await imap(tandem, guesser, ALICE, PASSWORD), /a OK /, 'at once')
    t.match(await runTandem(tandem, ['guard', 'clear', '--all']), { code: 0 })
    t.match(await runTandem(tandem, ['guard', 'list']), { stdout: '', stderr: 'nobody guesses passwords\n' })
    t.match(await runTandem(tandem, ['guard', 'clear']), {
      code: 2,
      stderr: /needs an ADDRESS, a NAME, or --all/,
    })
  },
)
