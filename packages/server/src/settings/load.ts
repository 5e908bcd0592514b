// Settings from the file, then the environment, then flags; the later one wins. Anything wrong stops the start with
// one line that names the setting, where its value came from, and what was expected.
import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import { EXIT, reason, Stop } from '../stop.js'
import { didYouMean, suggest } from '../suggest.js'
import { mask } from './mask.js'
import {
  fileKey,
  flagName,
  initialText,
  POOL,
  poolSize,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
  type Settings,
} from './table.js'

export interface Given {
  /** Of --config: a TOML file. */
  file?: string
  env: Readonly<Record<string, string | undefined>>
  /** By the setting's name. */
  flags?: ReadonlyMap<SettingName, string>
  /** Other defaults than the table's. */
  defaults?: ReadonlyMap<SettingName, string>
}

export interface InForce {
  settings: Settings
  /** Where each value came from: `default`, the file's path, `environment`, or `--imap-port`. */
  origins: Readonly<Record<SettingName, string>>
  /** Environment variables that look like a misspelled setting. */
  strangers: string[]
}

type Text = { text: string; origin: string }

/** Errors: Stop with exit code 2. */
export function loadSettings({ file, env, flags, defaults }: Given): InForce {
  const fromFile = file === undefined ? new Map<SettingName, Text>() : readSettingsFile(file)
  const values: [SettingName, unknown][] = []
  const origins: [SettingName, string][] = []
  for (const name of SETTING_NAMES) {
    const flag = flags?.get(name)
    const variable = env[name]
    const initial = defaults?.get(name) ?? initialText(name)
    let given: Text = fromFile.get(name) ?? { text: initial, origin: 'default' }
    // An empty variable is how compose files and shells say "not set".
    if (variable !== undefined && variable !== '') given = { text: variable, origin: 'environment' }
    if (flag !== undefined) given = { text: flag, origin: `--${flagName(name)}` }
    values.push([name, parseSetting(name, given)])
    origins.push([name, given.origin])
  }
  const settings = Object.fromEntries(values) as Settings
  checkTogether(settings)
  return {
    settings,
    origins: Object.fromEntries(origins) as Record<SettingName, string>,
    strangers: Object.keys(env).filter(isMisspelled).sort(),
  }
}

/** What is wrong with settings that are right one by one. */
function checkTogether(settings: Settings): void {
  if ((settings.TANDEM_TLS_CERT === null) !== (settings.TANDEM_TLS_KEY === null)) {
    const [set, missing] =
      settings.TANDEM_TLS_KEY === null
        ? (['TANDEM_TLS_CERT', 'TANDEM_TLS_KEY'] as const)
        : (['TANDEM_TLS_KEY', 'TANDEM_TLS_CERT'] as const)
    throw new Stop(`${set} is set without ${missing}: expected both, or neither`, EXIT.usage)
  }
  if (poolSize(settings) < POOL.least) {
    const { TANDEM_DATABASE_CONNECTIONS: connections, TANDEM_WORKERS: workers } = settings
    const told = `TANDEM_DATABASE_CONNECTIONS: ${connections} are too few for TANDEM_WORKERS ${workers}`
    throw new Stop(`${told}: expected at least 5 for each`, EXIT.usage)
  }
}

function parseSetting(name: SettingName, { text, origin }: Text): unknown {
  const { kind, secret }: Setting<unknown> = SETTINGS[name]
  const value = kind.parse(text)
  if (value !== undefined) return value
  const shown = JSON.stringify(secret ? mask(text) : text)
  throw new Stop(`${name} from ${place(origin)}: ${shown} is not ${kind.expected}`, EXIT.usage)
}

function place(origin: string): string {
  return origin === 'environment' ? 'the environment' : origin
}

function readSettingsFile(file: string): Map<SettingName, Text> {
  let table: Record<string, unknown>
  try {
    table = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const at = error instanceof TomlError ? `, line ${error.line}` : ''
    throw new Stop(`--config ${file}${at}: ${reason(error)}`, EXIT.usage, { cause: error })
  }
  const names = new Map(SETTING_NAMES.map((name) => [fileKey(name), name]))
  return new Map(
    Object.entries(table).map(([key, value]) => {
      const name = names.get(key)
      if (name === undefined) {
        throw new Stop(`${file}: there is no setting ${key}${didYouMean(key, names.keys())}`, EXIT.usage)
      }
      return [name, { text: fileText(name, value, file), origin: file }]
    }),
  )
}

/** A number or a list may stand in the file as such. */
function fileText(name: SettingName, value: unknown, file: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  const { expected }: { expected: string } = SETTINGS[name].kind
  throw new Stop(`${name} from ${file}: expected ${expected}`, EXIT.usage)
}

/** Variables are not refused like keys of the file: orchestrators add `TANDEM_…` ones of their own. */
function isMisspelled(variable: string): boolean {
  return (
    /^(TANDEM_|DATABASE_)/.test(variable) &&
    !(SETTING_NAMES as string[]).includes(variable) &&
    suggest(variable, SETTING_NAMES, 2) !== null
  )
}
