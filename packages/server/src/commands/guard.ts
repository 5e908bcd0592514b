// Who guesses passwords; the same tables that a running server goes by, so what is cleared here is cleared there.
import { isIP } from 'node:net'
import type { GuardEntry } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { EXIT, Stop } from '../stop.js'
import { say } from './say.js'
import type { Command } from './types.js'

export const guardList: Command = {
  name: 'guard list',
  summary: 'list who guesses passwords, and who is banned for it',
  operands: [],
  description: [
    'Lists addresses that sent wrong passwords within a day, accounts that they were for, and both',
    'together: how many different wrong passwords still count, and until when it is banned. Of IPv6 the',
    'first 64 bits are one address. #… is a name that nobody has: a keyed hash, for some type their',
    'password there; the log shows the same.',
    'What a ban does: from a banned address nobody logs in but who did so there within 30 days; a banned',
    'account is closed to addresses that guessed at it, and others get a few tries a minute.',
    'tandem guard clear ADDRESS, or NAME, or #…, ends a ban at once.',
  ],
  examples: ['tandem guard list'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ inForce: { settings } }) {
    const entries = await withMailstore(settings, ({ guard }) => guard.list())
    if (entries.length === 0) process.stderr.write('nobody guesses passwords\n')
    const subjects = entries.map(subjectOf)
    const widest = Math.max(...subjects.map((subject) => subject.length))
    entries.forEach((entry, i) => {
      say(
        `${subjects[i]!.padEnd(widest)}  ${counted(entry.guesses, 'guess', 'guesses').padEnd(11)}  ${fate(entry)}`,
      )
    })
    return 0
  },
}

export const guardClear: Command = {
  name: 'guard clear',
  summary: 'forget the guesses of an address, or those at an account',
  operands: ['[ADDRESS|NAME]'],
  description: [
    'Ends the bans of an address (of IPv6 of its first 64 bits) or of an account, and forgets what was',
    'counted, in every running process at once. NAME is as it is typed at logins, or #… as tandem guard',
    'list and the log show it. --all forgets all of it. Who is known by a login stays known.',
  ],
  examples: [
    'tandem guard clear 192.0.2.7',
    'tandem guard clear 2001:db8:1:2::/64',
    'tandem guard clear carol@example.org',
    'tandem guard clear --all',
  ],
  options: { all: { help: 'every address and account' } },
  settings: STORE_SETTINGS,
  async run({ operands: [subject], switches, inForce: { settings } }) {
    if ((subject === undefined) !== switches.has('all')) {
      throw new Stop(
        'guard clear needs an ADDRESS, a NAME, or --all alone; tandem guard list tells which',
        EXIT.usage,
      )
    }
    const count = await withMailstore(settings, ({ guard }) =>
      guard.clear(subject === undefined ? 'all' : meant(subject)),
    )
    say(
      `${subject ?? 'everything'}: ${count === 0 ? 'nothing was counted' : `forgotten (${counted(count, 'entry', 'entries')})`}`,
    )
    return 0
  },
}

function meant(subject: string): { address: string } | { name: string } {
  const address = subject.replace(/\/(?:64|32)$/, '')
  return isIP(address) ? { address } : { name: subject }
}

function subjectOf({ address, name, nameHash }: GuardEntry): string {
  const account = name ?? nameHash
  if (account === null) return `address ${address}`
  return address === null ? `account ${account}` : `address ${address} at ${account}`
}

function fate({ bannedUntil, bans, lastGuess }: GuardEntry): string {
  const at = (date: Date) => `${date.toISOString().slice(0, 19)}Z`
  const ban = bannedUntil ? `banned until ${at(bannedUntil)}` : `last ${at(lastGuess)}`
  return bans > 0 ? `${ban}, ${counted(bans, 'ban', 'bans')}` : ban
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`
