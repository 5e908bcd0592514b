import type { InForce } from '../settings/load.js'
import type { SettingName } from '../settings/table.js'

/** An option of one command; settings are options too, and not listed here. */
export interface Option {
  help: string
  /** What its value is, in capitals (`TIME`); left out: a switch, which takes none. */
  value?: string
}

/** One command of `tandem`, as data: the parser, the help and the suggestions are made from it. */
export interface Command {
  /** `account add`: one or two words. */
  name: string
  /** One line, for the list of commands. */
  summary: string
  /** What stands behind the name: NAME@DOMAIN; all of them are required, but for the last where it is in brackets. */
  operands: readonly string[]
  /** What it does, in lines that fit a terminal. */
  description: readonly string[]
  examples: readonly string[]
  /** By name without dashes. */
  options: Readonly<Record<string, Option>>
  /** What it uses; these are its flags, with --config. */
  settings: readonly SettingName[]
  /** Defaults that a switch changes. */
  defaults?: (switches: ReadonlySet<string>) => ReadonlyMap<SettingName, string>
  /** Gives the exit code. Errors: Stop, and MailstoreError where the store refuses. */
  run(call: Call): Promise<number>
}

/** One use of a command. */
export interface Call {
  operands: readonly string[]
  /** The switches that were given. */
  switches: ReadonlySet<string>
  /** What the options with a value were given, in order: each may be there several times. */
  values: ReadonlyMap<string, readonly string[]>
  inForce: InForce
}
