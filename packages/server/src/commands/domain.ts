// Domains from the command line: the keys their mail is signed with, and what to publish about them.
import type { DomainKey, SigningAlgorithm } from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import type { SettingName } from '../settings/table.js'
import { EXIT, Stop } from '../stop.js'
import { didYouMean } from '../suggest.js'
import { zoneLines } from './domain-records.js'
import { say } from './say.js'
import type { Command } from './types.js'

/** What the suggested records name. */
const RECORD_SETTINGS: readonly SettingName[] = [
  ...STORE_SETTINGS,
  ...(['TANDEM_HOSTNAME', 'TANDEM_PUBLIC_URL', 'TANDEM_RELAY_URL'] as const),
  ...(['TANDEM_IMAPS_PORT', 'TANDEM_SUBMISSIONS_PORT'] as const),
]
const ALGORITHMS: readonly SigningAlgorithm[] = ['rsa', 'ed25519']

export const domainAdd: Command = {
  name: 'domain add',
  summary: 'make a key that mail from a domain is signed with (DKIM)',
  operands: ['DOMAIN'],
  description: [
    'Makes a key; from then on what the accounts of the domain send to others is signed with it (RFC',
    '6376).',
    'Then publish the records that it prints: tandem domain show prints them again.',
    'A domain may have several keys, and each signs. To replace one: add another under a new selector,',
    'publish it, and remove the old one once mail that it signed has arrived everywhere, a week later.',
  ],
  examples: [
    'tandem domain add example.org',
    'tandem domain add example.org --selector s2027 --algorithm ed25519',
  ],
  options: {
    selector: { help: 'the name of the key: SELECTOR._domainkey.DOMAIN; default tandem', value: 'NAME' },
    algorithm: {
      help: 'rsa (the default: everybody reads it) or ed25519 (short; not read everywhere)',
      value: 'NAME',
    },
  },
  settings: RECORD_SETTINGS,
  async run({ operands: [domain = ''], values, inForce: { settings } }) {
    const algorithm = algorithmOf(values.get('algorithm')?.at(-1) ?? 'rsa')
    const selector = values.get('selector')?.at(-1) ?? (algorithm === 'rsa' ? 'tandem' : 'tandem-ed25519')
    const { generateSigningKey } = await import('@tandem/submission/dkim')
    const privateKey = await generateSigningKey(algorithm)
    const keys = await withMailstore(settings, async ({ domains }) => {
      if (!(await domains.addKey(domain, { selector, algorithm, privateKey }))) {
        throw new Stop(`${domain} has a key ${selector} already; --selector names another`)
      }
      return domains.keys(domain)
    })
    say(`mail from ${domain} is signed with the key ${selector} from now on; publish these records:`)
    for (const line of ['', ...(await zoneLines(domain, keys, settings))]) say(line)
    return 0
  },
}

export const domainList: Command = {
  name: 'domain list',
  summary: 'list the domains, and the keys of each',
  operands: [],
  description: [
    'Lists every domain that an account or alias is in, and every one with a key: its name, how many',
    'addresses it has, and the selectors of its keys. A domain is ours where it has an address.',
  ],
  examples: ['tandem domain list'],
  options: {},
  settings: STORE_SETTINGS,
  async run({ inForce: { settings } }) {
    const entries = await withMailstore(settings, ({ domains }) => domains.list())
    if (entries.length === 0) process.stderr.write('no domains: tandem account add NAME@DOMAIN makes one\n')
    const widest = Math.max(...entries.map(({ name }) => name.length))
    for (const { name, addresses, selectors } of entries) {
      const count = `${addresses} ${addresses === 1 ? 'address' : 'addresses'}`
      say(`${name.padEnd(widest)}  ${count.padEnd(14)}  ${selectors.join(' ') || 'no key: not signed'}`)
    }
    return 0
  },
}

export const domainShow: Command = {
  name: 'domain show',
  summary: 'print the DNS records to publish for a domain',
  operands: ['DOMAIN'],
  description: [
    'Prints, as lines of a zone file: the keys (RFC 6376), and suggestions for SPF (RFC 7208), DMARC',
    '(RFC 7489), MX, and the SRV records that mail programs look for (RFC 6186, RFC 8314, RFC 8620).',
    'Lines that begin with a semicolon explain. The names and ports are those of the settings: give it',
    'those of the server.',
  ],
  examples: ['tandem domain show example.org', 'tandem domain show example.org --hostname mail.example.org'],
  options: {},
  settings: RECORD_SETTINGS,
  async run({ operands: [domain = ''], inForce: { settings } }) {
    const keys = await withMailstore(settings, async ({ domains, directory }) => {
      const found = await domains.keys(domain)
      if (found.length === 0 && !(await directory.isLocalDomain(domain))) {
        throw new Stop(`${domain} has no address and no key here; tandem domain list says which have`)
      }
      return found
    })
    for (const line of await zoneLines(domain, keys, settings)) say(line)
    return 0
  },
}

export const domainRemove: Command = {
  name: 'domain remove',
  summary: 'remove a key of a domain, or all of them',
  operands: ['DOMAIN'],
  description: [
    'Removes the keys of a domain, or the one that --selector names; mail is signed with it no longer.',
    'Accounts and mail stay. Leave the record of a removed key in the DNS for a week: mail under way',
    'needs it.',
  ],
  examples: ['tandem domain remove example.org --selector s2026', 'tandem domain remove example.org'],
  options: { selector: { help: 'the one key to remove; default all', value: 'NAME' } },
  settings: STORE_SETTINGS,
  async run({ operands: [domain = ''], values, inForce: { settings } }) {
    const selector = values.get('selector')?.at(-1)
    const removed = await withMailstore(settings, ({ domains }) => domains.removeKeys(domain, selector))
    if (removed === 0) throw new Stop(`${domain} has no key${selector === undefined ? '' : ` ${selector}`}`)
    say(`${removed} ${removed === 1 ? 'key' : 'keys'} of ${domain} removed`)
    return 0
  },
}

function algorithmOf(text: string): DomainKey['algorithm'] {
  const found = ALGORITHMS.find((name) => name === text)
  if (found) return found
  throw new Stop(`--algorithm: ${text} is not rsa or ed25519${didYouMean(text, ALGORITHMS)}`, EXIT.usage)
}
