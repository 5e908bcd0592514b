// What `tandem help`, `tandem --help` and `tandem COMMAND --help` say, made from the commands and the settings.
import { flagName, initialText, SETTINGS, type Setting, type SettingName } from '../settings/table.js'
import type { Command } from './types.js'

export function overview(commands: readonly Command[]): string {
  return lines(
    'Tandem: one mailstore, served by IMAP and JMAP at once.',
    '',
    'tandem COMMAND [options]',
    '',
    ...columns(commands.map(rowOf)),
    '',
    'tandem COMMAND --help tells more about one; tandem --version prints the version.',
    'Settings come from a file (--config tandem.toml), then the environment, then flags: TANDEM_IMAP_PORT',
    'is imap_port in the file and --imap-port as a flag. tandem config prints what is in force.',
  )
}

/** Of commands with the same first word. */
export function groupHelp(commands: readonly Command[]): string {
  return lines(...columns(commands.map(rowOf)), '', 'tandem COMMAND --help tells more about one.')
}

const rowOf = ({ name, operands, summary }: Command): Row => [[name, ...operands].join(' '), summary]

export function commandHelp(command: Command): string {
  const { name, operands, description, examples, options, settings } = command
  const optionRows = Object.entries(options).map(
    ([option, { help, value }]): Row => [value === undefined ? `--${option}` : `--${option} ${value}`, help],
  )
  const configRow: Row[] = settings.length > 0 ? [['--config FILE', 'a TOML file with settings']] : []
  return lines(
    ['tandem', name, ...operands, '[options]'].join(' '),
    '',
    ...description,
    '',
    examples.length > 1 ? 'Examples' : 'Example',
    ...examples.map((example) => `  ${example}`),
    '',
    'Options',
    ...columns([...optionRows, ...configRow, ['--help', 'this text']]),
    ...(settings.length > 0 ? ['', 'Settings (environment, flag, default)', ...settingLines(settings)] : []),
  )
}

function settingLines(names: readonly SettingName[]): string[] {
  const width = Math.max(...names.map((name) => name.length))
  const flagWidth = Math.max(...names.map((name) => flagName(name).length))
  return names.flatMap((name) => {
    const { help, initially }: Setting<unknown> = SETTINGS[name]
    return [
      `  ${name.padEnd(width)}  --${flagName(name).padEnd(flagWidth)}  ${initially ?? initialText(name)}`,
      ...wrapped(help.replaceAll('`', ''), 94).map((line) => `      ${line}`),
    ]
  })
}

/** In lines of at most `width` characters, as far as the words let it. */
function wrapped(text: string, width: number): string[] {
  const found: string[] = []
  for (const word of text.split(' ')) {
    const last = found.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) found.push(`${found.pop()} ${word}`)
    else found.push(word)
  }
  return found
}

type Row = readonly [left: string, right: string]

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`
}
