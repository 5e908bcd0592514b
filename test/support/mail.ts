import type { Test } from '@tandem/mailstore/testing'
import type { JmapClient } from './jmap.js'
import type { Tandem } from './tandem.js'
import { until } from './until.js'

/** A small message that is known by its subject. */
export function letter(subject: string, lines: string[] = ['Hello.']): Buffer {
  return Buffer.from(
    [
      'From: Bob Baker <bob@example.net>',
      'To: alice@example.org',
      `Subject: ${subject}`,
      `Message-ID: <${subject.replaceAll(' ', '-')}@example.net>`,
      'Date: Fri, 20 Nov 2026 08:00:00 +0000',
      '',
      ...lines,
      '',
    ].join('\r\n'),
  )
}

/** The letters of a Maildir file name, in its order, and the keywords they stand for. */
const LETTERS: Record<string, string> = {
  $draft: 'D',
  $flagged: 'F',
  $forwarded: 'P',
  $answered: 'R',
  $seen: 'S',
}

/** One row of a listing of mail, `Archive: subject [FS]`. */
export const mailRow = (mailbox: string, subject: string, letters: string[]) =>
  `${mailbox}: ${subject} [${letters.sort().join('')}]`

/** What JMAP has, a row for each email and mailbox: `Archive: subject [FS]`, sorted; the letters are Maildir's. */
export async function mailByJmap(jmap: JmapClient): Promise<string[]> {
  const [mailboxes, , emails] = await jmap.call(
    ['Mailbox/get', { ids: null }],
    ['Email/query', {}],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'c1', name: 'Email/query', path: '/ids' },
        properties: ['subject', 'mailboxIds', 'keywords'],
      },
    ],
  )
  const byId = new Map(mailboxes!.list.map((each: { id: string }) => [each.id, each]))
  const pathOf = (id: string): string => {
    const { name, role, parentId } = byId.get(id) as { name: string; role: string; parentId: string | null }
    if (role === 'inbox') return 'INBOX'
    return parentId === null ? name : `${pathOf(parentId)}/${name}`
  }
  return emails!.list
    .flatMap((email: { subject: string; mailboxIds: object; keywords: object }) =>
      Object.keys(email.mailboxIds).map((id) =>
        mailRow(
          pathOf(id),
          email.subject,
          Object.keys(email.keywords).map((keyword) => LETTERS[keyword] ?? `(${keyword})`),
        ),
      ),
    )
    .sort()
}

/** Tells the id of the email with a subject, as of now. */
export async function emailIds(jmap: JmapClient): Promise<(subject: string) => string> {
  const [, emails] = await jmap.call(
    ['Email/query', {}],
    ['Email/get', { '#ids': { resultOf: 'c0', name: 'Email/query', path: '/ids' }, properties: ['subject'] }],
  )
  const ids = new Map<string, string>(
    emails!.list.map((each: Record<string, string>) => [each.subject, each.id]),
  )
  return (subject) => ids.get(subject) ?? missing(subject)
}

/** Tells the id of the mailbox with a role. */
export async function mailboxIds(jmap: JmapClient): Promise<(role: string) => string> {
  const [mailboxes] = await jmap.call(['Mailbox/get', { ids: null, properties: ['role'] }])
  const ids = new Map<string, string>(
    mailboxes!.list.map((each: Record<string, string>) => [each.role, each.id]),
  )
  return (role) => ids.get(role) ?? missing(role)
}

function missing(what: string): never {
  throw new Error(`no ${what}`)
}

/** The states of Email and Mailbox: they stay where nothing is written. */
export async function states(jmap: JmapClient): Promise<string[]> {
  const answers = await jmap.call(['Email/get', { ids: [] }], ['Mailbox/get', { ids: [] }])
  return answers.map(({ state }) => state as string)
}

/** Resolves once the account's inbox holds so many messages. */
export async function untilInbox(
  t: Test,
  tandem: Tandem,
  accountId: number,
  messages: number,
): Promise<void> {
  const account = tandem.mailstore.account(accountId)
  const holds = until(
    async () => (await account.read((r) => r.mailbox.byRole('inbox')))!.messages === messages,
  )
  t.teardown(account.subscribe(new Set(['membership'] as const), holds.wake))
  await holds.done
}
