// A lock file that keeps two processes from starting or stopping one cluster at the same time.
// Stale when its process is gone, or when nobody has touched it for a while: in a container, where process ids start
// anew, the number in an old file may belong to somebody else.
import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const TOUCH_MS = 2_000
const STALE_MS = 15_000
const POLL_MS = 50

/** Waits until the lock is ours; gives the function that releases it. */
export async function acquireLock(file: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}\n`
  while (!(await create(file, mine))) {
    const content = await staleContent(file)
    if (content === null) await sleep(POLL_MS)
    else await remove(file, content)
  }
  const timer = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => {})
  }, TOUCH_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    if ((await readFile(file, 'utf8').catch(() => null)) === mine) await rm(file, { force: true })
  }
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** What the lock file holds if it is stale; null while it is held. */
async function staleContent(file: string): Promise<string | null> {
  try {
    const [content, { mtimeMs }] = [await readFile(file, 'utf8'), await stat(file)]
    if (Date.now() - mtimeMs > STALE_MS) return content
    const pid = Number.parseInt(content, 10)
    return Number.isNaN(pid) || isAlive(pid) ? null : content
  } catch {
    return null
  }
}

/** Removes a stale lock by renaming, so that of two who saw the same one only one succeeds. */
async function remove(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  // Somebody renewed it in between: give it back. Should that fail, Postgres's own postmaster.pid still guards.
  if ((await readFile(aside, 'utf8')) !== stale) await rename(aside, file)
  else await rm(aside, { force: true })
}

/** Whether a process with this id exists, ours or another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
