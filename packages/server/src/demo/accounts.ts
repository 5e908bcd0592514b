// The two accounts of `serve --demo`. Their passwords are made at the first start and kept in the data folder, so
// that a server which was made reachable by mistake has none that everybody knows.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Account, type Mailstore, openMailstore } from '@tandem/mailstore'
import { nameFor } from '../commands/account.js'
import { generatePassword } from '../password.js'
import type { Settings } from '../settings/table.js'
import { EXIT, reason, Stop } from '../stop.js'
import { type DemoMessage, demoMessages } from './messages.js'

/** RFC 2606 §3 reserves the domain. */
export const DEMO_NAMES = ['alice@example.org', 'bob@example.org'] as const
export type DemoName = (typeof DEMO_NAMES)[number]

export interface DemoAccount {
  name: DemoName
  accountId: number
  /** Null for an account that was not made here, or was given another password. */
  password: string | null
}

/** Makes what is missing; gives the accounts. Errors: Stop. */
export async function makeDemoAccounts(databaseUrl: string, settings: Settings): Promise<DemoAccount[]> {
  const file = path.join(settings.TANDEM_DATA, 'demo.json')
  const passwords = await readPasswords(file)
  const mailstore = await openMailstore({ url: databaseUrl, poolSize: 2 })
  try {
    const accounts: DemoAccount[] = []
    for (const name of DEMO_NAMES) {
      const there = await mailstore.directory.find(name)
      if (there === null) passwords[name] = await createAccount(mailstore, name, file, passwords)
      const principal = there ?? (await mailstore.directory.find(name))
      if (principal === null) throw new Stop(`${name} was deleted while the server started`)
      const password = passwords[name]
      const right =
        password !== undefined && (await mailstore.directory.authenticate(name, password)) !== null
      accounts.push({ name, accountId: principal.accountId, password: right ? password : null })
    }
    return accounts
  } finally {
    await mailstore.close()
  }
}

type Passwords = Partial<Record<DemoName, string>>

async function createAccount(
  mailstore: Mailstore,
  name: DemoName,
  file: string,
  passwords: Passwords,
): Promise<string> {
  const password = generatePassword()
  // Kept before it is in force: a password that is in force and lost would lock the newcomer out.
  await writePasswords(file, { ...passwords, [name]: password })
  const { accountId } = await mailstore.directory.createAccount(name, password, { name: nameFor(name) })
  await fillAccount(mailstore.account(accountId), demoMessages(name, new Date()))
  return password
}

async function fillAccount(account: Account, messages: readonly DemoMessage[]): Promise<void> {
  const filed: { message: DemoMessage; ingested: Awaited<ReturnType<Account['ingest']>> }[] = []
  for (const message of messages) {
    filed.push({ message, ingested: await account.ingest(message.bytes, { nul: 'refuse' }) })
  }
  await account.transact(async (tx) => {
    const mailboxes = await tx.mailbox.list()
    await tx.email.create(
      filed.map(({ message, ingested }) => {
        const mailbox = mailboxes.find(({ role }) => role === message.role)
        if (mailbox === undefined) throw new Error(`a new account has no ${message.role}`)
        return {
          message: ingested,
          mailboxIds: [mailbox.id],
          keywords: message.keywords,
          receivedAt: message.date,
        }
      }),
    )
  })
}

async function readPasswords(file: string): Promise<Passwords> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Passwords
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Stop(`${file}: ${reason(error)}`, EXIT.failed, { cause: error })
  }
}

async function writePasswords(file: string, passwords: Passwords): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
