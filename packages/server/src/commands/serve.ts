import type { Print } from '../serve/server.js'
import { SETTING_NAMES } from '../settings/table.js'
import type { Command } from './types.js'

export const serve: Command = {
  name: 'serve',
  summary: 'run the server',
  operands: [],
  description: [
    'Runs the listeners and the outbox until SIGTERM or SIGINT; then it lets running commands finish,',
    'for 10 s at most. It prints one line that begins with "tandem ready" when every listener is up;',
    'the log goes to standard error. The database is brought up to date first; without DATABASE_URL it',
    'is one of its own, in TANDEM_DATA.',
    'SIGHUP reads the certificate again.',
  ],
  examples: [
    'tandem serve --demo',
    'DATABASE_URL=postgres://tandem:secret@db/tandem tandem serve --host 0.0.0.0 --lmtp-port off',
  ],
  options: {
    demo: { help: 'make two accounts with a little mail, and say how to reach them' },
  },
  settings: SETTING_NAMES,
  // Somebody who tries it reads one screen, not a log.
  defaults: (switches) => new Map(switches.has('demo') ? [['TANDEM_LOG_LEVEL', 'warn']] : []),
  async run({ switches, inForce }) {
    // Loaded here, so that the other commands start without the listeners and their libraries.
    const { runServer } = await import('../serve/server.js')
    return runServer(inForce, switches.has('demo') ? { prepare: prepareDemo } : {})

    async function prepareDemo(url: string): Promise<Print> {
      const { makeDemoAccounts } = await import('../demo/accounts.js')
      const { demoScreen } = await import('../demo/screen.js')
      const accounts = await makeDemoAccounts(url, inForce.settings)
      return (addresses, postmaster) => demoScreen(accounts, addresses, inForce.settings, postmaster)
    }
  },
}
