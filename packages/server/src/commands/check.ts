// Looks whether the store agrees with itself; the server may be running meanwhile.
import type { Violation } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { EXIT } from '../stop.js'
import { say } from './say.js'
import type { Command } from './types.js'

export const check: Command = {
  name: 'check',
  summary: 'prove that the store agrees with itself, and mend it',
  operands: [],
  description: [
    'Looks at every account, each in one snapshot, and says what contradicts what: counters, UIDs,',
    'change numbers, where emails are shown, threads, quota, bytes that are missing. The server may run',
    'meanwhile.',
    'Each thing that is wrong is one line: the account, the row, the rule of docs/consistency.md, what',
    'is there and what ought to be. The exit code is 0 when all is well or was mended, and 1 when',
    'something is wrong.',
    '--repair mends what can be mended without telling a client what is not so: numbers are only',
    'raised, and clients hear of what changed. Bytes that are gone cannot be mended; a backup has',
    'those.',
  ],
  examples: ['tandem check', 'tandem check --deep', 'tandem check --deep --repair'],
  options: {
    deep: { help: 'read and hash all bytes too: as much as the mail is' },
    repair: { help: 'mend what can be mended, under the lock of the account' },
  },
  settings: STORE_SETTINGS,
  async run({ switches, inForce: { settings } }) {
    const progress = createProgress()
    const sum = { accounts: 0, found: 0, mended: 0 }
    await withMailstore(settings, async (mailstore) => {
      const options = {
        deep: switches.has('deep'),
        repair: switches.has('repair'),
        onProgress: ({ checked, accounts }: { checked: number; accounts: number }) => {
          sum.accounts = checked
          progress.show(`${checked} of ${accounts} accounts`)
        },
      }
      for await (const violation of mailstore.check(options)) {
        sum.found++
        if (violation.repaired) sum.mended++
        progress.clear()
        say(line(violation))
      }
    })
    progress.clear()
    say(outcome(sum))
    return sum.found === sum.mended ? 0 : EXIT.failed
  },
}

function line({ accountId, at, name, rule, found, expected, repaired }: Violation): string {
  const mended = repaired === null ? '' : repaired ? '; mended' : '; not mended'
  return `account ${accountId}, ${at}: ${name} (rule ${rule}): ${found}, not ${expected}${mended}`
}

function outcome({ accounts, found, mended }: { accounts: number; found: number; mended: number }): string {
  const looked = `${accounts} ${accounts === 1 ? 'account' : 'accounts'}`
  if (found === 0) return `${looked}: all is well`
  return `${looked}: ${found} wrong, ${mended} mended`
}

/** One line of a terminal that is written over; nothing elsewhere. */
function createProgress() {
  const { stderr } = process
  return {
    show: (text: string) => void (stderr.isTTY && stderr.write(`\r${text}\u001b[K`)),
    clear: () => void (stderr.isTTY && stderr.write('\r\u001b[K')),
  }
}
