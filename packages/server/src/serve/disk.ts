// Watches the disk of the embedded Postgres. A file beside the cluster holds some room in reserve: it goes when the disk
// is full, so that Postgres can write what deletes, and comes back once there is room for it again.
//
// roomy   the reserve is there, and something is taken in
// full    the reserve was given up; nothing is taken in
import { randomBytes } from 'node:crypto'
import { open, rm, stat, statfs } from 'node:fs/promises'
import type { Log } from '../log.js'

const MIB = 1024 * 1024
/** Octets; a tenth of a small disk. */
const RESERVE = 64 * MIB
/** Milliseconds between two looks. */
const LOOK = 1_000

export interface Disk {
  /** Looks now; gives the reserve up where it is needed. */
  look(): Promise<void>
  stop(): Promise<void>
}

/** `cluster`: the folder of the cluster. `onChange` is called with what is wrong, null once it is over. */
export async function watchDisk(
  cluster: string,
  log: Log,
  onChange: (wrong: string | null) => void,
): Promise<Disk> {
  const file = `${cluster}.reserve`
  const { blocks, bsize } = await statfs(cluster)
  const reserve = Math.min(RESERVE, Math.floor((blocks * bsize) / 10))
  /** Below it the disk is full: less than a segment of Postgres's log and a few pages. */
  const least = reserve / 4
  let state: 'roomy' | 'full' | null = null

  const free = async () => {
    const { bavail, bsize } = await statfs(cluster)
    return bavail * bsize
  }

  async function look(): Promise<void> {
    const held = (await stat(file).catch(() => null))?.size ?? 0
    const room = await free()
    if (room < least) await rm(file, { force: true })
    // Room for the reserve, and as much again as is left then: it must not go to and fro.
    const canHold = held >= reserve ? room >= least : room >= reserve + 2 * least
    if (canHold && held < reserve && !(await makeReserve(file, reserve))) return change('full', room)
    change(canHold ? 'roomy' : 'full', room)
  }

  function change(next: 'roomy' | 'full', room: number): void {
    if (next === state) return
    const was = state
    state = next
    if (next === 'full') {
      log.error({ folder: cluster, freeMiB: Math.round(room / MIB) }, 'the disk is full: no mail is taken in')
      onChange(`the disk is full: no mail is taken in; delete mail, or make room in ${cluster}`)
    } else {
      if (was !== null) log.info({ folder: cluster }, 'the disk has room again')
      onChange(null)
    }
  }

  let looking: Promise<void> = Promise.resolve()
  const lookNow = () => {
    looking = looking
      .then(look)
      .catch((error: unknown) => log.warn({ error }, 'the disk cannot be looked at'))
    return looking
  }
  await lookNow()
  const timer = setInterval(() => void lookNow(), LOOK)
  return {
    look: lookNow,
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}

/** False where there was no room for it. What it holds cannot be compressed away. */
async function makeReserve(file: string, size: number): Promise<boolean> {
  const piece = randomBytes(Math.min(size, MIB))
  const handle = await open(file, 'w', 0o600)
  try {
    for (let at = 0; at < size; at += piece.length)
      await handle.write(piece, 0, Math.min(piece.length, size - at))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    await rm(file, { force: true })
    return false
  } finally {
    await handle.close()
  }
}
