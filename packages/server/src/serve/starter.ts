// npx and npm end on a signal without telling the server that they started, or tell only the shell in between: it would
// live on, unseen, and hold the ports. So whoever was started by npm stops when that npm is gone. Whoever was started
// otherwise does not look: a shell that exits, nohup, setsid, systemd and process 1 of a container mean nothing here.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** Milliseconds between two looks. */
const LOOK = 500

interface Process {
  parent: number
  command: string
}

/** Calls `onGone`, once, when the npm above us has ended. */
export async function watchStarter(
  onGone: () => void,
  look: (pid: number) => Promise<Process | null> = processAt,
): Promise<{ stop(): void }> {
  const chain = await chainToNpm(look)
  if (chain === null) return { stop() {} }
  const timer = setInterval(async () => {
    if (await isWhole(chain, look)) return
    clearInterval(timer)
    onGone()
  }, LOOK).unref()
  return { stop: () => clearInterval(timer) }
}

/** Process ids from our parent to npm, with at most the shell that npm runs scripts by in between; null: no npm. */
export async function chainToNpm(look: (pid: number) => Promise<Process | null>): Promise<number[] | null> {
  // npm says so to what it starts; what it started may have left it to others since.
  if (process.env.npm_execpath === undefined && process.env.npm_command === undefined) return null
  const parent = await look(process.ppid)
  if (parent === null) return null
  if (isNpm(parent.command)) return [process.ppid]
  if (!isShell(parent.command)) return null
  const above = await look(parent.parent)
  return above !== null && isNpm(above.command) ? [process.ppid, parent.parent] : null
}

/** A process whose parent ended is given another. */
async function isWhole(
  [parent, above]: number[],
  look: (pid: number) => Promise<Process | null>,
): Promise<boolean> {
  if (process.ppid !== parent) return false
  return above === undefined || (await look(parent))?.parent === above
}

/** npm names its process by what it does: `npm exec tandem serve`. */
const isNpm = (command: string) => /^(?:npm|npx) |[/\\](?:npm|npx)(?:-cli\.js)?(?:\s|$)/.test(command)

/** The shell of a script, not one that somebody types in. */
const isShell = (command: string) => /^\S*sh\s+-c\s/.test(command)

async function processAt(pid: number): Promise<Process | null> {
  try {
    if (process.platform !== 'linux') return fromPs(pid)
    const [status, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    // The name in brackets may hold anything, brackets too.
    const [, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(parent), command: command.replaceAll('\0', ' ') }
  } catch {
    return null
  }
}

function fromPs(pid: number): Process | null {
  const text = execFileSync('ps', ['-o', 'ppid=,command=', '-p', `${pid}`], { encoding: 'utf8' })
  const match = /^\s*(\d+)\s+(.*)$/m.exec(text)
  return match ? { parent: Number(match[1]), command: `${match[2]} ` } : null
}
