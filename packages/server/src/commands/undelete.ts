// Brings expunged mail back; clients that are connected see it come, as they see everything.
import {
  type Account,
  formatId,
  type Mailbox,
  MailstoreError,
  parseId,
  type RetainedEmail,
  type RetainedPage,
} from '@tandem/mailstore'
import { STORE_SETTINGS, withMailstore } from '../database.js'
import { EXIT, Stop } from '../stop.js'
import { say } from './say.js'
import { columns, instant, plain } from './table.js'
import { timeOf } from './time.js'
import type { Call, Command } from './types.js'

/** Emails looked at, or brought back in one transaction, at a time. */
const PAGE = 1_000

export const undelete: Command = {
  name: 'undelete',
  summary: 'list the mail that an account deleted, and bring it back',
  operands: ['NAME@DOMAIN'],
  description: [
    'What clients delete for good (an expunge, an emptied Trash, a deleted folder) is kept for 7 days.',
    'Without --id and --all this lists it, the last deleted first: id, when it was deleted, from which',
    'mailbox, sender, subject.',
    'What is brought back has the flags it had, and is in the mailbox it was deleted from; in INBOX',
    'where that is gone. JMAP clients see the same email again, IMAP clients a new message. It counts',
    'in the quota again.',
  ],
  examples: [
    'tandem undelete carol@example.org --since 6h',
    'tandem undelete carol@example.org --id e1000c3 --id e1000c4',
    'tandem undelete carol@example.org --all --since 2026-11-20T08:00Z --into INBOX',
  ],
  options: {
    id: { value: 'ID', help: 'bring this email back; may be there several times' },
    all: { help: 'bring back all that is listed' },
    since: {
      value: 'TIME',
      help: 'only what was deleted since: 2026-11-20, 2026-11-20T08:00Z, or 30m, 6h, 2d ago',
    },
    into: { value: 'MAILBOX', help: 'bring back into this mailbox, by its path' },
  },
  settings: STORE_SETTINGS,
  async run(call) {
    const { name, ids, since, into } = read(call)
    return withMailstore(call.inForce.settings, async ({ directory, account: accountOf }) => {
      const principal = await directory.find(name)
      if (!principal) throw new MailstoreError('loginNotFound', `there is no login ${name}`)
      const account = accountOf(principal.accountId)
      const pages = retained(account, since)
      if (ids.length === 0 && !call.switches.has('all')) return list(account, pages)
      const target = into === undefined ? undefined : await mailboxAt(account, into)
      return bringBack(account, ids.length > 0 ? inPages(ids) : idsOf(pages), { target, asked: ids })
    })
  },
}

function read({ operands: [name = ''], switches, values }: Call) {
  const usage = (message: string) => new Stop(message, EXIT.usage)
  const texts = values.get('id') ?? []
  const ids = texts.map((text) => {
    const id = parseId('email', text)
    if (id === null) throw usage(`--id ${text}: expected an id such as undelete lists them`)
    return id
  })
  const [since, into] = [values.get('since')?.at(-1), values.get('into')?.at(-1)]
  const all = switches.has('all')
  if (all && ids.length > 0) throw usage('--all and --id: one or the other')
  if (ids.length > 0 && since !== undefined) throw usage('--since goes with --all or a list, not with --id')
  if (into !== undefined && !all && ids.length === 0) throw usage('--into needs --id or --all')
  return { name, ids: [...new Set(ids)], since: since === undefined ? undefined : timeOf(since), into }
}

async function* retained(account: Account, since: Date | undefined): AsyncGenerator<RetainedEmail[]> {
  for (let after: RetainedPage['next'] | undefined; after !== null; ) {
    const query = { limit: PAGE, ...(since ? { since } : {}), ...(after ? { after } : {}) }
    const page = await account.read((r) => r.email.retained(query))
    yield page.emails
    after = page.next
  }
}

async function* idsOf(pages: AsyncIterable<RetainedEmail[]>): AsyncGenerator<number[]> {
  for await (const page of pages) yield page.map((email) => email.id)
}

function* inPages(ids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < ids.length; at += PAGE) yield ids.slice(at, at + PAGE)
}

async function list(account: Account, pages: AsyncIterable<RetainedEmail[]>): Promise<number> {
  const mailboxes = await account.read((r) => r.mailbox.list())
  const paths = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox.path]))
  let listed = 0
  for await (const page of pages) {
    for (const line of columns(page.map((email) => rowOf(email, paths)))) say(line)
    listed += page.length
  }
  if (listed === 0) process.stderr.write('nothing that was deleted is still kept\n')
  return 0
}

function rowOf(email: RetainedEmail, paths: ReadonlyMap<number, string>): string[] {
  const [sender] = email.from ?? []
  return [
    formatId('email', email.id),
    instant(email.expungedAt),
    plain(email.mailboxIds.map((id) => paths.get(id) ?? '(gone)').join(', ') || '(gone)', 30),
    plain(sender?.email ?? '(nobody)', 40),
    plain(email.subject ?? '', 60),
  ]
}

async function mailboxAt(account: Account, path: string): Promise<Mailbox> {
  const mailbox = await account.read((r) => r.mailbox.byPath(path))
  if (!mailbox) throw new MailstoreError('mailboxNotFound', `there is no mailbox ${path}`)
  return mailbox
}

/** Says what came back, also where the account has no room for the rest. The exit code. */
async function bringBack(
  account: Account,
  pages: AsyncIterable<readonly number[]> | Iterable<readonly number[]>,
  { target, asked }: { target: Mailbox | undefined; asked: readonly number[] },
): Promise<number> {
  const back = new Set<number>()
  try {
    for await (const ids of pages) {
      const undeleted = await account.transact((tx) => tx.email.undelete(ids, target?.id))
      for (const { id } of undeleted) back.add(id)
    }
  } finally {
    say(`${back.size} ${back.size === 1 ? 'email is' : 'emails are'} back`)
  }
  const missing = asked.filter((id) => !back.has(id))
  for (const id of missing) {
    process.stderr.write(`tandem: ${formatId('email', id)} is not among the deleted mail\n`)
  }
  return missing.length === 0 ? 0 : EXIT.failed
}
