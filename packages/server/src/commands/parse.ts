// The command line as a command with its operands, switches and settings, or one line about what is wrong.
import { parseArgs } from 'node:util'
import { flagName, SETTING_NAMES, type SettingName } from '../settings/table.js'
import { EXIT, Stop } from '../stop.js'
import { didYouMean } from '../suggest.js'
import type { Command } from './types.js'

export type Parsed =
  | { kind: 'version' }
  | { kind: 'help'; command: Command | null }
  | { kind: 'group'; commands: readonly Command[] }
  | {
      kind: 'run'
      command: Command
      operands: string[]
      switches: Set<string>
      values: Map<string, string[]>
      file: string | undefined
      flags: Map<SettingName, string>
    }

/** Errors: Stop with exit code 2. */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): Parsed {
  const [first] = args
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', command: null }
  if (first === '--version') return { kind: 'version' }
  if (first.startsWith('-')) throw usage(`${first} stands before the command: tandem COMMAND ${first} …`)
  const words = args.slice(0, leadingWords(args))
  const isHelp = first === 'help'
  const asked = isHelp ? words.slice(1) : words
  if (isHelp && asked.length === 0) return { kind: 'help', command: null }
  const group = groupOf(asked[0]!, commands)
  const wantsHelp = isHelp || ['--help', '-h'].includes(args[1] ?? '')
  if (wantsHelp && asked.length === 1 && group.length > 0) return { kind: 'group', commands: group }
  if (isHelp) return { kind: 'help', command: findCommand(asked, commands) }
  const command = findCommand(words, commands)
  const rest = args.slice(command.name.split(' ').length)
  return parseOptions(command, rest)
}

function leadingWords(args: readonly string[]): number {
  const option = args.findIndex((arg) => arg.startsWith('-'))
  return option === -1 ? args.length : option
}

const groupOf = (first: string, commands: readonly Command[]): Command[] =>
  commands.filter(({ name }) => name.startsWith(`${first} `))

function findCommand(words: readonly string[], commands: readonly Command[]): Command {
  const [first = '', second] = words
  const pair = `${first} ${second}`
  const found = commands.find(({ name }) => name === pair) ?? commands.find(({ name }) => name === first)
  if (found !== undefined) return found
  const group = groupOf(first, commands).map(({ name }) => name)
  if (group.length > 0 && second === undefined) throw usage(`${first} what? ${group.join(', ')}`)
  if (group.length > 0) throw usage(`there is no command ${pair}${didYouMean(pair, group)}`)
  const names = commands.map(({ name }) => name)
  const firsts = new Set(names.map((name) => name.split(' ')[0]!))
  throw usage(`there is no command ${first}${didYouMean(first, firsts)}; tandem help lists them`)
}

function parseOptions(command: Command, args: readonly string[]): Parsed {
  const settings = new Map(command.settings.map((name) => [flagName(name), name]))
  const own = Object.keys(command.options).filter((name) => command.options[name]!.value !== undefined)
  const takesValue = new Set([...(settings.size > 0 ? ['config'] : []), ...settings.keys(), ...own])
  const { tokens, positionals } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: {
      ...Object.fromEntries([...takesValue].map((name) => [name, { type: 'string' as const }])),
      help: { type: 'boolean', short: 'h' },
    },
  })
  const switches = new Set<string>()
  const values = new Map<string, string[]>()
  const flags = new Map<SettingName, string>()
  let file: string | undefined
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (name === 'help') return { kind: 'help', command }
    if (takesValue.has(name)) {
      if (value === undefined) throw usage(`${rawName} needs a value`)
      const setting = settings.get(name)
      if (own.includes(name)) values.set(name, [...(values.get(name) ?? []), value])
      else if (setting === undefined) file = value
      else flags.set(setting, value)
    } else if (name in command.options) {
      if (value !== undefined) throw usage(`${rawName} takes no value`)
      switches.add(name)
    } else {
      throw usage(unknownOption(command, rawName, [...takesValue, ...Object.keys(command.options), 'help']))
    }
  }
  command.operands.forEach((operand, i) => {
    const word = positionals[i]
    // NAME@DOMAIN: with the domain left out it would be looked for, and be told as one that is not there.
    // @DOMAIN is a catch-all, where an alias may stand.
    const form = command.name.startsWith('alias ') ? /^[^@]*@./ : /^[^@]+@./
    if (word !== undefined && operand.includes('@') && !form.test(word))
      throw usage(`${command.name}: ${JSON.stringify(word)} is not of the form name@domain`)
  })
  const missing = command.operands[positionals.length]
  if (missing !== undefined && !missing.startsWith('['))
    throw usage(`${command.name} needs ${missing}; tandem ${command.name} --help`)
  const extra = positionals[command.operands.length]
  if (extra !== undefined) throw usage(`${command.name}: ${JSON.stringify(extra)} is one word too many`)
  return { kind: 'run', command, operands: positionals, switches, values, file, flags }
}

function unknownOption(command: Command, rawName: string, known: readonly string[]): string {
  const name = rawName.replace(/^-+/, '')
  const elsewhere = SETTING_NAMES.find((setting) => flagName(setting) === name)
  if (elsewhere !== undefined) return `${command.name} does not use ${rawName}`
  return `${command.name} has no option ${rawName}${didYouMean(name, known, (near) => `--${near}`)}`
}

function usage(message: string): Stop {
  return new Stop(message, EXIT.usage)
}
