// What `tandem help`, `tandem --help` and `tandem COMMAND --help` say, made from the commands and the settings.
import { flagName, initialText, SETTINGS, type Setting, type SettingName } from '../settings/table.js'
import type { Command } from './types.js'

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, operands, summary }): Row => [[name, ...operands].join(' '), summary])
  return lines(
    'Tandem: one mailstore, served by IMAP and JMAP at once.',
    '',
    'tandem COMMAND [options]',
    '',
    ...columns(rows),
    '',
    'tandem COMMAND --help tells more about one; tandem --version prints the version.',
    'Settings come from a file (--config tandem.toml), then the environment, then flags: TANDEM_IMAP_PORT',
    'is imap_port in the file and --imap-port as a flag. tandem config prints what is in force.',
  )
}

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
  return names.flatMap((name) => {
    const { help, initially }: Setting<unknown> = SETTINGS[name]
    return [
      `  ${name.padEnd(width)}  --${flagName(name).padEnd(width)}  ${initially ?? initialText(name)}`,
      `      ${help.replaceAll('`', '')}`,
    ]
  })
}

type Row = readonly [left: string, right: string]

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function lines(...text: string[]): string {
  return `${text.join('\n')}\n`
}
