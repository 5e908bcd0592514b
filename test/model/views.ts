// What a client that asks afresh is shown by each protocol, and whether that is the model.

import type { Json } from '../support/jmap.js'
import type { Line } from './line.js'
import { FIRST, type Moved, must, type StateType, same, type WireMailbox, type WireModel } from './model.js'

export interface ImapRow {
  flags: string
  emailId: string
  threadId: string
  size: number
  modseq: number
}

export interface ImapMailbox {
  attributes: Set<string>
  status: Record<string, string>
  rows: Map<number, ImapRow>
}

export interface ImapView {
  mailboxes: Map<string, ImapMailbox>
  subscribed: string[]
}

export interface JmapView {
  mailboxes: Json[]
  emails: Json[]
  threads: Json[]
  submissions: Json[]
  states: Record<StateType, string>
}

export interface View {
  imap: ImapView
  jmap: JmapView
}

const ITEMS = 'MAILBOXID UIDVALIDITY UIDNEXT HIGHESTMODSEQ MESSAGES UNSEEN DELETED SIZE'

const unquoted = (text: string) => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text)

/**
 * LIST with STATUS, then mailboxes: two round trips, however many there are. `known`: the rows of a mailbox that need
 * not be read, by its path and STATUS.
 */
export async function readByImap(
  line: Line,
  known: (path: string, status: Record<string, string>) => Map<number, ImapRow> | undefined,
): Promise<ImapView> {
  const [all, subscribed] = await Promise.all([
    line.run(`LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (${ITEMS}))`),
    line.run('LIST (SUBSCRIBED) "" "*"'),
  ])
  const mailboxes = new Map<string, ImapMailbox>()
  for (const response of all.untagged) {
    const listed = /^LIST \(([^)]*)\) "\/" (\S+)$/.exec(response)
    if (listed) {
      const attributes = new Set(listed[1]!.split(' ').filter(Boolean))
      mailboxes.set(unquoted(listed[2]!), { attributes, status: {}, rows: new Map() })
    }
    const status = /^STATUS (\S+) \((.*)\)$/.exec(response)
    if (!status) continue
    for (const [, name, value] of status[2]!.matchAll(/(\w+) \(?([^\s()]+)\)?/g))
      mailboxes.get(unquoted(status[1]!))!.status[name!] = value!
  }
  const reads = [...mailboxes].map(async ([path, mailbox]) => {
    const held = known(path, mailbox.status)
    if (held) {
      mailbox.rows = held
      return
    }
    const { rows } = mailbox
    const [examined, fetched] = await Promise.all([
      line.run(`EXAMINE "${path}"`),
      line.run('UID FETCH 1:* (FLAGS EMAILID THREADID RFC822.SIZE MODSEQ)'),
    ])
    must(examined.status === 'OK' && fetched.status === 'OK', () => `${path} could not be read`)
    for (const response of fetched.untagged) readRow(response, rows)
  })
  await Promise.all(reads)
  // Who has selected what somebody deletes is sent away.
  await line.run('UNSELECT')
  const names = subscribed.untagged.map((response) => unquoted(/"\/" (\S+)/.exec(response)![1]!))
  return { mailboxes, subscribed: names.sort() }
}

function readRow(response: string, rows: Map<number, ImapRow>): void {
  const items = /^\d+ FETCH \((.*)\)$/.exec(response)?.[1]
  if (items === undefined) return
  const item = (pattern: RegExp) => pattern.exec(items)?.[1] ?? ''
  const flags = item(/FLAGS \(([^)]*)\)/)
    .split(' ')
    .filter((flag) => flag !== '' && flag !== '\\Recent')
  const uid = Number(item(/UID (\d+)/))
  must(!rows.has(uid), () => `the UID ${uid} is there twice`)
  rows.set(uid, {
    flags: flags.sort().join(' '),
    emailId: item(/EMAILID \(([^)]+)\)/),
    threadId: item(/THREADID \(([^)]+)\)/),
    size: Number(item(/RFC822\.SIZE (\d+)/)),
    modseq: Number(item(/MODSEQ \((\d+)\)/)),
  })
}

/** One request. */
export async function readByJmap(call: (...calls: [string, Json][]) => Promise<Json[]>): Promise<JmapView> {
  const [mailboxes, query, emails, threads, submissions] = (await call(
    ['Mailbox/get', { ids: null }],
    ['Email/query', {}],
    [
      'Email/get',
      {
        '#ids': { resultOf: 'c1', name: 'Email/query', path: '/ids' },
        properties: ['id', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt'],
      },
    ],
    ['Thread/get', { '#ids': { resultOf: 'c2', name: 'Email/get', path: '/list/*/threadId' } }],
    ['EmailSubmission/get', { ids: null, properties: ['id', 'emailId', 'undoStatus'] }],
  )) as [Json, Json, Json, Json, Json]
  same(emails.notFound ?? [], [], 'what Email/query gives and Email/get does not')
  same(query.ids.length, emails.list.length, 'the length of Email/query and Email/get')
  return {
    mailboxes: mailboxes.list,
    emails: emails.list,
    threads: threads.list,
    submissions: submissions.list,
    states: {
      Mailbox: mailboxes.state,
      Email: emails.state,
      Thread: threads.state,
      EmailSubmission: submissions.state,
    },
  }
}

const FLAG: Record<string, string> = {
  $seen: '\\Seen',
  $draft: '\\Draft',
  $flagged: '\\Flagged',
  $answered: '\\Answered',
}

/**
 * Holds both views against the model, which learns ids and sizes from them, and against the views before (null for
 * the first): what moved forward, and exactly when. Errors: Mismatch.
 */
export function compare(model: WireModel, view: View, before: View | null): void {
  compareImap(model, view.imap)
  compareJmap(model, view.jmap)
  if (!before) return
  compareModseqs(model, view.imap, before.imap)
  compareStates(model.moved, view.jmap, before.jmap)
}

const sorted = (texts: Iterable<string>) => [...texts].sort()

function compareImap(model: WireModel, view: ImapView): void {
  const mailboxes = model.list()
  same(sorted(view.mailboxes.keys()), sorted(mailboxes.map((each) => model.path(each))), 'LIST')
  same(view.subscribed, sorted(model.subscriptions), 'LIST (SUBSCRIBED)')
  const last = model.lastUidValidity
  for (const mailbox of mailboxes) {
    const path = model.path(mailbox)
    const { attributes, status, rows } = view.mailboxes.get(path)!
    model.bind('mailbox', mailbox.id, status.MAILBOXID!)
    // Rule 7: so one that is made again under an old name has a higher one than that had.
    const isNew = model.id('uidValidity', mailbox.id) === undefined
    must(!isNew || Number(status.UIDVALIDITY) > last, () => `${path}: UIDVALIDITY is not above ${last}`)
    model.bind('uidValidity', mailbox.id, status.UIDVALIDITY!)
    compareRows(model, mailbox, path, rows)
    const { uidNext, messages, unseen, deleted, size } = model.counters(mailbox)
    const counts = [uidNext, messages, unseen, deleted, size]
    const told = ['UIDNEXT', 'MESSAGES', 'UNSEEN', 'DELETED', 'SIZE'].map((name) => Number(status[name]))
    same(told, counts, `${path}: STATUS (UIDNEXT MESSAGES UNSEEN DELETED SIZE)`)
    same(attributes.has('\\Subscribed'), model.isSubscribed(mailbox), `${path}: \\Subscribed`)
    const uses = FIRST.filter(([name]) => attributes.has(`\\${name}`)).map(([, role]) => role as string)
    const role = mailbox.role === 'inbox' ? null : mailbox.role
    same(uses, role === null ? [] : [role], `${path}: special use`)
  }
}

function compareRows(
  model: WireModel,
  mailbox: WireMailbox,
  path: string,
  rows: ReadonlyMap<number, ImapRow>,
): void {
  const uids = [...mailbox.rows.keys()].sort((a, b) => a - b)
  same([...rows.keys()], uids, `${path}: UIDs`)
  for (const [uid, row] of rows) {
    const { emailId, deleted } = mailbox.rows.get(uid)!
    const email = model.emails.get(emailId)!
    model.bind('email', emailId, row.emailId)
    model.bind('thread', email.threadId, row.threadId)
    model.learnSize(emailId, row.size)
    const flags = [...email.keywords].map((keyword) => FLAG[keyword] ?? keyword)
    same(row.flags, [...flags, ...(deleted ? ['\\Deleted'] : [])].sort().join(' '), `${path} ${uid}: FLAGS`)
  }
}

function compareJmap(model: WireModel, view: JmapView): void {
  const id = (kind: 'mailbox' | 'email' | 'thread', key: number) => model.id(kind, key)!
  const mailboxes = model.list().map((mailbox) => {
    const { totalEmails, unreadEmails, totalThreads, unreadThreads } = model.counters(mailbox)
    return [
      id('mailbox', mailbox.id),
      mailbox.name,
      mailbox.parent === null ? null : id('mailbox', mailbox.parent),
      mailbox.role,
      model.isSubscribed(mailbox),
      [totalEmails, unreadEmails, totalThreads, unreadThreads],
    ]
  })
  const told = view.mailboxes.map((each) => [
    each.id,
    each.name,
    each.parentId,
    each.role,
    each.isSubscribed,
    [each.totalEmails, each.unreadEmails, each.totalThreads, each.unreadThreads],
  ])
  sameList(told, mailboxes, 'Mailbox/get')
  const visible = [...model.emails.values()].filter((email) => model.isVisible(email.id))
  sameList(
    view.emails.map(({ id, threadId, mailboxIds, keywords, size }) => [
      id,
      threadId,
      sorted(Object.keys(mailboxIds)),
      sorted(Object.keys(keywords)),
      size,
    ]),
    visible.map((email) => [
      id('email', email.id),
      id('thread', email.threadId),
      sorted(model.shownIn(email.id).map((key) => id('mailbox', key))),
      sorted(email.keywords),
      email.size,
    ]),
    'Email/get',
  )
  const threads = new Map<number, string[]>()
  for (const { id: key, threadId } of visible)
    threads.set(threadId, [...(threads.get(threadId) ?? []), id('email', key)])
  sameList(
    view.threads.map(({ id, emailIds }) => [id, sorted(emailIds)]),
    [...threads].map(([key, emails]) => [id('thread', key), sorted(emails)]),
    'Thread/get',
  )
  sameList(
    view.submissions.map((each) => [each.id, each.emailId, each.undoStatus]),
    [...model.submissions].map(([key, { emailId, undoStatus }]) => [
      model.id('submission', key)!,
      id('email', emailId),
      undoStatus,
    ]),
    'EmailSubmission/get',
  )
  // RFC 8621 §3: by receivedAt.
  const received = new Map(view.emails.map((each) => [each.id, each.receivedAt as string]))
  for (const { emailIds } of view.threads) {
    const dates = emailIds.map((each: string) => received.get(each))
    same(dates, [...dates].sort(), 'receivedAt of the emails of a Thread')
  }
}

/** Object by object, so that a difference is short to read. */
function sameList(told: unknown[][], expected: unknown[][], what: string): void {
  const byId = (list: unknown[][]) => new Map(list.map((each) => [each[0] as string, each]))
  const [a, b] = [byId(told), byId(expected)]
  same(a.size, told.length, `${what}: ids, each once`)
  same(sorted(a.keys()), sorted(b.keys()), `${what}: ids`)
  for (const [id, each] of a) same(each, b.get(id), what)
}

/** Rule 4: each changed row has a modseq of its own, above all before; what did not change keeps its own. */
function compareModseqs(model: WireModel, view: ImapView, before: ImapView): void {
  const was = new Map([...before.mailboxes.values()].map((each) => [each.status.MAILBOXID!, each]))
  const given = new Set<number>()
  for (const [path, { status, rows }] of view.mailboxes) {
    const key = model.keyOf('mailbox', status.MAILBOXID!)!
    const highest = Number(status.HIGHESTMODSEQ)
    const old = was.get(status.MAILBOXID!)
    const oldHighest = Number(old?.status.HIGHESTMODSEQ ?? 0)
    must(highest >= oldHighest, () => `${path}: HIGHESTMODSEQ went from ${oldHighest} back to ${highest}`)
    same(highest > oldHighest, !old || model.moved.mailboxes.has(key), `${path}: HIGHESTMODSEQ moved`)
    for (const [uid, { modseq }] of rows) {
      must(modseq <= highest, () => `${path} ${uid}: MODSEQ ${modseq} is above HIGHESTMODSEQ ${highest}`)
      const oldModseq = old?.rows.get(uid)?.modseq
      const hasMoved = model.moved.rows.has(`${key} ${uid}`)
      same(modseq !== oldModseq, hasMoved, `${path} ${uid}: MODSEQ moved (${oldModseq}, now ${modseq})`)
      if (hasMoved)
        must(modseq > oldHighest, () => `${path} ${uid}: MODSEQ ${modseq} is not above ${oldHighest}`)
      must(!given.has(modseq), () => `${path} ${uid}: MODSEQ ${modseq} is another's too`)
      given.add(modseq)
    }
  }
}

/** Rule 8. */
function compareStates(moved: Moved, view: JmapView, before: JmapView): void {
  for (const type of ['Email', 'Thread', 'Mailbox', 'EmailSubmission'] as const) {
    const [now, was] = [Number(view.states[type]), Number(before.states[type])]
    must(now >= was, () => `the state of ${type} went from ${was} back to ${now}`)
    same(now > was, moved.types.has(type), `the state of ${type} moved`)
  }
}
