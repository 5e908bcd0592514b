// `tandem`: reads the command line, runs one command, and turns what goes wrong into one line and an exit code.
import { readFileSync } from 'node:fs'
import { MailstoreError } from '@tandem/mailstore'
import { commandHelp, groupHelp, overview } from './commands/help.js'
import { COMMANDS } from './commands/index.js'
import { parseCommandLine } from './commands/parse.js'
import { loadSettings } from './settings/load.js'
import { EXIT, Stop } from './stop.js'

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(args, COMMANDS)
  switch (parsed.kind) {
    case 'version':
      process.stdout.write(`tandem ${version()}\n`)
      return 0
    case 'help':
      process.stdout.write(parsed.command === null ? overview(COMMANDS) : commandHelp(parsed.command))
      return 0
    case 'group':
      process.stdout.write(groupHelp(parsed.commands))
      return 0
    case 'run': {
      const { command, operands, switches, values, file, flags } = parsed
      const defaults = command.defaults?.(switches)
      const inForce = loadSettings({
        ...(file === undefined ? {} : { file }),
        ...(defaults === undefined ? {} : { defaults }),
        env: process.env,
        flags,
      })
      return command.run({ operands, switches, values, inForce })
    }
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** A refusal is told in one line; a fault of the program or of the database keeps its stack, for whoever mends it. */
function complain(error: unknown): number {
  if (error instanceof Stop || error instanceof MailstoreError) {
    process.stderr.write(`tandem: ${error.message}\n`)
    return error instanceof Stop ? error.exitCode : EXIT.failed
  }
  process.stderr.write(`tandem: ${error instanceof Error ? error.stack : String(error)}\n`)
  return EXIT.failed
}

// Not `process.exitCode`: a connection that had to be cut off would keep the process alive.
process.exit(await main(process.argv.slice(2)).catch(complain))
