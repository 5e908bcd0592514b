import type { Account } from '@tandem/mailstore'
import type { Client } from './client.js'
import { message, type TestServer } from './server.js'

/** The modseq in `MODSEQ (n)`, or in `[HIGHESTMODSEQ n]`. */
export function modseqIn(text: string | undefined): number {
  const match = /MODSEQ \(?(\d+)/.exec(text ?? '')
  if (!match) throw new Error(`no modseq in ${text}`)
  return Number(match[1])
}

/** Lines with their modseqs as `M`, for what is the same at each run. */
export const masked = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/MODSEQ( \(?)\d+/g, 'MODSEQ$1M'))

/** What STATUS says; makes the client CONDSTORE-aware. */
export async function highestModseq(client: Client, mailbox: string): Promise<number> {
  const lines = await client.ok(`STATUS ${mailbox} (HIGHESTMODSEQ)`)
  return modseqIn(lines.find((line) => line.startsWith('STATUS')))
}

/** alice's account, as another protocol has it, and the id of one of its mailboxes. */
export async function aliceAt(
  server: TestServer,
  path: string,
): Promise<{ account: Account; mailboxId: number }> {
  const principal = await server.mailstore.directory.authenticate(
    'alice@example.org',
    'correct horse battery',
  )
  const account = server.mailstore.account(principal!.accountId)
  const mailbox = await account.read((r) => r.mailbox.byPath(path))
  return { account, mailboxId: mailbox!.id }
}

/** Messages in the mailbox, none of them \Recent for the next one. */
export async function fillMailbox(server: TestServer, mailbox: string, count: number): Promise<void> {
  const setup = await server.loggedIn()
  for (let number = 1; number <= count; number++) await setup.append(mailbox, message(`m${number}`))
  await setup.ok(`SELECT ${mailbox}`)
  await setup.ok('LOGOUT')
}
