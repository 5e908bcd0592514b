import { shown } from '../settings/mask.js'
import { SETTING_NAMES } from '../settings/table.js'
import type { Command } from './types.js'

export const config: Command = {
  name: 'config',
  summary: 'print the settings in force and where each came from',
  operands: [],
  description: [
    'Prints every setting, what is in force, and where it came from: the default, the file, the',
    'environment or a flag. Passwords are masked. A wrong setting is told as tandem serve would tell',
    'it.',
  ],
  examples: ['tandem config', 'TANDEM_IMAP_PORT=143 tandem config --config /etc/tandem.toml'],
  options: {},
  settings: SETTING_NAMES,
  async run({ inForce: { settings, origins, strangers } }) {
    const rows = SETTING_NAMES.map((name) => [name, shown(settings, name), origins[name]] as const)
    const [names, values] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
    for (const [name, value, origin] of rows) {
      process.stdout.write(`${name.padEnd(names!)}  ${value.padEnd(values!)}  ${origin}\n`)
    }
    for (const name of strangers)
      process.stderr.write(`tandem: ${name} in the environment is not a setting\n`)
    return 0
  },
}
