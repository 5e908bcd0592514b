// From settings to an open, migrated store: DATABASE_URL's Postgres, or the embedded one in TANDEM_DATA.
import { mkdir } from 'node:fs/promises'
import { type Logger, type Mailstore, migrate, openMailstore } from '@tandem/mailstore'
import { type Embedded, hasEmbedded, startEmbedded } from '@tandem/mailstore/embedded'
import { mask } from './settings/mask.js'
import type { SettingName, Settings } from './settings/table.js'
import { reason, Stop } from './stop.js'

export interface Database {
  url: string
  /** Null where it is not ours to keep running. */
  embedded: Embedded | null
  /** Ends our use of it; the last to leave the embedded Postgres stops it. */
  stop(): Promise<void>
}

type Place = Pick<Settings, 'DATABASE_URL' | 'TANDEM_DATA'>

/** What says where the store is: the settings of a command that opens it. */
export const STORE_SETTINGS: readonly SettingName[] = ['DATABASE_URL', 'TANDEM_DATA']

/** Makes sure that a migrated database answers. Errors: Stop. */
export async function openDatabase(settings: Place, log: Logger): Promise<Database> {
  const database = await findDatabase(settings, log)
  try {
    await migrate({ url: database.url, log })
  } catch (error) {
    await database.stop()
    const url = settings.DATABASE_URL
    const where =
      url === null ? `the embedded Postgres in ${settings.TANDEM_DATA}` : `DATABASE_URL ${mask(url)}`
    throw new Stop(`${where}: ${reason(error)}`, 1, { cause: error })
  }
  return database
}

async function findDatabase(
  { DATABASE_URL: url, TANDEM_DATA: folder }: Place,
  log: Logger,
): Promise<Database> {
  if (url !== null) return { url, embedded: null, stop: async () => {} }
  try {
    await mkdir(folder, { recursive: true })
    const embedded = await startEmbedded(folder, { log: (line) => log.info({}, line) })
    return { url: embedded.url, embedded, stop: () => embedded.stop() }
  } catch (error) {
    throw new Stop(`TANDEM_DATA ${folder}: ${reason(error)}`, 1, { cause: error })
  }
}

/** A command says what it did, not how its database came up. */
const ALARMS: Logger = {
  debug() {},
  info() {},
  warn: (_fields, line) => void process.stderr.write(`tandem: ${line}\n`),
  error: (_fields, line) => void process.stderr.write(`tandem: ${line}\n`),
}

/** Which commands make a store where there is none; from the others, an empty one would be a wrong answer. */
export interface Making {
  makes?: boolean
}

/** Runs `work` with the database, for one command. Errors: Stop, also where there is none to work with. */
export async function withDatabase<T>(
  settings: Place,
  work: (url: string) => Promise<T>,
  { makes = false }: Making = {},
): Promise<T> {
  const { DATABASE_URL: url, TANDEM_DATA: folder } = settings
  if (url === null && !makes && !(await hasEmbedded(folder)))
    throw new Stop(`TANDEM_DATA ${folder}: there is no database in it; tandem account add makes one`)
  const database = await openDatabase(settings, ALARMS)
  try {
    return await work(database.url)
  } finally {
    await database.stop()
  }
}

/** Runs `work` with the store, for one command. */
export function withMailstore<T>(
  settings: Place,
  work: (mailstore: Mailstore) => Promise<T>,
  making?: Making,
): Promise<T> {
  const use = async (url: string) => {
    const mailstore = await openMailstore({ url, log: ALARMS, poolSize: 2 })
    try {
      return await work(mailstore)
    } finally {
      await mailstore.close()
    }
  }
  return withDatabase(settings, use, making)
}
