import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { MailstoreError } from '../../src/index.js'
import { violations } from '../support/invariants.js'
import { mailboxIds } from '../support/store.js'
import { noDisk, startCluster } from './cluster.js'
import { emailsBySubject } from './filing.js'

const MIB = 1024 * 1024
const DISK = 300 * MIB
/** What an administrator makes room by. */
const BALLAST = 60 * MIB

/** Postgres refused a write, or ended for want of room for its log. */
function isForRoom(error: unknown): error is MailstoreError {
  return error instanceof MailstoreError && ['diskFull', 'unavailable'].includes(error.code)
}

t.test(
  'the disk is full: what was acknowledged is there, and mail comes in again once there is room',
  { skip: noDisk },
  async (t) => {
    const cluster = await startCluster(t, { disk: DISK })
    const ballast = path.join(cluster.folder, 'ballast')
    await writeFile(ballast, Buffer.alloc(BALLAST))
    const mailstore = await cluster.open({ poolSize: 4 })
    const { accountId } = await mailstore.directory.createAccount('alice@example.org', 'correct horse')
    const account = mailstore.account(accountId)
    const inbox = (await mailboxIds(account)).INBOX!

    /** Random octets, which no compression makes smaller. */
    async function file(subject: string): Promise<void> {
      const body = randomBytes(1.5 * MIB).toString('base64')
      const ingested = await account.ingest(Buffer.from(`Subject: ${subject}\r\n\r\n${body}\r\n`), {
        nul: 'refuse',
      })
      await account.transact((tx) => tx.email.create([{ message: ingested, mailboxIds: [inbox] }]))
    }

    const acknowledged: string[] = []
    const refused: string[] = []
    const inDoubt: string[] = []
    const strange: unknown[] = []
    for (let n = 0; refused.length + inDoubt.length < 5 && strange.length === 0; n++) {
      try {
        await file(`message ${n}`)
        acknowledged.push(`message ${n}`)
      } catch (error) {
        if (!isForRoom(error)) strange.push(error)
        else (error.outcome === 'unknown' ? inDoubt : refused).push(`message ${n}`)
      }
    }
    t.same(strange, [], 'a full disk is told as what it is, or as not available now')
    t.ok(acknowledged.length > 3, `${acknowledged.length} messages fitted`)

    await rm(ballast)
    // Without room for its log, Postgres ends.
    await mailstore.ping().catch(() => cluster.restart())
    for (let isBack = false; !isBack; ) {
      isBack = await file('afterwards').then(
        () => true,
        (error: unknown) => {
          if (!isForRoom(error)) throw error
          return false
        },
      )
    }
    const found = await emailsBySubject(account)
    for (const subject of [...acknowledged, 'afterwards'])
      t.equal(found.get(subject)?.length, 1, `${subject} is there once`)
    for (const subject of refused) t.notOk(found.has(subject), `${subject} was refused and is not there`)
    t.same(await violations(cluster.url), [], 'and the store is whole')
    t.comment(`${acknowledged.length} acknowledged, ${refused.length} refused, ${inDoubt.length} in doubt`)
  },
)
