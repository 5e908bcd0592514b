// Accounts from the command line; the same store that a running server uses, so what is done here is seen there.
import type { AccountEntry } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { generatePassword, readPassword } from '../password.js'
import { size } from '../settings/kinds.js'
import { Stop } from '../stop.js'
import { confirmed } from './confirm.js'
import { say } from './say.js'
import type { Command } from './types.js'

const PASSWORD_RULE = 'It has at least 8 characters, and is none of those that are guessed first.'

const PASSWORD_HELP =
  'The password is read from standard input; if that is a terminal or empty, one is made and printed.'

export const accountAdd: Command = {
  name: 'account add',
  summary: 'make an account',
  operands: ['NAME@DOMAIN'],
  description: [
    'Makes an account with its mailboxes (INBOX, Drafts, Sent, Archive, Junk, Trash) and its login.',
    PASSWORD_HELP,
    PASSWORD_RULE,
    'Its domain is ours from then on: mail for an unknown name in it is refused.',
  ],
  examples: [
    'tandem account add carol@example.org --name "Carol Smith"',
    'tandem account add carol@example.org --quota 2GiB < password.txt',
  ],
  options: { name: { value: 'TEXT', help: 'the name that mail from the account shows' } },
  settings: [...STORE_SETTINGS, 'TANDEM_QUOTA'],
  async run({ operands: [name = ''], values, inForce: { settings } }) {
    const given = await readPassword(process.stdin)
    const password = given ?? generatePassword()
    const quota = settings.TANDEM_QUOTA
    await withMailstore(
      settings,
      ({ directory }) =>
        directory.createAccount(name, password, {
          name: values.get('name')?.at(-1) ?? nameFor(name),
          ...(quota === null ? {} : { quotaBytes: quota }),
        }),
      { makes: true },
    )
    say(`${name} has an account`)
    if (given === null) say(`password: ${password}`)
    return 0
  },
}

/** What an account is called that was given no name. */
export const nameFor = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf('@')))

export const accountList: Command = {
  name: 'account list',
  summary: 'list the accounts, their aliases and sizes',
  operands: [],
  description: [
    'Lists every account: its name, what it uses, its quota, the day it was made, and its aliases.',
  ],
  examples: ['tandem account list'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ inForce: { settings } }) {
    const entries = await withMailstore(settings, ({ directory }) => directory.list())
    if (entries.length === 0) process.stderr.write('no accounts: tandem account add NAME@DOMAIN makes one\n')
    for (const line of table(entries)) say(line)
    return 0
  },
}

export const accountPasswd: Command = {
  name: 'account passwd',
  summary: 'give an account a new password',
  operands: ['NAME@DOMAIN'],
  description: [
    PASSWORD_HELP,
    PASSWORD_RULE,
    'Sessions that were opened with the old one end within a second.',
  ],
  examples: [
    'tandem account passwd carol@example.org',
    'tandem account passwd carol@example.org < password.txt',
  ],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [name = ''], inForce: { settings } }) {
    const given = await readPassword(process.stdin)
    const password = given ?? generatePassword()
    await withMailstore(settings, ({ directory }) => directory.setPassword(name, password))
    say(`${name} has a new password`)
    if (given === null) say(`password: ${password}`)
    return 0
  },
}

export const accountKick: Command = {
  name: 'account kick',
  summary: 'end all sessions of an account',
  operands: ['NAME@DOMAIN'],
  description: [
    'Ends every open session of the account (IMAP, event sources, submission) within a second, on every',
    'server of this database. Mail programs may log in again at once: to keep them out, use',
    'tandem account passwd, which ends the sessions too.',
  ],
  examples: ['tandem account kick carol@example.org'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [name = ''], inForce: { settings } }) {
    await withMailstore(settings, ({ directory }) => directory.endSessions(name))
    say(`the sessions of ${name} are ended`)
    return 0
  },
}

export const accountDelete: Command = {
  name: 'account delete',
  summary: 'delete an account and all of its mail',
  operands: ['NAME@DOMAIN'],
  description: [
    'Deletes an account, its aliases and all of its mail, at once and for good. Its sessions end.',
    'At a terminal it asks first; elsewhere it wants --yes.',
  ],
  examples: ['tandem account delete carol@example.org', 'tandem account delete carol@example.org --yes'],
  options: { yes: { help: 'delete without asking' } },
  settings: STORE_SETTINGS,
  async run({ operands: [name = ''], switches, inForce: { settings } }) {
    await withMailstore(settings, async ({ directory }) => {
      // Nobody is asked, or told to say --yes, for what is not there.
      await directory.requireAccount(name)
      if (
        !switches.has('yes') &&
        !(await confirmed('account delete', `Delete ${name} and all of its mail, for good?`))
      ) {
        throw new Stop(`${name} is still there`)
      }
      await directory.deleteAccount(name)
    })
    say(`${name} and its mail are deleted`)
    return 0
  },
}

function table(entries: readonly AccountEntry[]): string[] {
  const widest = Math.max(...entries.map(({ name }) => name.length))
  return entries.map(({ name, usedBytes, quotaBytes, createdAt, aliases }) => {
    const use = `${roughly(usedBytes)} of ${quotaBytes === null ? 'no quota' : size.format(quotaBytes)}`
    return [name.padEnd(widest), use.padEnd(22), createdAt.toISOString().slice(0, 10), ...aliases].join('  ')
  })
}

function roughly(octets: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = octets
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
