// Further addresses of accounts.
import { MailstoreError } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { say } from './say.js'
import { columns } from './table.js'
import type { Command } from './types.js'

export const aliasAdd: Command = {
  name: 'alias add',
  summary: 'give an account another address',
  operands: ['ALIAS@DOMAIN', 'NAME@DOMAIN'],
  description: [
    'Mail for the alias goes to the account, which can also log in and send with that address.',
    'The alias @DOMAIN has the mail of that domain that no account or alias has, except for postmaster;',
    'its owner can send as any such address, and does not log in with it.',
  ],
  examples: [
    'tandem alias add sales@example.org carol@example.org',
    'tandem alias add @example.org carol@example.org',
  ],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [alias = '', name = ''], inForce: { settings } }) {
    await withMailstore(settings, ({ directory }) => directory.addAlias(alias, name))
    say(
      alias.startsWith('@')
        ? `mail for any address ${alias} that nobody has goes to ${name}`
        : `${alias} is an alias of ${name}`,
    )
    return 0
  },
}

export const aliasList: Command = {
  name: 'alias list',
  summary: 'list the aliases',
  operands: ['[NAME@DOMAIN]'],
  description: [
    'Lists every alias and whose it is, or those of one account, which may be named by an alias.',
  ],
  examples: ['tandem alias list', 'tandem alias list carol@example.org'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [name], inForce: { settings } }) {
    const wanted = await withMailstore(settings, async ({ directory }) => {
      const entries = await directory.list()
      if (name === undefined) return entries
      const owner = await directory.find(name)
      if (owner === null) throw new MailstoreError('loginNotFound', `there is no login ${name}`)
      return entries.filter((entry) => entry.accountId === owner.accountId)
    })
    const rows = wanted.flatMap((entry) => entry.aliases.map((alias) => [alias, entry.name]))
    if (rows.length === 0)
      process.stderr.write('no aliases: tandem alias add ALIAS@DOMAIN NAME@DOMAIN makes one\n')
    for (const line of columns(rows)) say(line)
    return 0
  },
}

export const aliasRemove: Command = {
  name: 'alias remove',
  summary: 'take an alias away',
  operands: ['ALIAS@DOMAIN'],
  description: [
    'Mail for the alias is refused from then on; nobody logs in or sends with it, sessions that logged in',
    'with it end, and the identities that mail programs have of it are gone. What is queued is sent. With',
    'its last address a domain is not ours any more.',
  ],
  examples: ['tandem alias remove sales@example.org'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ operands: [alias = ''], inForce: { settings } }) {
    await withMailstore(settings, ({ directory }) => directory.removeAlias(alias))
    say(`${alias} is an alias no more`)
    return 0
  },
}
