// A mailstore in memory that can be read and refuses to be written: what the parser and the renderers need to be run
// through hundred thousands of commands, without a database.
import { createHash } from 'node:crypto'
import type { Email, Mailbox, Mailstore, Principal } from '@tandem/mailstore'
import { MailstoreError } from '@tandem/mailstore'
import { COMPLEX, PLAIN, summaryOf } from '../render/messages.js'
import { viewOf } from '../view.js'

const MESSAGES = [PLAIN, COMPLEX, PLAIN, COMPLEX, PLAIN]

const EMAILS: Email[] = MESSAGES.map((bytes, index) => ({
  id: 1001 + index,
  threadId: 2001 + index,
  digest: createHash('sha256').update(bytes).digest(),
  size: bytes.length,
  receivedAt: new Date('2026-01-01T00:00:00Z'),
  keywords: ['$seen'],
  mailboxIds: [1],
  modseq: 5 + index,
  summary: summaryOf(bytes),
}))

const VIEW = viewOf(
  MESSAGES.map((bytes, index) => ({
    uid: index + 1,
    flags: index,
    modseq: 5 + index,
    size: bytes.length,
    keywords: index === 2 ? ['$Forwarded'] : [],
  })),
)

const mailbox = (id: number, name: string, parentId: number | null, path: string): Mailbox => ({
  id,
  parentId,
  name,
  path,
  role: id === 1 ? 'inbox' : null,
  sortOrder: 0,
  uidValidity: 7,
  uidNext: 1000,
  highestModseq: 9,
  recentUid: 3,
  messages: 5,
  unseen: 2,
  deleted: 0,
  size: 5000,
  totalEmails: 5,
  unreadEmails: 2,
  totalThreads: 5,
  unreadThreads: 2,
  modseq: 2,
  countsModseq: 9,
  createdModseq: 1,
  isSubscribed: true,
  rights: 'lrswipkxtea',
  isClosing: false,
})
const MAILBOXES = [
  mailbox(1, 'INBOX', null, 'INBOX'),
  mailbox(2, 'Archive', null, 'Archive'),
  mailbox(3, '2026', 2, 'Archive/2026'),
]

/** What is not there is refused as it is where the database is away. */
function elseUnavailable<T extends object>(known: object): T {
  const refuse = () => Promise.reject(new MailstoreError('unavailable', 'there is no database'))
  return new Proxy(known, {
    get: (target, name) => (name in target ? target[name as keyof typeof target] : refuse),
  }) as T
}

const reader = elseUnavailable<object>({
  marks: {
    mailbox: 9,
    mailboxCounts: 9,
    email: 9,
    thread: 9,
    emailDelivery: 9,
    membership: 9,
    submission: 1,
  },
  mailbox: elseUnavailable({
    list: async () => MAILBOXES,
    get: async (ids: readonly number[]) => MAILBOXES.filter(({ id }) => ids.includes(id)),
    byPath: async (path: string) =>
      MAILBOXES.find((each) => each.path === (path.toUpperCase() === 'INBOX' ? 'INBOX' : path)) ?? null,
    byRole: async () => MAILBOXES[0],
    subscriptions: async () => ['Archive', 'INBOX', 'gone/away'],
  }),
  email: elseUnavailable({
    get: async (ids: readonly number[]) => EMAILS.filter(({ id }) => ids.includes(id)),
    matching: async () => [1001],
    sentOn: async () => new Map([[1001, '2026-01-01']]),
  }),
  thread: elseUnavailable({}),
  changes: elseUnavailable({}),
  submission: elseUnavailable({}),
})

function open(digest: Uint8Array) {
  const index = EMAILS.findIndex((email) => Buffer.compare(email.digest, digest) === 0)
  const bytes = MESSAGES[index]
  if (!bytes) return null
  const cut = (offset = 0, length = bytes.length) => bytes.subarray(offset, offset + length)
  return {
    digest,
    size: bytes.length,
    read: async (offset?: number, length?: number) => cut(offset, length),
    async *stream(offset?: number, length?: number) {
      yield cut(offset, length)
    },
  }
}

const account = elseUnavailable<object>({
  id: 1,
  read: (work: (r: object) => unknown) => work(reader),
  view: async () => VIEW,
  claimRecent: async () => null,
  subscribe: () => () => {},
  blobs: elseUnavailable({ open: async (digest: Uint8Array) => open(digest) }),
  store: async () => [],
})

const principal: Principal = {
  id: 1,
  accountId: 1,
  name: 'a@example.org',
  addresses: ['a@example.org'],
} as Principal

/** Everybody may log in. */
export const readOnlyStore = elseUnavailable<Mailstore>({
  account: () => account,
  clients: { saw() {} },
  guard: { bannedFor: () => null, isShared: () => false, pause: async () => {}, turnedAway() {} },
  sessions: { begin: () => () => {} },
  trace: { command: (_account: number, _describe: unknown, work: () => unknown) => work(), pushed() {} },
  directory: elseUnavailable({ authenticate: async () => principal, scram: () => elseUnavailable({}) }),
})
