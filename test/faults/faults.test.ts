// Processes and Postgres are killed under load, and everything is compared with what was acknowledged:
// docs/reliability.md.
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Mailstore, openMailstore } from '@tandem/mailstore'
import {
  type Cluster,
  createRandom,
  type Random,
  startCluster,
  weakenPasswords,
} from '@tandem/mailstore/testing'
import t, { type Test } from 'tap'
import { PASSWORD } from '../support/tandem.js'
import { until } from '../support/until.js'
import { createHome, type Home } from './home.js'
import { openImapSession } from './imap.js'
import { createImapWriter } from './imap-writer.js'
import { createInspector } from './inspector.js'
import { createJmapWriter } from './jmap-writer.js'
import { createLmtpWriter } from './lmtp-writer.js'
import { type Outside, startOutside } from './outside.js'
import { type Servers, startServers } from './servers.js'
import { createSmtpWriter } from './smtp-writer.js'
import { createStage, type Figures, type Stage } from './stage.js'
import { emailsOf, readBoxes } from './truth.js'

const isLong = process.env.TANDEM_LONG === '1'
const ROUNDS = Number(process.env.TANDEM_FAULT_ROUNDS ?? (isLong ? 200 : 5))
const SEED = Number(process.env.TANDEM_SEED ?? Date.now() % 2 ** 32)
const NAMES = ['alice@example.org', 'bob@example.org']
/** Changes that are acknowledged before a kill, at random, and afterwards. */
const BEFORE: readonly [number, number] = isLong ? [5, 80] : [5, 30]
const AFTERWARDS = isLong ? 20 : 10

/** What is killed, and started again. */
function createFaults(
  cluster: Cluster,
  servers: Servers,
  random: Random,
): Record<string, () => Promise<void>> {
  return {
    'one server': async () => {
      const index = random.below(servers.count)
      await servers.kill(index)
      // The others go on meanwhile.
      void servers.start(index)
    },
    'both servers': async () => {
      await Promise.all([servers.kill(0), servers.kill(1)])
      await Promise.all([servers.start(0), servers.start(1)])
    },
    Postgres: async () => {
      await cluster.kill()
      await cluster.restart()
    },
    'a backend of Postgres': () => cluster.killBackend(),
    'Postgres and a server': async () => {
      const index = random.below(servers.count)
      await Promise.all([cluster.kill(), servers.kill(index)])
      await cluster.restart()
      await servers.start(index)
    },
  }
}

async function openHomes(mailstore: Mailstore, servers: Servers, url: string): Promise<Home[]> {
  const principals = []
  for (const name of NAMES) principals.push(await mailstore.directory.createAccount(name, PASSWORD))
  await weakenPasswords(url, PASSWORD)
  return Promise.all(
    principals.map(async ({ accountId, name }) => {
      const home = createHome(name, accountId)
      const imap = await openImapSession(servers.alive[0]!, name)
      for (const [id, box] of await readBoxes(imap)) home.boxes.set(box.path, id)
      imap.close()
      return home
    }),
  )
}

function createLoad(homes: readonly Home[], outside: Outside, stage: Stage, random: Random) {
  const writers = homes.flatMap((home, i) => {
    const others = [...homes.filter((each) => each !== home), outside]
    return [
      createImapWriter(`imap${i}a`, home, stage, random),
      createImapWriter(`imap${i}b`, home, stage, random),
      createJmapWriter(`jmap${i}`, home, others, stage, random),
    ]
  })
  const senders = [
    createLmtpWriter('lmtp', homes, stage, random),
    ...homes.map(({ address }, i) =>
      createSmtpWriter(
        `smtp${i}`,
        address,
        [...homes.filter((each) => each.address !== address), outside],
        stage,
        random,
      ),
    ),
  ]
  return { writers, all: [...writers, ...senders] }
}

/** Resolves once everything that was taken is where it was sent: what a killed outbox held comes when its lease ends. */
async function untilAllCame(
  t: Test,
  mailstore: Mailstore,
  homes: Home[],
  outside: Outside,
  servers: Servers,
) {
  const isMissing = async (home: Home) => {
    const imap = await openImapSession(servers.alive[0]!, home.address)
    const emails = emailsOf(await readBoxes(imap))
    imap.close()
    return [...home.arrivals].some(([token, { isAcknowledged }]) => isAcknowledged && !emails.has(token))
  }
  const came = until(async () => {
    if (outside.missing().length > 0) return false
    for (const home of homes) if (await isMissing(home)) return false
    return true
  })
  outside.onReceived = came.wake
  for (const { accountId } of homes)
    t.teardown(mailstore.account(accountId).subscribe(new Set(['email'] as const), came.wake))
  await came.done
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

function report(
  t: Test,
  kills: Map<string, number>,
  figures: Figures,
  outside: Outside,
  resyncs: object,
): void {
  const { acknowledged, refused, unanswered, happened, recovery } = figures
  t.comment(`rounds by kind: ${JSON.stringify(Object.fromEntries(kills))}`)
  t.comment(`changes: ${JSON.stringify({ acknowledged, refused, unanswered, happened })}`)
  t.comment(`at the relay: ${JSON.stringify(outside.figures())}`)
  t.comment(`resyncs: ${JSON.stringify(resyncs)}`)
  const times = [...recovery].map(([kind, values]) => [kind, Math.round(median(values))])
  t.comment(
    `median ms from a kill to the next acknowledged change: ${JSON.stringify(Object.fromEntries(times))}`,
  )
}

t.test(`${ROUNDS} rounds of SIGKILL`, { timeout: isLong ? 3_500_000 : 240_000 }, async (t) => {
  t.comment(`TANDEM_SEED=${SEED}`)
  const random = createRandom(SEED)
  // Root's Postgres runs as another user, who has to get in.
  const base = process.getuid?.() === 0 ? '/tmp' : tmpdir()
  const folder = await realpath(await mkdtemp(path.join(base, 'tandem-faults-')))
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const cluster = await startCluster(t, folder)
  const mailstore = await openMailstore({ url: cluster.url, poolSize: 2 })
  t.teardown(() => mailstore.close())
  const outside = await startOutside(t, () => stage)
  const servers = await startServers(t, 2, { DATABASE_URL: cluster.url, TANDEM_RELAY_URL: outside.url })
  const stage = createStage(servers, random.pick)
  const homes = await openHomes(mailstore, servers, cluster.url)
  const { writers, all } = createLoad(homes, outside, stage, random)
  t.teardown(() => all.map((each) => each.close()))
  const inspector = createInspector(mailstore, outside, stage.figures, random)
  const faults = createFaults(cluster, servers, random)
  const kinds = Object.keys(faults)
  const kills = new Map<string, number>()
  const inspect = () =>
    Promise.all(
      homes.map((home) =>
        inspector.inspect(
          home,
          writers.filter((each) => each.home === home),
          servers.alive,
        ),
      ),
    )

  for (let round = 0; round < ROUNDS; round++) {
    const kind = kinds[round] ?? random.pick(kinds)
    stage.begin(kind)
    const working = Promise.all(all.map((each) => each.run()))
    await Promise.race([working, stage.progress(random.between(...BEFORE))])
    await Promise.race([working, stage.kill(faults[kind]!)])
    kills.set(kind, (kills.get(kind) ?? 0) + 1)
    await Promise.race([working, stage.progress(AFTERWARDS)])
    stage.stop()
    await working
    await servers.ready()
    if (!t.same((await inspect()).flat(), [], `round ${round + 1}: ${kind}`)) break
    if ((round + 1) % 20 === 0) report(t, kills, stage.figures, outside, inspector.resyncs)
  }
  if (isLong) {
    await untilAllCame(t, mailstore, homes, outside, servers)
    t.same((await inspect()).flat(), [], 'when all that was sent has come')
  }
  const wrong = []
  for await (const violation of mailstore.check({ deep: true })) wrong.push(violation)
  t.same(wrong, [], 'tandem check --deep')
  report(t, kills, stage.figures, outside, inspector.resyncs)
})
