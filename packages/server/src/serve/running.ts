// Which addresses the server on this data folder has, for a second one that finds one of them taken.
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../settings/table.js'
import type { Address } from './messages.js'

interface Note {
  pid: number
  addresses: Address[]
}

const noteIn = ({ TANDEM_DATA: folder }: Pick<Settings, 'TANDEM_DATA'>) => path.join(folder, 'serve.json')

/** Best effort: it serves a message alone, and the folder may be one that can only be read. */
export async function noteRunning(
  settings: Pick<Settings, 'TANDEM_DATA'>,
  addresses: Address[],
): Promise<void> {
  const note: Note = { pid: process.pid, addresses }
  await writeFile(noteIn(settings), `${JSON.stringify(note)}\n`, { mode: 0o600 }).catch(() => {})
}

export async function forgetRunning(settings: Pick<Settings, 'TANDEM_DATA'>): Promise<void> {
  if ((await readNote(settings))?.pid === process.pid)
    await rm(noteIn(settings), { force: true }).catch(() => {})
}

/** The process of the server that runs on this data folder and has that port; null where there is none. */
export async function runningOn(
  settings: Pick<Settings, 'TANDEM_DATA'>,
  port: number,
): Promise<number | null> {
  const note = await readNote(settings)
  if (note === null || !note.addresses.some((address) => address.port === port)) return null
  try {
    process.kill(note.pid, 0)
    return note.pid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? note.pid : null
  }
}

async function readNote(settings: Pick<Settings, 'TANDEM_DATA'>): Promise<Note | null> {
  try {
    return JSON.parse(await readFile(noteIn(settings), 'utf8')) as Note
  } catch {
    return null
  }
}
